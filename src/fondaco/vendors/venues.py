"""What every exchange venue can do, in words that belong to none of them.

VenueError
├── Unavailable          nothing happened there; asking again later is safe
│   └── RateLimited      the venue says how long to wait
├── Declined             the venue refuses for good
├── OrderUnknown         the venue knows no order of this identifier (yet)
└── OutcomeUnknown       the answer is lost: the order may live; look it up, never send it again
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import httpx


class VenueError(Exception):
    """Say that a call did not do what it was to do."""


class Unavailable(VenueError):
    """Say that the venue cannot be asked now and has done nothing."""


class RateLimited(Unavailable):
    """Say that the venue is asked too often."""

    def __init__(self, detail: str, *, retry_after_s: float = 1.0) -> None:
        """Keep how long to wait (seconds)."""
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Declined(VenueError):
    """Say that the venue refuses for good; ``code`` is its own word."""

    def __init__(self, code: str) -> None:
        """Keep the venue's word."""
        super().__init__(code)
        self.code = code


class OrderUnknown(VenueError):
    """Say that the venue knows no such order; shortly after a lost answer it may know it later."""


class OutcomeUnknown(VenueError):
    """Say that nobody knows whether it happened: look it up by its identifier, never send it again."""


class Side(StrEnum):
    """What we do with the base currency."""

    BUY = "buy"
    SELL = "sell"


class Holds(StrEnum):
    """How long an order stands."""

    IMMEDIATE = "immediate"
    """What cannot be filled at once is cancelled."""
    UNTIL_CANCELLED = "until_cancelled"


class OrderWord(StrEnum):
    """Where an order stands, in one language for all venues."""

    PENDING = "pending"
    """Taken but not on the book yet; also whatever word we do not know."""
    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"
    """Nothing more will be filled; part of it may have been."""
    REJECTED = "rejected"

    @property
    def is_final(self) -> bool:
        """Tell whether nothing more will happen to the order."""
        return self in {OrderWord.FILLED, OrderWord.CANCELLED, OrderWord.REJECTED}


@dataclass(frozen=True, slots=True)
class VenueTicker:
    """Show the best prices of one symbol, in quote currency per unit of the base currency."""

    symbol: str
    """``BTC/USDT``: base, quote."""
    bid: Decimal
    ask: Decimal
    at: datetime
    """When the venue knew it, as far as it tells; never later than when we got it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """Describe what is traded and in which steps."""

    symbol: str
    name: str
    """The venue's own name of it."""
    base: str
    quote: str
    price_step: Decimal
    amount_step: Decimal
    amount_min: Decimal
    """In base currency."""
    cost_min: Decimal
    """In quote currency."""
    is_open: bool


@dataclass(frozen=True, slots=True)
class VenueBalance:
    """Show what is held at the venue in one currency."""

    currency: str
    total: Decimal
    available: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAsk:
    """Ask for an order. There is always a worst price: the venue never fills beyond it."""

    client_order_id: UUID
    symbol: str
    side: Side
    amount: Decimal
    """In base currency."""
    price: Decimal
    """Worst price, in quote currency per unit of the base currency."""
    holds: Holds = Holds.IMMEDIATE


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueOrder:
    """Show an order as the venue tells it."""

    client_order_id: UUID | None
    venue_id: str
    symbol: str
    side: Side
    word: OrderWord
    venue_word: str
    """What the venue really said."""
    amount: Decimal
    filled: Decimal
    cost: Decimal
    """What the filled part cost or brought in quote currency, without fees."""
    fees: Mapping[str, Decimal] = field(default_factory=dict)
    """By currency; may be in base, quote or the venue's own coin."""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueTrade:
    """Show one fill."""

    venue_id: str
    order_venue_id: str
    symbol: str
    side: Side
    amount: Decimal
    price: Decimal
    cost: Decimal
    fee: Decimal
    fee_currency: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Hold what a client needs to speak to a venue."""

    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    base_url: str
    clock: Callable[[], datetime]
    take_nonce: Callable[[], int] | None = None
    """Gives a number greater than all before it for this key; only Kraken needs it."""
    proxy: str | None = None
    timeout_s: float = 10.0
    transport: httpx.BaseTransport | None = None


class Venue(Protocol):
    """Trade at one venue with one account; tickers and instruments need no account."""

    kind: str

    def tickers(self) -> Mapping[str, VenueTicker]:
        """Give the best prices of all symbols with one call.

        What is not positive and finite, or crossed, is left out.

        :raises Unavailable: they are not to be had
        """

    def instruments(self) -> Mapping[str, Instrument]:
        """Give everything that is traded, by symbol.

        :raises Unavailable: it is not to be had
        """

    def rules(self, symbol: str) -> Instrument:
        """Give the steps and minimums of one symbol.

        :raises Declined: the venue does not trade it
        :raises Unavailable: they are not to be had
        """

    def balances(self) -> Mapping[str, VenueBalance]:
        """Give what the account holds, by currency.

        :raises VenueError: it is not to be had
        """

    def place(self, ask: OrderAsk) -> VenueOrder:
        """Send an order once. What it says is no fill: ask ``order`` for that.

        :raises Declined: the venue refuses it
        :raises Unavailable: it was certainly not placed
        :raises OutcomeUnknown: it may have been placed
        """

    def order(self, *, client_order_id: UUID, symbol: str) -> VenueOrder:
        """Look an order up.

        :raises OrderUnknown: the venue knows none
        :raises Unavailable: it is not to be had
        """

    def trades(self, *, symbol: str, since: datetime) -> Sequence[VenueTrade]:
        """Give the account's fills of a symbol, oldest first, up to the venue's limit of one answer.

        :raises VenueError: they are not to be had
        """

    def cancel(self, *, client_order_id: UUID, symbol: str) -> None:
        """Cancel what is still open of an order; ask ``order`` for what became of it.

        :raises OrderUnknown: the venue knows no open one
        :raises Unavailable: it was certainly not cancelled
        :raises OutcomeUnknown: it may have been cancelled
        """

    def close(self) -> None:
        """Close the connection."""


def is_quotable(bid: Decimal, ask: Decimal) -> bool:
    """Tell whether two prices can be those of a market: positive, finite, and not crossed."""
    return bid.is_finite() and ask.is_finite() and 0 < bid <= ask


def sound_tickers(found: Collection[VenueTicker]) -> dict[str, VenueTicker]:
    """Give by symbol what can be a price; NaN, zero, negative and crossed ones are left out."""
    return {one.symbol: one for one in found if is_quotable(one.bid, one.ask)}


__all__ = [
    "Access",
    "Declined",
    "Holds",
    "Instrument",
    "OrderAsk",
    "OrderUnknown",
    "OrderWord",
    "OutcomeUnknown",
    "RateLimited",
    "Side",
    "Unavailable",
    "Venue",
    "VenueBalance",
    "VenueError",
    "VenueOrder",
    "VenueTicker",
    "VenueTrade",
    "is_quotable",
    "sound_tickers",
]
