"""How people say what they want to be told, and by which channels."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity import queries as people
from fondaco.identity.types import user_wire
from fondaco.kit.access import SYSTEM, Actor
from fondaco.kit.django import events
from fondaco.kit.errors import InvalidField
from fondaco.notifications import catalogue, models, unsubscribing, wishes
from fondaco.notifications.errors import AlwaysSent
from fondaco.notifications.events import PreferencesChanged
from fondaco.notifications.states import Channel
from fondaco.notifications.types import MAILING

Change = tuple[str, Channel, bool | None]
"""A notice, a channel, and whether it is wanted; none: as the house does it."""


def change_wishes(*, user_id: UUID, changes: Sequence[Change], by: Actor) -> None:
    """Remember what a person wants; what is not named stays as it was.

    :raises InvalidField: a notice or channel that is not known
    :raises AlwaysSent: a notice that cannot be switched off
    """
    for notice, channel, is_on in changes:
        known = catalogue.NOTICES.get(notice)
        if known is None or channel is Channel.APPRISE:
            raise InvalidField(f"There is no notice {notice}.", field="items")
        if is_on is False and wishes.is_fixed(known, channel):
            raise AlwaysSent(f"{notice} always goes by {channel}.", field="items")
    with transaction.atomic():
        for notice, channel, is_on in changes:
            _remember(user_id, notice, channel, is_on=is_on)
        event = PreferencesChanged(user=user_wire(user_id))
        audit.record(by=by, action="notifications.preferences.change", subject=event.subject)
        events.publish(event, by=by)


def unsubscribe(*, token: str) -> None:
    """Send a person no mailings any more, by the link that was in one; again changes nothing.

    :raises NotFound: the token is none of ours
    """
    user_id = unsubscribing.read(token)
    user = people.get_user(user_id)
    own = models.Preference.objects.filter(user_id=user_id, notice=MAILING)
    with transaction.atomic():
        if own.filter(channel=Channel.EMAIL, is_on=False).exists():
            return
        _remember(user_id, MAILING, Channel.EMAIL, is_on=False)
        event = PreferencesChanged(user=user.wire_id)
        audit.record(by=SYSTEM, action="notifications.mailings.unsubscribe", subject=event.subject)
        events.publish(event, by=SYSTEM)


def _remember(user_id: UUID, notice: str, channel: Channel, *, is_on: bool | None) -> None:
    if is_on is None:
        models.Preference.objects.filter(user_id=user_id, notice=notice, channel=channel).delete()
        return
    models.Preference.objects.update_or_create(
        user_id=user_id, notice=notice, channel=channel, defaults={"is_on": is_on}
    )
