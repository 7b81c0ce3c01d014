"""The words of investing. None of them is a life cycle: what was done stays done."""

from django.db.models import TextChoices


class ActivityKind(TextChoices):
    """What happened in a portfolio."""

    BUY = "buy"
    SELL = "sell"
    DIVIDEND = "dividend"
    """A company paid for each share."""
    SPLIT = "split"
    """One share became several, or several became one; nothing was paid."""
    FEE = "fee"
    """What the house or a broker took."""


class LotMethod(TextChoices):
    """Which purchases a sale sells."""

    FIFO = "fifo"
    """The oldest first."""
    AVERAGE = "average"
    """A part of each, at the average cost."""
    SPECIFIC = "specific"
    """Those that the customer names with the order."""


class TradeMode(TextChoices):
    """How an old portfolio becomes a new one."""

    NET = "net"
    """What is kept is not traded."""
    LITERAL = "literal"
    """All of the old is sold, and all of the new is bought."""
