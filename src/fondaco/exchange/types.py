"""What crosses the border of the exchange."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NewType
from uuid import UUID

from fondaco.exchange.states import AtAge, BatchState, Cover, CoverState, Flavour
from fondaco.kit.ids import encode
from fondaco.ledger.types import AccountId, TransferId
from fondaco.money import Asset, Money
from fondaco.orders.types import Order, OrderId
from fondaco.wallets.types import WalletId

BatchId = NewType("BatchId", UUID)
CoverId = NewType("CoverId", UUID)

BATCH: Final = "bat"
"""Batches begin with ``bat_`` on the wire."""
COVERING: Final = "cov"
"""Covering orders begin with ``cov_``."""


class TransferKind(StrEnum):
    """The kinds of transfer that the exchange makes."""

    PAY = "exchange.pay"
    """The customer's total, held when he orders and taken when he gets what he ordered."""
    DELIVER = "exchange.deliver"
    """What he gets."""
    FEE = "exchange.fee"
    """The house's fee, out of the total."""
    COVER_PAY = "exchange.cover_pay"
    """What a venue takes for a trade, or brings in."""
    COVER_GET = "exchange.cover_get"
    """What a venue gives for a trade, or what is sold there."""
    VENUE_FEE = "exchange.venue_fee"
    """What a venue takes for its service."""


class OrderKindName(StrEnum):
    """The kinds of order that the exchange registers."""

    PURCHASE = "purchase"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Say how the house trades one pair, options included."""

    pair: str
    symbol: str
    """What it is called at venues; never empty."""
    cover: Cover
    venues: frozenset[str]
    """Labels of provider accounts; empty: all."""
    threshold: Money
    """In the spent currency; totals from here on are covered alone."""
    age_max_s: int
    at_age: AtAge
    slip_bps: int
    net_at_minor: int
    """Zero: netted positions are covered by age alone."""
    position_max_minor: int | None

    @property
    def base_code(self) -> str:
        """Give the code of what is traded."""
        return self.symbol.partition("/")[0]

    @property
    def quote_code(self) -> str:
        """Give the code of what the venue is paid in."""
        return self.symbol.partition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask for an order; exactly one of the two amounts, unless a quote is named."""

    flavour: Flavour
    pair: str
    wallet_id: WalletId
    get: Money | None = None
    spend: Money | None = None
    """The total, fee included."""
    quote_id: UUID | None = None
    limit_price: Decimal | None = None
    expires_at: datetime | None = None
    comment: str = ""
    callback_url: str = ""
    repeats_id: OrderId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """Hold what an order is given and asked, at a price of the house."""

    pair: str
    get: Money
    net: Money
    """What is spent, without the fee."""
    fee: Money
    price: Decimal
    sources: Sequence[Mapping[str, Any]]
    at: datetime
    fixed: str = "get"

    @property
    def total(self) -> Money:
        """Give what the customer pays in all."""
        return self.net + self.fee


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Describe an order that exchanges: header and what is special to it."""

    order: Order
    flavour: Flavour
    pair: str
    wallet_id: WalletId
    net: Money
    fee: Money
    get: Money
    price: str
    sources: Sequence[Mapping[str, Any]]
    priced_at: datetime
    quote_id: UUID | None
    limit_price: str
    fixed: str
    expires_at: datetime | None
    spend_account: AccountId
    get_account: AccountId
    hold_id: TransferId | None
    symbol: str
    base_minor: int
    cover: Cover
    queued_at: datetime | None
    batch_id: BatchId | None

    @property
    def total(self) -> Money:
        """Give what the customer pays in all."""
        return self.net + self.fee


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Describe a closed batch."""

    id: BatchId
    state: BatchState
    symbol: str
    base: Asset
    quote: Asset
    base_minor: int
    orders_count: int
    closed_by: str
    created_at: datetime
    ended_at: datetime | None

    @property
    def wire_id(self) -> str:
        """Give the identifier as the API shows it."""
        return encode(BATCH, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Covering:
    """Describe one order of the house at a venue."""

    id: CoverId
    batch_id: BatchId
    state: CoverState
    account_id: UUID
    venue: str
    symbol: str
    side: str
    amount: Decimal
    price: Decimal
    reason: Mapping[str, Any]
    venue_id: str
    base_minor: int
    cost_minor: int
    looks: int
    created_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None

    @property
    def wire_id(self) -> str:
        """Give the identifier as the API shows it."""
        return encode(COVERING, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """Describe one trade of a covering order."""

    trade_id: str
    amount: Decimal
    price: Decimal
    cost: Decimal
    fee: Decimal
    fee_currency: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShare:
    """Tell what of the fills belongs to an order, or to the house (``order_id`` none)."""

    order_id: OrderId | None
    base: Money
    cost: Money
    fee: Money
    profit: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """Tell what the house gained in a day by covering, in one quote currency."""

    day: str
    profit: Money
    fees: Money
    orders: int
    unknown: int = field(default=0)
    """Orders whose gain could not be valued."""
