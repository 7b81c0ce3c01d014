"""By which channels a person is told of a notice: the house's way, his settings, his own wishes."""

from collections.abc import Mapping
from typing import Final

from fondaco.identity.types import User
from fondaco.notifications.states import PERSONAL, Channel
from fondaco.notifications.types import Notice, Topic

Wishes = Mapping[tuple[str, Channel], bool]
"""What a person said of a notice and a channel."""

CHOOSABLE: Final = frozenset({Topic.PAYMENTS, Topic.ORDERS, Topic.STATEMENTS, Topic.NEWS})
"""The topics for which the settings name channels."""


def is_fixed(notice: Notice, channel: Channel) -> bool:
    """Tell whether a notice goes by a channel whatever anybody wants."""
    return notice.is_transactional and channel in notice.channels


def is_wanted(notice: Notice, channel: Channel, *, user: User, wishes: Wishes) -> bool:
    """Tell whether a person is told of a notice by a channel.

    What is transactional goes by its channels. Else counts, in this order: the person's wish for this notice
    and channel, the channels of the topic in his settings (in-app is always among them), the house's way.
    """
    if is_fixed(notice, channel):
        return True
    wish = wishes.get((notice.name, channel))
    if wish is not None:
        return wish
    chosen = user.settings.notifications.get(notice.topic.value)
    if chosen is not None and notice.topic in CHOOSABLE and channel is not Channel.IN_APP:
        return channel.value in chosen
    return channel in notice.channels


def channels(notice: Notice, *, user: User, wishes: Wishes) -> list[Channel]:
    """Give the channels by which a person is told, as far as he can be reached by them."""
    return [
        channel
        for channel in PERSONAL
        if is_wanted(notice, channel, user=user, wishes=wishes) and may_reach(user, channel)
    ]


def may_reach(user: User, channel: Channel) -> bool:
    """Tell whether a person has proved an address of a channel; Slack is looked up when a message is sent."""
    match channel:
        case Channel.EMAIL:
            return bool(user.email and user.email_verified_at)
        case Channel.SMS:
            return bool(user.phone and user.phone_verified_at)
        case Channel.TELEGRAM:
            return user.telegram_id is not None
        case _:
            return True
