"""What happens at the exchange, in the past tense."""

from dataclasses import dataclass

from fondaco.kit.django.events import HOUSE, DomainEvent, event
from fondaco.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeEvent(DomainEvent):
    """What happened to one order of a customer."""

    order: str
    customer: str
    pair: str
    get: Money
    paid: Money
    """The total, fee included."""

    @property
    def subject(self) -> str:
        """Give the order's wire identifier."""
        return self.order


@event("exchange.order.placed", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(ExchangeEvent):
    """A customer ordered, and his money is held or taken."""

    flavour: str
    price: str


@event("exchange.order.filled", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilled(ExchangeEvent):
    """A customer got what he ordered."""

    price: str


@event("exchange.order.failed", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFailed(ExchangeEvent):
    """An order came to nothing, and all money of it is the customer's again."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEvent(DomainEvent):
    """What happened to a batch."""

    batch: str
    symbol: str

    @property
    def subject(self) -> str:
        """Give the batch's wire identifier."""
        return self.batch


@event("exchange.batch.closed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class BatchClosed(BatchEvent):
    """Orders are covered together from now on."""

    orders: int
    closed_by: str


@event("exchange.batch.done", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDone(BatchEvent):
    """A batch is covered and every order of it served."""


@event("exchange.batch.failed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFailed(BatchEvent):
    """A batch could not be covered whole; those who were not served have their money back."""

    reason: str


@event("exchange.batch.stuck", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class BatchStuck(BatchEvent):
    """People have to look at a batch."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverEvent(DomainEvent):
    """What happened to an order of the house at a venue."""

    cover: str
    batch: str
    venue: str
    symbol: str

    @property
    def subject(self) -> str:
        """Give the covering order's wire identifier."""
        return self.cover


@event("exchange.cover.planned", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class CoverPlanned(CoverEvent):
    """The house is about to order at a venue."""

    side: str
    amount: str
    price: str


@event("exchange.cover.filled", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class CoverFilled(CoverEvent):
    """A venue traded, and its trades are in the books."""

    base: Money
    cost: Money


@event("exchange.cover.failed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class CoverFailed(CoverEvent):
    """A covering order ended without a trade."""

    reason: str


@event("exchange.cover.unclear", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class CoverUnclear(CoverEvent):
    """A covering order was looked up often, and nobody knows yet what came of it."""

    reason: str


@event("exchange.position.limit_passed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class PositionLimitPassed(DomainEvent):
    """The house's position in a currency is larger than allowed; its pairs are suspended."""

    currency: str
    position: Money
    limit: Money
    pair: str

    @property
    def subject(self) -> str:
        """Give the pair."""
        return self.pair


@event("exchange.venue.differs", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class VenueDiffers(DomainEvent):
    """A venue states another balance than the books."""

    venue: str
    books: Money
    stated: Money

    @property
    def subject(self) -> str:
        """Give the venue's label."""
        return self.venue


@event("exchange.venue.low", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class VenueLow(DomainEvent):
    """What is left at a venue is less than the account's threshold."""

    venue: str
    left: Money
    threshold: Money

    @property
    def subject(self) -> str:
        """Give the venue's label."""
        return self.venue
