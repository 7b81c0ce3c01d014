"""What crosses the border of investing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NewType
from uuid import UUID

from fondaco.instruments.types import Instrument, Quoted
from fondaco.investing.states import ActivityKind, LotMethod, TradeMode
from fondaco.kit.ids import encode
from fondaco.money import Asset, Money
from fondaco.wallets.types import WalletId

AdviceId = NewType("AdviceId", UUID)
QuoteId = NewType("QuoteId", UUID)

ADVICE: Final = "adv"
"""Advice begins with ``adv_`` on the wire."""
QUOTE: Final = "pqt"
"""Quotes of portfolios begin with ``pqt_``."""
ACTIVITY: Final = "act"
"""Activities, and so the lots that purchases make, begin with ``act_``."""


class TransferKind(StrEnum):
    """The kinds of transfer that investing makes."""

    SHARES = "investing.shares"
    """Shares go to or from a customer."""
    PURCHASE = "investing.purchase"
    """A customer pays for shares."""
    SALE = "investing.sale"
    """A customer is paid for shares."""
    FEE = "investing.fee"
    """The house takes its part of an order."""
    DIVIDEND = "investing.dividend"
    """A customer is paid for shares that he holds."""
    SPLIT = "investing.split"
    """Shares become more or fewer, since the company has split or merged them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Say how much of an instrument is wanted: a quantity or a part. It has no price: the house has."""

    symbol: str
    quantity: int | None = None
    """Minor units of the instrument."""
    parts: int | None = None
    """Of a million."""
    lots: Sequence[tuple[UUID, int]] = ()
    """Which purchases a sale takes how much of, in minor units, where the method is the specific one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteAsk:
    """Ask what a portfolio would cost: what is not named is sold."""

    wallet_id: WalletId
    targets: Sequence[Target] = ()
    total: Money | None = None
    """What the whole portfolio is to cost, fees included, where targets are parts."""
    advice_id: AdviceId | None = None
    mode: TradeMode | None = None
    """None: as the option says."""
    buys_only: bool = False
    """True: nothing is sold, and the total comes on top of what is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """Show one trade of a quote or an order."""

    symbol: str
    is_sale: bool
    shares: Money
    price: Decimal
    """Major units of the instrument's currency for one share."""
    price_id: int
    priced_on: date
    rate: Decimal
    """Major units of the portfolio's currency for one of the instrument's currency."""
    cash: Money
    """What is paid or received, without the fee."""
    lots: Sequence[tuple[UUID, int]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Show what a change of the portfolio costs, at prices that are held until it expires."""

    id: QuoteId
    wallet_id: WalletId
    advice_id: AdviceId | None
    mode: TradeMode
    legs: Sequence[Leg]
    bought: Money
    sold: Money
    fee: Money
    cash_before: Money
    """What the wallet had available."""
    cash_after: Money
    """What it has after the order; below zero: it cannot be paid."""
    created_at: datetime
    expires_at: datetime
    order_id: UUID | None

    @property
    def wire_id(self) -> str:
        """Give the identifier as the API shows it."""
        return encode(QUOTE, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceAsk:
    """Ask how money is best spread."""

    risk: int | None = None
    """0 to 100; none: the last accepted one, else 50."""
    total: Money | None = None
    """None: what the fullest wallet has available."""
    symbols: Sequence[str] = ()
    """The assets to choose from; none: all that the house trades."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Show an advice as it was given; it never changes."""

    id: AdviceId
    customer_id: UUID
    engine: str
    engine_version: str
    fallback: str
    """Why the built-in engine answered instead of the service outside; empty: it did not."""
    risk: int
    level: int
    """1 to 10."""
    total: Money
    inputs: Mapping[str, Any]
    answer: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime

    @property
    def wire_id(self) -> str:
        """Give the identifier as the API shows it."""
        return encode(ADVICE, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Show one thing that happened in a portfolio, at the house or outside."""

    id: UUID
    kind: ActivityKind
    outside: str
    """The name of the account outside; empty: at this house."""
    symbol: str
    """Empty for fees that belong to no instrument."""
    shares: Money | None
    price: Decimal | None
    cash: Money
    at: datetime
    order_id: UUID | None
    ratio: str = ""
    """Of a split, such as ``4:1``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioSettings:
    """Show how a customer keeps his portfolio."""

    currency: Asset
    method: LotMethod
    band_bps: int
    benchmark: str
    advisor_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLot:
    """Show a purchase of which something is still held."""

    id: UUID
    symbol: str
    outside: str
    shares: Money
    cost: Money
    bought_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Show what is held of one instrument in one place."""

    instrument: Instrument
    outside: str
    shares: Money
    cost: Money
    """What the shares that are still held were bought for."""
    value: Money
    """At the latest price and the day's reference rate, rounded down."""
    quoted: Quoted
    parts: int
    """Of a million, of the whole portfolio."""

    @property
    def profit(self) -> Money:
        """Give what selling all would bring above the cost; below zero for a loss."""
        return self.value - self.cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """Explain a portfolio's value by what went in and out, exact to the minor unit.

    ``paid_in - paid_out + realised + unrealised + income - fees = value``; what moves cash counts in
    ``paid_in`` (purchases and fees) and in ``paid_out`` (sales and dividends).
    """

    paid_in: Money
    paid_out: Money
    realised: Money
    unrealised: Money
    currency_effect: Money
    """The part of ``unrealised`` that comes from rates between currencies and not from prices."""
    income: Money
    fees: Money
    value: Money

    @property
    def difference(self) -> Money:
        """Give what is not explained; always nothing."""
        explained = self.paid_in - self.paid_out + self.realised + self.unrealised
        return self.value - (explained + self.income - self.fees)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """Show all that a customer holds."""

    settings: PortfolioSettings
    positions: Sequence[Position]
    lots: Sequence[OpenLot]
    reconciliation: Reconciliation


@dataclass(frozen=True, slots=True, kw_only=True)
class NewActivity:
    """Hold one line of a broker's list."""

    line: int
    kind: ActivityKind
    symbol: str
    """As the broker writes it, or as the mapping translates it; empty for fees of the account."""
    on: date
    quantity: Decimal
    price: Decimal
    amount: Decimal
    """Of a dividend or a fee: major units of the instrument's, or of the portfolio's, currency."""
    fee: Decimal
    numerator: int
    """Of a split: so many new shares …"""
    denominator: int
    digest: bytes
    """Tells the line from all others, so that it is taken once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerMapping:
    """Say which column of a broker's list means what."""

    columns: Mapping[str, str]
    """Our names (:data:`fondaco.investing.outside.COLUMNS`) with the titles in the list."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Words of the list with our kinds; our own words need no line here."""
    symbols: Mapping[str, str] = field(default_factory=dict)
    """Symbols of the list with ours."""
    date_format: str = "%Y-%m-%d"
    delimiter: str = ","
    decimal_comma: bool = False
