"""The states of a risk case and the table of moves."""

from typing import Final

from django.db.models import TextChoices

from fondaco.kit.lifecycle import Lifecycle


class CaseState(TextChoices):
    """Where an operator's look at something suspicious stands."""

    WAITING = "waiting"
    """Held until an operator has decided."""
    RELEASED = "released"
    """An operator let it pass."""
    REJECTED = "rejected"
    """An operator refused it."""
    REFUSED = "refused"
    """A rule refused it at once; kept for its reasons."""


CASE_LIFE: Final = Lifecycle(
    {
        CaseState.WAITING: {CaseState.RELEASED, CaseState.REJECTED},
        CaseState.RELEASED: set(),
        CaseState.REJECTED: set(),
        CaseState.REFUSED: set(),
    }
)
