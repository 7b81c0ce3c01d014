"""Accounts at outside providers: proposed by one of the house's people, signed by another, always.

What is signed names the draft of the credentials and its digest, never the credentials.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fondaco.connections import actions as connections
from fondaco.connections.queries import list_accounts
from fondaco.connections.states import Environment, Family
from fondaco.connections.types import DRAFT_PREFIX, PREFIX, NewAccount
from fondaco.kit import ids
from fondaco.kit.errors import InvalidField
from fondaco.operators.rights import Right
from fondaco.signing import actions as signing
from fondaco.signing.effects import Effect
from fondaco.signing.types import Approval, Band, Person, Request, StageRule, Terms

PROVIDER: Final = "connections.account"
_ANOTHER: Final = (Band(stages=(StageRule(group=Right.CONNECTIONS_SIGN.value, required=1),)),)

_Wire = Annotated[str, Field(max_length=40)]
_Word = Annotated[str, Field(max_length=100, pattern=r"^[^\x00]+$")]


class ProviderTerms(BaseModel):
    """One account as it is to be, or that it is to go."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: _Wire
    version: int = Field(ge=0)
    remove: bool = False
    family: Family
    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    label: _Word
    environment: Environment
    settings: dict[str, str | int | bool] = Field(default_factory=dict, max_length=30)
    priority: int = Field(default=100, ge=0, le=1_000_000)
    enabled: bool = True
    draft: _Wire = ""
    """Empty: the credentials stay as they are."""
    draft_digest: str = Field(default="", max_length=64)
    credential_names: tuple[_Word, ...] = ()


def propose_account(
    *, terms: ProviderTerms, credentials: Mapping[str, str] | None, maker: Person
) -> Request:
    """Propose an account or a change of one; it holds with another person's signature.

    :raises InvalidField: a value cannot be taken
    :raises SignersMissing: too few could sign
    :raises RequestOpen: a change of this account waits
    """
    if credentials is None:
        return signing.propose(kind=PROVIDER, terms=terms, maker=maker)
    draft = connections.keep_draft(credentials=credentials, by=maker.actor)
    told = {
        "draft": ids.encode(DRAFT_PREFIX, draft.id),
        "draft_digest": draft.digest,
        "credential_names": draft.names,
    }
    try:
        return signing.propose(kind=PROVIDER, terms=terms.model_copy(update=told), maker=maker)
    except Exception:
        connections.drop_draft(draft_id=draft.id)
        raise


def _terms(shape: ProviderTerms) -> Terms:
    account_id = _read(PREFIX, shape.account, "account")
    known = {one.id: one for one in list_accounts()}
    present = known[account_id].version if account_id in known else 0
    if present != shape.version:
        raise InvalidField("This is not the version that is there.", field="version")
    if shape.remove and not present:
        raise InvalidField("There is no such account.", field="account")
    if not present and not shape.draft:
        raise InvalidField("A new account has credentials.", field="credentials")
    for other in known.values():
        if other.id != account_id and (other.kind, other.label) == (shape.kind, shape.label):
            raise InvalidField("Another account of this kind has the label.", field="label")
    return Terms(subject=shape.account)


def _run(shape: ProviderTerms, approval: Approval) -> Mapping[str, Any]:
    account_id = _read(PREFIX, shape.account, "account")
    if shape.remove:
        connections.remove_account(account_id=account_id, version=shape.version, by=approval.by)
        return {"account": shape.account, "removed": True}
    put = connections.put_account(
        new=NewAccount(
            id=account_id,
            family=shape.family,
            kind=shape.kind,
            label=shape.label,
            environment=shape.environment,
            settings=shape.settings,
            priority=shape.priority,
            enabled=shape.enabled,
        ),
        version=shape.version,
        draft_id=_read(DRAFT_PREFIX, shape.draft, "draft") if shape.draft else None,
        draft_digest=shape.draft_digest,
        by=approval.by,
    )
    return {"account": put.wire_id, "version": put.version}


def _ended(request: Request) -> None:
    """Forget credentials that nobody will sign any more."""
    draft = str(request.terms.get("draft", ""))
    if draft:
        connections.drop_draft(draft_id=_read(DRAFT_PREFIX, draft, "draft"))


def _read(prefix: str, wire: str, field: str) -> UUID:
    try:
        return ids.decode(prefix, wire)
    except ids.InvalidId as error:
        raise InvalidField(f"{str(error).capitalize()}.", field=field) from None


PROVIDER_EFFECT: Final = Effect(
    kind=PROVIDER, shape=ProviderTerms, terms=_terms, run=_run, ended=_ended, bands=_ANOTHER
)
