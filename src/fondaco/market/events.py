"""What happened on the market, in the past tense."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fondaco.identity.types import CUSTOMER_PREFIX
from fondaco.kit.django.events import HOUSE, DomainEvent, Wire, event
from fondaco.kit.ids import encode
from fondaco.market.types import QUOTE_PREFIX
from fondaco.money import Money


@event("market.currency.changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyChanged(DomainEvent):
    """A currency was added or has other properties."""

    code: str
    is_enabled: bool

    @property
    def subject(self) -> str:
        """Name the currency."""
        return self.code


@event("market.source.changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChanged(DomainEvent):
    """A source of prices was added or has other properties."""

    code: str
    is_enabled: bool

    @property
    def subject(self) -> str:
        """Name the source."""
        return self.code


@event("market.source.failed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFailed(DomainEvent):
    """A source gives no prices any more; told once, until it does again."""

    code: str
    reason: str

    @property
    def subject(self) -> str:
        """Name the source."""
        return self.code


@event("market.source.recovered", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecovered(DomainEvent):
    """A source gives prices again."""

    code: str

    @property
    def subject(self) -> str:
        """Name the source."""
        return self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class PairEvent(DomainEvent):
    """What happened to one pair; declared below under its own name."""

    pair: str

    @property
    def subject(self) -> str:
        """Name the pair."""
        return self.pair


@event("market.pair.changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class PairChanged(PairEvent):
    """A pair was added or gets its price in another way."""

    is_enabled: bool


@event("market.pair.suspended", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class PairStopped(PairEvent):
    """A pair is traded no more until an operator resumes it: an alert."""

    reason: str


@event("market.pair.resumed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class PairResumed(PairEvent):
    """A pair is traded again."""

    reason: str


@event("market.rate.changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class RateChanged(PairEvent):
    """A pair's published price moved: not each price, but as many as somebody who watches needs."""

    bid: Decimal
    ask: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteEvent(DomainEvent):
    """What happened to one quote; declared below under its own name."""

    quote: Annotated[UUID, Wire(QUOTE_PREFIX)]
    customer: Annotated[UUID, Wire(CUSTOMER_PREFIX)]
    pair: str

    @property
    def subject(self) -> str:
        """Name the quote."""
        return encode(QUOTE_PREFIX, self.quote)


@event("market.quote.made", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteMade(QuoteEvent):
    """The house promises an exchange for a while."""

    to_get: Money
    to_spend: Money
    expires_at: datetime


@event("market.quote.taken", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteTaken(QuoteEvent):
    """An order was made from a quote."""
