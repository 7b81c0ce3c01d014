"""What signing does by the clock."""

from typing import Final

from fondaco.kit import clock
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import jobs
from fondaco.signing import actions

_EXPIRY: Final = Actor(ActorKind.JOB, "signing.expire_sign_requests")


@jobs.periodic("* * * * *")
@jobs.task(queue="maintenance", once="expire_sign_requests")
def expire_sign_requests() -> None:
    """End requests that were not signed in time."""
    actions.expire_requests(at=clock.now(), by=_EXPIRY)
