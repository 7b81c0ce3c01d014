"""Who asks, where a step wants a device, or a recent proof."""

from uuid import UUID

from django.http import HttpRequest

from fondaco.identity import queries as people
from fondaco.identity.errors import StepUpRequired
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.django.api.auth import principal


def proved(request: HttpRequest) -> Principal:
    """Give who asks, where he proved himself within the last five minutes.

    :raises StepUpRequired: he did not, or asks by a key
    """
    who = principal(request)
    people.check_step_up(session_id=who.session_id, at=clock.now())
    return who


def device(who: Principal) -> UUID:
    """Give the session by which somebody asks.

    :raises StepUpRequired: he asks by a key
    """
    if who.session_id is None:
        raise StepUpRequired("This is for people who logged in, not for keys.")
    return who.session_id
