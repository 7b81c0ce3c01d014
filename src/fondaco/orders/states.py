"""The states of an order and the table of moves."""

from typing import Final

from django.db.models import TextChoices

from fondaco.kit.lifecycle import Lifecycle


class OrderState(TextChoices):
    """Where an order stands; one vocabulary for all kinds, each of which walks a part of the table."""

    NEW = "new"
    """Written down; no money has moved or is held yet."""
    WAITING_FOR_PRICE = "waiting_for_price"
    """Its money is held until the house's own price reaches the customer's limit."""
    AGGREGATED = "aggregated"
    """Its money is held; it is too small to be carried out alone and waits for others like it."""
    IN_PROGRESS = "in_progress"
    """Its money is held while it is carried out outside the house."""
    WAITING_FOR_OPERATOR = "waiting_for_operator"
    """Its money is held until an operator confirms or rejects it."""
    CANCELLING = "cancelling"
    """The customer takes it back while it is carried out outside; who was faster is not known yet."""
    CLOSED = "closed"
    """Done: all money is where it should be."""
    ERROR = "error"
    """Refused or failed: no money has moved, and the details name the refusal."""
    CANCELLED = "cancelled"
    """Taken back by the customer before it was carried out; what was held is released."""
    EXPIRED = "expired"
    """Its time ran out before it was carried out; what was held is released."""
    REJECTED = "rejected"
    """Refused by an operator, with a reason; what was held is released."""


_WAITING_ENDS: Final = {OrderState.CANCELLED, OrderState.EXPIRED, OrderState.ERROR}
"""How what waits for others or for a price may end without effect."""

ORDER_LIFE: Final = Lifecycle(
    {
        OrderState.NEW: {
            OrderState.WAITING_FOR_PRICE,
            OrderState.AGGREGATED,
            OrderState.IN_PROGRESS,
            OrderState.WAITING_FOR_OPERATOR,
            OrderState.CLOSED,
            OrderState.ERROR,
        },
        OrderState.WAITING_FOR_PRICE: {
            OrderState.IN_PROGRESS,
            OrderState.WAITING_FOR_OPERATOR,
            OrderState.CLOSED,
            *_WAITING_ENDS,
        },
        OrderState.AGGREGATED: {
            OrderState.IN_PROGRESS,
            OrderState.WAITING_FOR_OPERATOR,
            *_WAITING_ENDS,
        },
        OrderState.IN_PROGRESS: {
            OrderState.WAITING_FOR_OPERATOR,
            OrderState.CANCELLING,
            OrderState.CLOSED,
            OrderState.ERROR,
        },
        OrderState.WAITING_FOR_OPERATOR: {
            OrderState.WAITING_FOR_PRICE,
            OrderState.AGGREGATED,
            OrderState.IN_PROGRESS,
            OrderState.CLOSED,
            OrderState.REJECTED,
            OrderState.CANCELLED,
            OrderState.ERROR,
        },
        OrderState.CANCELLING: {
            OrderState.WAITING_FOR_OPERATOR,
            OrderState.CANCELLED,
            OrderState.CLOSED,
            OrderState.ERROR,
        },
        OrderState.CLOSED: set(),
        OrderState.ERROR: set(),
        OrderState.CANCELLED: set(),
        OrderState.EXPIRED: set(),
        OrderState.REJECTED: set(),
    }
)
