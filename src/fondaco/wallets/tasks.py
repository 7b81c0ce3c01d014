"""What wallets do by the clock."""

from typing import Final

from fondaco.kit import clock
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import jobs
from fondaco.wallets.actions import requests

_EXPIRY: Final = Actor(ActorKind.JOB, "wallets.expire_requests")


@jobs.periodic("* * * * *")
@jobs.task(queue="wallets", once="expire_requests")
def expire_requests() -> None:
    """End payment requests that nobody answered in time."""
    requests.expire_requests(at=clock.now(), by=_EXPIRY)
