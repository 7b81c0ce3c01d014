"""How what is known of a person is destroyed: his factors and open questions, then all of identity."""

from uuid import UUID

from django.db import transaction

from fondaco.credentials import factors
from fondaco.credentials.models import Challenge
from fondaco.identity import actions as identity
from fondaco.kit import clock
from fondaco.kit.access import Actor


def erase(*, user_id: UUID, by: Actor) -> None:
    """Destroy what is known of a person; events, audit and books hold references only and stay.

    :raises LastOwner: a customer that is not closed would be left without anybody in charge
    :raises NotFound: there is no such user
    """
    with transaction.atomic():
        identity.erase_person(user_id=user_id, by=by)
        factors.remove_all(user_id)
        rows = Challenge.objects.filter(user_id=user_id)
        rows.update(subject=None)
        rows.filter(used_at__isnull=True).update(used_at=clock.now())
