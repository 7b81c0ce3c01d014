"""What happens in investing, in the past tense."""

from dataclasses import dataclass

from fondaco.kit.django.events import DomainEvent, event
from fondaco.money import Money


@event("investing.advice.given", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceGiven(DomainEvent):
    """A customer was told how money is best spread."""

    advice: str
    customer: str
    engine: str
    fallback: str
    risk: int
    total: Money

    @property
    def subject(self) -> str:
        """Give the advice's wire identifier."""
        return self.advice


@event("investing.portfolio.changed", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioChanged(DomainEvent):
    """A customer's order was carried out whole."""

    order: str
    customer: str
    bought: Money
    sold: Money
    fee: Money
    advice: str
    """The advice that was followed; empty: his own list."""

    @property
    def subject(self) -> str:
        """Give the order's wire identifier."""
        return self.order


@event("investing.trade.done", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class TradeDone(DomainEvent):
    """A customer bought or sold shares."""

    order: str
    customer: str
    side: str
    shares: Money
    cash: Money

    @property
    def subject(self) -> str:
        """Give the order's wire identifier."""
        return self.order


@event("investing.dividend.paid", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class DividendPaid(DomainEvent):
    """A customer was paid for shares that he holds."""

    activity: str
    customer: str
    symbol: str
    amount: Money

    @property
    def subject(self) -> str:
        """Give the activity's wire identifier."""
        return self.activity


@event("investing.shares.split", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class SharesSplit(DomainEvent):
    """A customer's shares became more or fewer."""

    activity: str
    customer: str
    symbol: str
    ratio: str
    shares: Money
    """What he holds after it."""

    @property
    def subject(self) -> str:
        """Give the activity's wire identifier."""
        return self.activity


@event("investing.activities.imported", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitiesImported(DomainEvent):
    """A customer brought a broker's list."""

    customer: str
    account: str
    written: int

    @property
    def subject(self) -> str:
        """Give the customer."""
        return self.customer


@event("investing.settings.changed", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged(DomainEvent):
    """How a portfolio is kept was changed."""

    customer: str

    @property
    def subject(self) -> str:
        """Give the customer."""
        return self.customer
