"""What people do with their in-app messages."""

from uuid import UUID

from fondaco.kit import clock
from fondaco.kit.errors import NotFound
from fondaco.notifications import models
from fondaco.notifications.rows import show_message
from fondaco.notifications.states import Channel
from fondaco.notifications.types import Message


def read(*, message_id: UUID, user_id: UUID) -> Message:
    """Mark a message as read; again changes nothing.

    :raises NotFound: the person has no such message
    """
    mine = models.Message.objects.filter(user_id=user_id, channel=Channel.IN_APP)
    mine = mine.filter(id=message_id, content__isnull=False)
    mine.filter(read_at__isnull=True).update(read_at=clock.now())
    row = mine.first()
    if row is None:
        raise NotFound("You have no such message.")
    return show_message(row)


def read_all(*, user_id: UUID) -> int:
    """Mark all of a person's messages as read; give how many were not."""
    mine = models.Message.objects.filter(user_id=user_id, channel=Channel.IN_APP)
    return mine.filter(read_at__isnull=True).update(read_at=clock.now())
