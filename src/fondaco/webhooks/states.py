"""Where a delivery stands."""

from typing import Final

from django.db.models import TextChoices

from fondaco.kit.lifecycle import Lifecycle


class DeliveryState(TextChoices):
    """One state of a delivery."""

    WAITING = "waiting"
    """It is tried when it is due."""
    DELIVERED = "delivered"
    """The receiver answered 2xx."""
    FAILED = "failed"
    """All tries are spent, or the receiver wants none."""
    CANCELLED = "cancelled"
    """The endpoint went away before it could be delivered."""


_AGAIN: Final = frozenset({DeliveryState.WAITING})
"""What has ended goes back to waiting when somebody asks for it again."""

DELIVERY_LIFE: Final = Lifecycle(
    {
        DeliveryState.WAITING: frozenset(
            {DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.CANCELLED}
        ),
        DeliveryState.DELIVERED: _AGAIN,
        DeliveryState.FAILED: _AGAIN,
        DeliveryState.CANCELLED: _AGAIN,
    }
)

ENDED: Final = frozenset(DeliveryState) - _AGAIN
