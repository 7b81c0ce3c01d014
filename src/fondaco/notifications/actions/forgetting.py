"""What is kept no longer: old messages, and what was said to a person who is erased."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import Q

from fondaco.identity.types import USER_PREFIX
from fondaco.kit.django.events import EventRow
from fondaco.kit.ids import decode
from fondaco.notifications import models
from fondaco.notifications.actions.delivering import cancel
from fondaco.notifications.states import MessageState

_BATCH: Final = 1000


def delete_old(*, before: datetime) -> int:
    """Delete a batch of messages that ended before an instant; give their number."""
    rows = models.Message.objects.filter(ended_at__lt=before).order_by("ended_at")
    ids = list(rows.values_list("id", flat=True)[:_BATCH])
    models.Message.objects.filter(id__in=ids).delete()
    return len(ids)


def forget_person(events: Sequence[EventRow]) -> None:
    """Destroy what was said to people who are erased, and what they wanted."""
    ids = [decode(USER_PREFIX, str(event.data["user"])) for event in events]
    mine = models.Message.objects.filter(user_id__in=ids)
    for row in mine.filter(state=MessageState.WAITING).select_for_update(of=("self",)):
        cancel(row, note="the person was erased")
    mine.update(content=None)
    models.SlackMember.objects.filter(Q(user_id__in=ids)).delete()
    models.Preference.objects.filter(user_id__in=ids).delete()
