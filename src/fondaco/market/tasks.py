"""Periodic work of the market."""

from datetime import timedelta
from typing import Final

from fondaco.kit.django import jobs
from fondaco.market import actions

QUEUE: Final = "market"
QUOTES_KEPT: Final = timedelta(days=30)


@jobs.periodic("33 3 * * *")
@jobs.task(queue=QUEUE, retry=jobs.NEVER)
def forget_old_quotes() -> None:
    """Delete quotes that nobody took, a month after their end."""
    while actions.forget_quotes(before=QUOTES_KEPT):
        pass
