"""``/operator/provider-accounts``: the house's accounts at outside providers; never their credentials."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field, SecretStr

from fondaco.connections import actions as connections
from fondaco.connections.queries import list_accounts
from fondaco.connections.states import Environment, Family, Health
from fondaco.connections.types import PREFIX, ProviderAccount
from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text, WireId
from fondaco.kit.ids import encode, uuid7
from fondaco.operators.api.adjustments import PROPOSING
from fondaco.operators.proposals import ProviderTerms, propose_account
from fondaco.operators.rights import Right
from fondaco.signing.shapes import SignRequestOut, person_of

router = Router(auth=staff, tags=["providers"])

ProviderWireId = Annotated[UUID, WireId(PREFIX)]
Word = Annotated[Text, Field(min_length=1, max_length=100)]


class ProviderAccountIn(Strict):
    """Take an account as it is to be; ``account`` and ``version`` name the one that is changed or removed."""

    account: ProviderWireId | None = Field(default=None, description="Absent: a new one.")
    version: Annotated[int, Field(ge=0)] = 0
    remove: bool = False
    family: Family
    kind: Annotated[Text, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$", examples=["kraken"])]
    label: Word
    environment: Environment
    settings: dict[Word, str | int | bool] = Field(
        default_factory=dict, max_length=30, description="Address, proxy, thresholds; no secrets."
    )
    priority: Annotated[int, Field(ge=0, le=1_000_000)] = 100
    enabled: bool = True
    credentials: dict[Word, SecretStr] | None = Field(
        default=None, max_length=20, description="Never shown again; absent: they stay as they are."
    )


class ProviderAccountOut(Strict):
    """Show an account."""

    id: ProviderWireId
    version: int
    family: Family
    kind: str
    label: str
    environment: Environment
    credential_names: list[str]
    settings: dict[str, Any]
    priority: int
    enabled: bool
    health: Health
    health_detail: str
    checked_at: datetime | None

    @classmethod
    def of(cls, account: ProviderAccount) -> "ProviderAccountOut":
        """Show an account."""
        return cls(
            id=account.id,
            version=account.version,
            family=account.family,
            kind=account.kind,
            label=account.label,
            environment=account.environment,
            credential_names=sorted(account.credentials),
            settings=dict(account.settings),
            priority=account.priority,
            enabled=account.enabled,
            health=account.health,
            health_detail=account.health_detail,
            checked_at=account.checked_at,
        )


class ProviderAccountsOut(Strict):
    """Show all accounts in the order in which they are asked."""

    items: list[ProviderAccountOut]


class ProviderDisableIn(Strict):
    """Take why."""

    reason: Annotated[Text, Field(min_length=1, max_length=500)]


@router.get("")
def list_provider_accounts(request: HttpRequest) -> ProviderAccountsOut:
    """List the house's accounts at outside providers and how they answer."""
    require(principal(request), Right.CONNECTIONS_READ)
    return ProviderAccountsOut(items=[ProviderAccountOut.of(one) for one in list_accounts()])


@router.post("/proposals", status=201, errors=PROPOSING)
@idempotent("operators.propose_provider_account")
def propose_provider_account(request: HttpRequest, body: ProviderAccountIn) -> SignRequestOut:
    """Propose to make, change or remove an account; it holds with another person's signature."""
    who = require(principal(request), Right.CONNECTIONS_PROPOSE)
    said = body.model_dump(exclude={"account", "credentials"})
    terms = ProviderTerms(account=encode(PREFIX, body.account or uuid7()), **said)
    secrets = body.credentials
    credentials = None
    if secrets is not None:
        credentials = {name: secret.get_secret_value() for name, secret in secrets.items()}
    made = propose_account(terms=terms, credentials=credentials, maker=person_of(who))
    return SignRequestOut.of(made)


@router.post("/{account_id}/disable")
def disable_provider_account(
    request: HttpRequest, account_id: ProviderWireId, body: ProviderDisableIn
) -> ProviderAccountOut:
    """Put an account out of use at once; that it is used again is signed."""
    by = require(principal(request), Right.CONNECTIONS_PROPOSE).actor
    account = connections.disable_account(account_id=account_id, reason=body.reason, by=by)
    return ProviderAccountOut.of(account)
