"""What the exchange does by the clock. Each job may run twice, or in two workers at once."""

from fondaco.exchange.actions import advancing, batching, limits, positions, reconciling
from fondaco.exchange.actions.waking import QUEUE
from fondaco.kit.django import jobs


@jobs.periodic("* * * * * */3")
@jobs.task(queue=QUEUE, once="cover_waiting")
def cover_waiting() -> None:
    """Close the batches that are due, and bring on those that are not finished."""
    batching.close_waiting()
    advancing.advance_all()


@jobs.periodic("* * * * * */5")
@jobs.task(queue=QUEUE, once="watch_limits")
def watch_limits() -> None:
    """Carry out the limit orders that the price has come to, and end those whose time is over."""
    limits.watch()


@jobs.periodic("* * * * *")
@jobs.task(queue=QUEUE, once="watch_positions")
def watch_positions() -> None:
    """Suspend the pairs in whose currency the house's position has grown too large."""
    positions.watch()


@jobs.periodic("*/5 * * * *")
@jobs.task(queue=QUEUE, once="reconcile_venues")
def reconcile_venues() -> None:
    """Ask all venues what they hold for the house, and hold it against the books."""
    reconciling.reconcile_all()
