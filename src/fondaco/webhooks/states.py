"""Where a delivery stands."""

from django.db.models import TextChoices


class DeliveryState(TextChoices):
    """One state of a delivery."""

    WAITING = "waiting"
    """It is tried when it is due."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """All tries are spent, or the receiver wants none."""
    CANCELLED = "cancelled"
    """The endpoint went away before it could be delivered."""


OPEN = frozenset({DeliveryState.WAITING})
ENDED = frozenset(DeliveryState) - OPEN
"""What has ended goes back to waiting when somebody asks for it again."""
