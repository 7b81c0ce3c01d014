"""What orders, batches and covering orders go through. The order itself walks the table of orders."""

from typing import Final

from django.db.models import TextChoices

from fondaco.kit.lifecycle import Lifecycle


class Flavour(TextChoices):
    """How a customer exchanges."""

    PURCHASE = "purchase"
    """He buys coins for money, and waits until the house has bought them."""
    MARKET = "market"
    """He exchanges at once at the house's price."""
    LIMIT = "limit"
    """He waits until the house's price is as good as his limit."""


class Cover(TextChoices):
    """Whether and when the house buys back what it sold."""

    OFF = "off"
    """Never: the house keeps the position."""
    IMMEDIATE = "immediate"
    """For each order; small ones together."""
    NETTED = "netted"
    """When what is left of buys and sells passes a limit or an age."""


class AtAge(TextChoices):
    """What happens to a batch that is old and still too small for the venue."""

    TOP_UP = "top_up"
    """The house orders what is missing for itself."""
    WAIT = "wait"
    """It waits for further orders."""


class BatchState(TextChoices):
    """Where a closed batch stands; an open one is no row, but the orders that wait."""

    COVERING = "covering"
    """A covering order is on its way."""
    WAITING_FOR_OPERATOR = "waiting_for_operator"
    """Nobody can cover it by machine, or nobody knows what became of it: people look."""
    DONE = "done"
    """Covered, and every order has what it is due."""
    FAILED = "failed"
    """Not covered, at least not whole: who could not be served got his money back."""


BATCH_LIFE: Final = Lifecycle(
    {
        BatchState.COVERING: {BatchState.WAITING_FOR_OPERATOR, BatchState.DONE, BatchState.FAILED},
        BatchState.WAITING_FOR_OPERATOR: {BatchState.COVERING, BatchState.DONE, BatchState.FAILED},
        BatchState.DONE: set(),
        BatchState.FAILED: set(),
    }
)


class CoverState(TextChoices):
    """Where a covering order stands."""

    PLANNED = "planned"
    """Written down with its identifier; nothing has been sent."""
    SENT = "sent"
    """It may have left this house: from now on it is only looked up, never sent again."""
    OPEN = "open"
    """The venue knows it and has not finished it."""
    FILLED = "filled"
    """Finished there, wholly or in part, and every trade of it is in the books."""
    FAILED = "failed"
    """Finished without any trade: refused, cancelled, or never arrived."""


COVER_LIFE: Final = Lifecycle(
    {
        CoverState.PLANNED: {CoverState.SENT, CoverState.FAILED},
        CoverState.SENT: {CoverState.OPEN, CoverState.FILLED, CoverState.FAILED},
        CoverState.OPEN: {CoverState.FILLED, CoverState.FAILED},
        CoverState.FILLED: set(),
        CoverState.FAILED: set(),
    }
)
LIVE: Final = frozenset({CoverState.PLANNED, CoverState.SENT, CoverState.OPEN})
"""A batch has at most one covering order in these."""
