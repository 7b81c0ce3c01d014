"""What crosses the border of orders."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NewType
from uuid import UUID

from fondaco.kit.ids import encode, uuid7
from fondaco.money import Money
from fondaco.orders.states import OrderState

OrderId = NewType("OrderId", UUID)
PREFIX = "ord"
"""Orders begin with ``ord_`` on the wire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Describe an order's header at one moment."""

    id: OrderId
    kind: str
    state: OrderState
    customer_id: UUID
    amount: Money
    fee: Money
    comment: str
    callback_url: str
    """Empty: the customer wants no call."""
    repeats_id: OrderId | None
    """The order that this one repeats."""
    reference: UUID | None
    """The ledger transfer that moves or holds the money."""
    details: Mapping[str, Any]
    """What the kind adds for its own use and for lists: small, and free of secrets."""
    created_at: datetime
    updated_at: datetime

    @property
    def wire_id(self) -> str:
        """Give the identifier as the API shows it."""
        return encode(PREFIX, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """Ask for an order's header."""

    id: UUID = field(default_factory=uuid7)
    """Known before, so that what is counted or held for the order can name it."""
    kind: str
    customer_id: UUID
    amount: Money
    fee: Money
    comment: str = ""
    callback_url: str = ""
    repeats_id: OrderId | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStep:
    """Tell one move of an order."""

    state: OrderState
    """The state that it came to."""
    at: datetime
    by: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCallback:
    """Tell what is to be sent to the customer's address about one move, and how that went."""

    id: UUID
    state: OrderState
    url: str
    payload: Mapping[str, Any]
    created_at: datetime
    attempts: int
    answer_status: int | None
    """The HTTP status of the last attempt."""
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Narrow a list of orders; an absent member narrows nothing."""

    kind: str | None = None
    state: OrderState | None = None
    asset: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    kinds: Collection[str] | None = None
    """One of these."""
    text: str | None = None
    """A part of the comment, in whatever case."""


@dataclass(frozen=True, slots=True)
class OrderSum:
    """Sum up orders of one currency."""

    count: int
    amount: Money
    fee: Money
