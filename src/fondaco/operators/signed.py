"""What of the operators' work takes effect by signatures, once the house has a policy for it.

DomainError
└── AdjustmentRefused    the books refuse what was signed
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fondaco.identity import actions as identity, queries as people
from fondaco.identity.states import StaffRole
from fondaco.identity.types import USER_PREFIX, User
from fondaco.journal.actions.posting import Ask, post_many
from fondaco.kit import ids
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.errors import DomainError, InvalidField, Kind, NotFound, SignatureRequired
from fondaco.ledger.actions.rights import Basis
from fondaco.ledger.queries.codes import find_accounts
from fondaco.ledger.types import TRANSFER_PREFIX
from fondaco.money import InvalidAmount, Money
from fondaco.operators.rights import Right, rights_of
from fondaco.signing import queries as signing
from fondaco.signing.effects import Effect
from fondaco.signing.types import Approval, Terms

RIGHTS: Final = "operators.rights"
ADJUST: Final = "ledger.adjust"

_Sentence = Annotated[str, Field(min_length=1, max_length=500)]


class AdjustmentRefused(DomainError):
    """Say that the books refuse an adjustment; ``result`` says why."""

    code = "adjustment_refused"
    kind = Kind.CONFLICT
    title = "The books refuse this adjustment."


class RightsTerms(BaseModel):
    """Whose rights change, and to what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user: str = Field(max_length=40)
    role: StaffRole
    rights: tuple[Right, ...] = Field(default=(), max_length=len(Right))


class AdjustmentTerms(BaseModel):
    """One transfer between any two accounts of the books, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    transfer: str = Field(max_length=40)
    """The identifier that it will have: it can be posted once."""
    debit: str = Field(max_length=200)
    credit: str = Field(max_length=200)
    amount: str = Field(max_length=42)
    reason: _Sentence
    evidence: _Sentence
    memo: str = Field(default="", max_length=500)


def check_alone(*, by: Actor) -> None:
    """Pass silently when one person may change operators' rights alone; the command line always may.

    :raises SignatureRequired: the house has a policy for it
    """
    is_direct = signing.is_direct(owner=None, action=RIGHTS, amount=None)
    if by.kind is not ActorKind.SYSTEM and not is_direct:
        raise SignatureRequired(facts={"action": RIGHTS})


def check_adjusted_alone(amounts: Sequence[Money]) -> None:
    """Pass silently when one person may adjust such amounts alone.

    :raises SignatureRequired: the house's policy wants signatures for one of them
    """
    for amount in amounts:
        if not signing.is_direct(owner=None, action=ADJUST, amount=amount):
            raise SignatureRequired(facts={"action": ADJUST})


def _rights_terms(shape: RightsTerms) -> Terms:
    return Terms(subject=_operator(shape).wire_id)


def _run_rights(shape: RightsTerms, approval: Approval) -> Mapping[str, Any]:
    changed = identity.change_rights(
        user_id=_operator(shape).id,
        role=shape.role,
        permissions=rights_of(shape.role, frozenset(shape.rights)),
        by=approval.by,
    )
    return {"permissions": sorted(changed.permissions)}


def _whose_rights(shape: RightsTerms) -> frozenset[UUID]:
    return frozenset({ids.decode(USER_PREFIX, shape.user)})


def _operator(shape: RightsTerms) -> User:
    try:
        user = people.get_user(ids.decode(USER_PREFIX, shape.user))
    except (ids.InvalidId, NotFound):
        raise InvalidField("There is no such operator.", field="user") from None
    if user.staff_role is None or user.disabled_at is not None:
        raise InvalidField("There is no such operator.", field="user")
    return user


def _adjustment_terms(shape: AdjustmentTerms) -> Terms:
    accounts = find_accounts(codes={shape.debit, shape.credit})
    for name in ("debit", "credit"):
        if getattr(shape, name) not in accounts:
            raise InvalidField("There is no such account.", field=name)
    if shape.debit == shape.credit:
        raise InvalidField("Money moves between two accounts.", field="credit")
    asset = accounts[shape.debit].asset
    if accounts[shape.credit].asset != asset:
        raise InvalidField("Both accounts count the same asset.", field="credit")
    try:
        amount = Money.parse(shape.amount, asset)
        ids.decode(TRANSFER_PREFIX, shape.transfer)
    except InvalidAmount as error:
        raise InvalidField(f"{str(error).capitalize()}.", field="amount") from None
    except ids.InvalidId as error:
        raise InvalidField(f"{str(error).capitalize()}.", field="transfer") from None
    if not amount.is_positive:
        raise InvalidField("An amount is greater than zero.", field="amount")
    return Terms(subject=shape.transfer, amount=amount)


def _run_adjustment(shape: AdjustmentTerms, approval: Approval) -> Mapping[str, Any]:
    ask = Ask(
        id=ids.decode(TRANSFER_PREFIX, shape.transfer),
        debit=shape.debit,
        credit=shape.credit,
        amount=shape.amount,
        memo=shape.memo,
        metadata={"signed": approval.request.wire_id},
    )
    basis = Basis(may_adjust=True, reason=shape.reason, evidence=shape.evidence, is_signed=True)
    (outcome,) = post_many(asks=[ask], basis=basis, by=approval.by, within="")
    if not outcome.is_done:
        raise AdjustmentRefused(facts={"result": outcome.result.value})
    return {"transfer": shape.transfer, "result": outcome.result.value}


EFFECTS: Final = (
    Effect(
        kind=RIGHTS, shape=RightsTerms, terms=_rights_terms, run=_run_rights, barred=_whose_rights
    ),
    Effect(kind=ADJUST, shape=AdjustmentTerms, terms=_adjustment_terms, run=_run_adjustment),
)
