"""The states of an order and the table of moves."""

from typing import Final

from django.db.models import TextChoices

from fondaco.kit.lifecycle import Lifecycle


class OrderState(TextChoices):
    """Where an order stands; one vocabulary for all kinds, each of which walks a part of the table."""

    NEW = "new"
    """Written down; no money has moved or is held yet."""
    WAITING_FOR_OPERATOR = "waiting_for_operator"
    """Its money is held until an operator confirms or rejects it."""
    CLOSED = "closed"
    """Done: all money is where it should be."""
    ERROR = "error"
    """Refused or failed: no money has moved, and the details name the refusal."""
    CANCELLED = "cancelled"
    """Taken back by the customer before it was carried out; what was held is released."""
    REJECTED = "rejected"
    """Refused by an operator, with a reason; what was held is released."""


ORDER_LIFE: Final = Lifecycle(
    {
        OrderState.NEW: {OrderState.WAITING_FOR_OPERATOR, OrderState.CLOSED, OrderState.ERROR},
        OrderState.WAITING_FOR_OPERATOR: {
            OrderState.CLOSED,
            OrderState.REJECTED,
            OrderState.CANCELLED,
        },
        OrderState.CLOSED: set(),
        OrderState.ERROR: set(),
        OrderState.CANCELLED: set(),
        OrderState.REJECTED: set(),
    }
)
