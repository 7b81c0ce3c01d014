"""What happens to orders, in the past tense."""

from dataclasses import dataclass

from fondaco.kit.django.events import DomainEvent, event
from fondaco.money import Money


@event("orders.order.opened", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOpened(DomainEvent):
    """An order was written down."""

    order: str
    kind: str
    customer: str
    amount: Money
    fee: Money

    @property
    def subject(self) -> str:
        """Give the order's wire identifier."""
        return self.order


@event("orders.order.moved", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoved(DomainEvent):
    """An order went from one state to the next."""

    order: str
    kind: str
    customer: str
    source: str
    """The state before."""
    target: str
    """The state after."""
    reason: str

    @property
    def subject(self) -> str:
        """Give the order's wire identifier."""
        return self.order
