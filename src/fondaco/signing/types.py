"""What crosses the border of signing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, NewType
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fondaco.kit.access import Actor
from fondaco.kit.ids import encode
from fondaco.money import Money
from fondaco.signing.states import RequestState

RequestId = NewType("RequestId", UUID)
PREFIX: Final = "sig"
"""Requests begin with ``sig_`` on the wire."""
DELEGATION_PREFIX: Final = "dlg"

Owner = UUID | None
"""The customer whose people sign; none is the house."""

Bound = Annotated[Decimal, Field(ge=0, max_digits=39, decimal_places=18, allow_inf_nan=False)]


class StageRule(BaseModel):
    """Demand signatures of people who hold a permission."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str = Field(min_length=1, max_length=100, examples=["ledger:adjust"])
    required: int = Field(ge=1, le=20)


class Band(BaseModel):
    """Say who signs amounts from ``low`` up to, but without, ``high``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str = Field(
        default="",
        pattern=r"^([A-Z][A-Z0-9]{1,15}(\.[A-Z0-9]{1,15})?)?$",
        description="Empty: what has no amount, and currencies that have no band of their own.",
    )
    low: Bound = Field(default=Decimal(0), description="In major units, included.")
    high: Bound | None = Field(default=None, description="Excluded; null: no end.")
    stages: tuple[StageRule, ...] = Field(
        max_length=10, description="Empty: nobody needs to sign, the action may be done directly."
    )
    in_order: bool = Field(default=True, description="A stage opens when the one before is full.")
    maker_signs: bool = Field(default=False, description="Whoever wrote the terms may sign them.")
    expires_h: int = Field(default=720, ge=1, le=8760, description="Hours that signers have.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Say what a policy must know of the terms."""

    subject: str
    """What it is about, such as a wire identifier: one request at a time may wait about it."""
    amount: Money | None = None
    owners: tuple[Owner, ...] = (None,)
    """Whose people sign, one side after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Show one stage of the present round."""

    step: int
    """Stages of one step are open together; a step opens when the one before is full."""
    owner: Owner
    group: str
    required: int
    maker_signs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Show one signature; it is void when its round is not the present one."""

    round: int
    group: str
    signer_id: UUID
    holder_id: UUID
    """Whose authority it is: the signer's own, or that of the one who delegated it."""
    digest: str
    comment: str
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Describe a request for signatures at one moment."""

    id: RequestId
    action: str
    subject: str
    terms: Mapping[str, Any]
    amount: Money | None
    maker_id: UUID
    author_id: UUID
    """Who wrote the terms of the present round."""
    round: int
    digest: str
    """SHA-256 of the canonical content, in hexadecimal digits."""
    content: Mapping[str, Any]
    """What is signed."""
    state: RequestState
    created_at: datetime
    expires_at: datetime
    result: Mapping[str, Any]
    """What the effect gave back."""
    stages: tuple[Stage, ...]
    signatures: tuple[Signature, ...]
    """Of all rounds, oldest first."""

    @property
    def wire_id(self) -> str:
        """Give the identifier as the API shows it."""
        return encode(PREFIX, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Hand a fully signed request to its effect."""

    request: Request
    by: Actor
    """Who gave the last signature."""


@dataclass(frozen=True, slots=True)
class Person:
    """Name who asks, and for whom he acts."""

    user_id: UUID
    owner: Owner
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Show who must sign an action of an owner."""

    owner: Owner
    action: str
    version: int
    """0: the platform's own, which holds until the owner has one."""
    bands: tuple[Band, ...]
    created_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelegation:
    """Ask that somebody may sign for another for a while."""

    delegate_id: UUID
    starts_at: datetime
    ends_at: datetime
    actions: tuple[str, ...] = ()
    """Empty: all."""
    cap: Money | None = None
    """The most that may be signed for; without it any amount."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """Show who may sign for whom."""

    id: UUID
    delegator_id: UUID
    delegate_id: UUID
    starts_at: datetime
    ends_at: datetime
    actions: tuple[str, ...]
    cap: Money | None
    reason: str
    revoked_at: datetime | None
