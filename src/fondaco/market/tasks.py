"""Periodic work of the market."""

from datetime import timedelta
from typing import Final

from fondaco.kit import clock
from fondaco.kit.django import jobs
from fondaco.kit.options import options
from fondaco.market import actions

QUEUE: Final = "market"
QUOTES_KEPT: Final = timedelta(days=30)


@jobs.periodic("* * * * * */1", per_tenant=False)
@jobs.task(queue=QUEUE, retry=jobs.NEVER, is_system=True)
def poll_rates() -> None:
    """Ask all venues each second, once for all tenants, and publish what they tell."""
    actions.poll_tenants()


@jobs.periodic("* * * * *")
@jobs.task(queue=QUEUE, once="make_candles")
def make_candles() -> None:
    """Sum the ticks of the last minutes up."""
    actions.make_candles()


@jobs.periodic("41 * * * *")
@jobs.task(queue=QUEUE, once="forget_old_ticks")
def forget_old_ticks() -> None:
    """Delete ticks and candles of minutes that are older than they are kept, in batches."""
    ticks = clock.now() - timedelta(days=options().retention_ticks_days)
    while actions.forget_ticks(before=ticks):
        pass
    minutes = clock.now() - timedelta(days=options().retention_minutes_days)
    while actions.forget_minutes(before=minutes):
        pass


@jobs.periodic("33 3 * * *")
@jobs.task(queue=QUEUE, retry=jobs.NEVER)
def forget_old_quotes() -> None:
    """Delete quotes that nobody took, a month after their end."""
    while actions.forget_quotes(before=QUOTES_KEPT):
        pass
