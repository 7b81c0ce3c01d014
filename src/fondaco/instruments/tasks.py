"""What instruments do by itself, in the worker."""

from typing import Final

from fondaco.instruments.actions import live
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import jobs

_PRICES: Final = Actor(ActorKind.JOB, "instruments.refresh_prices")


@jobs.periodic("*/15 * * * *")
@jobs.task(queue="instruments", once="refresh_prices")
def refresh_prices() -> None:
    """Ask for prices of what is traded during the day."""
    live.refresh_prices(by=_PRICES)
