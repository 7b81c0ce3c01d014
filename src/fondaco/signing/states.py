"""The states of a request and the table of moves."""

from typing import Final

from django.db.models import TextChoices

from fondaco.kit.lifecycle import Lifecycle


class RequestState(TextChoices):
    """Where a request for signatures stands."""

    WAITING = "waiting"
    """Signatures are missing; nothing has happened yet."""
    DONE = "done"
    """All have signed, and the effect took place with the last signature."""
    REFUSED = "refused"
    """One who was to sign said no."""
    WITHDRAWN = "withdrawn"
    """Its maker took it back."""
    EXPIRED = "expired"
    """Its time passed before all had signed."""


REQUEST_LIFE: Final = Lifecycle(
    {
        RequestState.WAITING: {
            RequestState.DONE,
            RequestState.REFUSED,
            RequestState.WITHDRAWN,
            RequestState.EXPIRED,
        },
        RequestState.DONE: set(),
        RequestState.REFUSED: set(),
        RequestState.WITHDRAWN: set(),
        RequestState.EXPIRED: set(),
    }
)
