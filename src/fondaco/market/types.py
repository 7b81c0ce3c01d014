"""What crosses the border of the market."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, NewType, Protocol
from uuid import UUID

from fondaco.kit.ids import encode
from fondaco.market.states import CandleStep, CurrencyKind, CurrencyUse, PriceMode, SourceKind
from fondaco.money import Asset, Money

QuoteId = NewType("QuoteId", UUID)
QUOTE_PREFIX: Final = "qt"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketCurrency:
    """Describe a currency that the house knows."""

    code: str
    name: str
    kind: CurrencyKind
    network: str
    """The chain of a token, such as ``ERC20``; empty for all others."""
    contract: str
    asset: Asset
    uses: frozenset[CurrencyUse]
    is_enabled: bool
    version: int
    """Raised with each change; whoever edits names the one that he saw."""

    def is_for(self, use: CurrencyUse) -> bool:
        """Tell whether it may be used so."""
        return self.is_enabled and use in self.uses


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """Say what no price of a pair may do; basis points."""

    deviation_bps_max: int = 500
    """How far two sources may be apart."""
    jump_bps_max: int = 2000
    """How far a price may go from the last one that was published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTerms:
    """Say how a pair gets its price."""

    mode: PriceMode
    static_price: Decimal | None = None
    """Quote currency per unit of the base currency."""
    formula: str = ""
    sources: tuple[str, ...] = ()
    symbol: str = ""
    """What the sources are asked for; empty: ``BASE/QUOTE``."""
    markup_bps: int = 0
    """What the house adds when it sells the base currency, and takes off when it buys it."""
    guards: Guards = Guards()
    quote_lifetime_s: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketPair:
    """Describe one direction of a pair: what is got for what is spent."""

    name: str
    """``GET_SPEND``."""
    get: Asset
    spend: Asset
    base: Asset
    """The same in both directions: prices are per unit of it."""
    quote: Asset
    terms: PairTerms
    is_enabled: bool
    """The pair and both currencies are."""
    suspended_reason: str
    suspended_at: datetime | None
    version: int

    @property
    def is_suspended(self) -> bool:
        """Tell whether it is stopped."""
        return self.suspended_at is not None

    @property
    def buys_base(self) -> bool:
        """Tell whether the customer gets the base currency."""
        return self.get == self.base

    @property
    def base_name(self) -> str:
        """Give the name of the pair in the direction in which it is stored."""
        return f"{self.base.code}_{self.quote.code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSource:
    """Describe where prices come from."""

    code: str
    kind: SourceKind
    label: str
    base_url: str
    is_enabled: bool
    max_age_s: int
    version: int
    at: datetime | None = None
    """The time of its latest prices."""
    error: str = ""
    """Why it gave none when it was last asked; empty: it did."""


@dataclass(frozen=True, slots=True)
class Used:
    """Name a price that went into another."""

    source: str
    symbol: str
    price: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Give the price of one direction of a pair at a moment."""

    pair: str
    get: Asset
    spend: Asset
    base: str
    price: Decimal
    """SPEND per unit of GET; rounded to 20 digits where it is a reciprocal, so it is for showing."""
    base_price: Decimal
    """Quote currency per unit of the base currency, exact: amounts are computed with it."""
    sources: tuple[Used, ...]
    at: datetime
    """The oldest time of what it is made of; static prices are of now."""

    @property
    def buys_base(self) -> bool:
        """Tell whether the customer gets the base currency."""
        return self.get.code == self.base


class Terms(Protocol):
    """What a customer's policy adds to a price."""

    @property
    def price_markup_bps(self) -> int:
        """Give what makes the price worse for the customer (basis points)."""

    def fee_for(self, amount: Money) -> Money:
        """Give the fee for an amount that is exchanged, in its currency."""


@dataclass(frozen=True, slots=True)
class NoTerms:
    """Add nothing."""

    price_markup_bps: int = 0

    def fee_for(self, amount: Money) -> Money:
        """Take nothing."""
        return Money.zero(amount.asset)


NO_TERMS: Final = NoTerms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """Say what an exchange would be at this moment."""

    rate: Rate
    to_get: Money
    to_spend: Money
    """All that the customer pays: ``net`` and ``fee``."""
    net: Money
    fee: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Hold an exchange that the house promises for a while."""

    id: QuoteId
    customer_id: UUID
    pair: str
    to_get: Money
    to_spend: Money
    net: Money
    fee: Money
    price: Decimal
    base_price: Decimal
    sources: tuple[Used, ...]
    made_at: datetime
    expires_at: datetime
    taken_at: datetime | None

    @property
    def wire_id(self) -> str:
        """Give the identifier as the API shows it."""
        return encode(QUOTE_PREFIX, self.id)


@dataclass(frozen=True, slots=True)
class MarketCandle:
    """Sum up the middle prices of a time."""

    begins_at: datetime
    step: CandleStep
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCurrency:
    """Ask that the house know a currency."""

    asset: Asset
    name: str
    kind: CurrencyKind
    network: str = ""
    contract: str = ""
    uses: frozenset[CurrencyUse] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTerms:
    """Say how a source is asked, and how long its prices count."""

    max_age_s: int
    label: str = ""
    base_url: str = ""
    """Empty: the venue's own address."""
    is_enabled: bool = True
