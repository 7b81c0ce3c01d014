"""Which events become messages; runs in the transaction that moves the reader's cursor."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fondaco.identity.types import User
from fondaco.kit import clock
from fondaco.kit.django.events import EventRow
from fondaco.kit.options import options
from fondaco.notifications import catalogue, queries, recipients, wishes
from fondaco.notifications.actions.delivering import wake
from fondaco.notifications.actions.drafting import Draft, keep, said_by
from fondaco.notifications.language import Data, Plain
from fondaco.notifications.recipients import Circle, Told
from fondaco.notifications.states import Channel
from fondaco.notifications.types import ENGLISH, Notice, Template

NEWS_FOR: Final = timedelta(hours=24)
"""What happened longer ago is no news: a new reader, or one that stood still, does not tell it."""
_ALERT_CHANNELS: Final = frozenset(Channel) - {Channel.IN_APP}


def route(events: Sequence[EventRow]) -> None:
    """Write the messages that events bring; those that are written already stay as they are."""
    notices = catalogue.by_event()
    since = clock.now() - NEWS_FOR
    pairs = [
        (event, notice)
        for event in events
        if event.occurred_at > since
        for notice in notices.get(event.type, ())
        if all(event.data.get(field) in words for field, words in notice.only.items())
    ]
    if not pairs:
        return
    circle = recipients.look_up(pairs)
    drafts = [*_personal(pairs, circle), *_alerts(pairs)]
    keep(drafts)
    wake({draft.template.channel for draft in drafts} - {Channel.IN_APP})


def common(user: User | None, at: datetime) -> dict[str, Plain]:
    """Give what each template may name."""
    minute = at.replace(second=0, microsecond=0)
    date, time = _told_time(user.settings.time_zone if user else "UTC", minute)
    return {
        "name": (user.first_name or user.username or "") if user else "",
        "house": options().house_name,
        "date": date,
        "time": time,
    }


@lru_cache(maxsize=1024)  # those who are told of what happens in one minute live in few zones
def _told_time(zone: str, minute: datetime) -> tuple[str, str]:
    here = minute.astimezone(ZoneInfo(zone))
    return here.date().isoformat(), here.strftime("%H:%M")


def _personal(pairs: Sequence[tuple[EventRow, Notice]], circle: Circle) -> list[Draft]:
    told = [one for event, notice in pairs for one in circle.told(event, notice)]
    channels = _channels(told)
    words = _words(
        {
            (one.notice.name, channel, one.user.settings.language)
            for one in told
            for channel in channels[one.notice.name, one.user.id]
        }
    )
    plain = {event.id: catalogue.values(event.data) for event, _ in pairs}
    drafts = []
    for one in told:
        chosen = channels[one.notice.name, one.user.id]
        data = _data(one, plain[one.event.id], circle) if chosen else None
        if data is None:
            continue
        for channel in chosen:
            template = words[one.notice.name, channel, one.user.settings.language]
            said = said_by(template, data)
            drafts.append(
                Draft(template=template, said=said, event_id=one.event.id, user_id=one.user.id)
            )
    return drafts


def _channels(told: Sequence[Told]) -> Mapping[tuple[str, UUID], Sequence[Channel]]:
    """Give by which channels each person is told of each notice."""
    asked = {(one.notice.name, one.user.id): one for one in told}
    wanted = queries.wishes_of({user_id for _, user_id in asked}, {name for name, _ in asked})
    return {
        (name, user_id): wishes.channels(one.notice, user=one.user, wishes=wanted.get(user_id, {}))
        for (name, user_id), one in asked.items()
    }


def _alerts(pairs: Sequence[tuple[EventRow, Notice]]) -> list[Draft]:
    """Write what the house itself is told at its own addresses."""
    found = [(event, notice) for event, notice in pairs if notice.to == "staff"]
    if not found:
        return []
    drafts = []
    for address in options().alert_addresses:
        kind, _, where = address.partition(":")
        if kind not in {channel.value for channel in _ALERT_CHANNELS} or not where:
            continue
        for event, notice in found:
            template = queries.get_template(
                notice=notice.name, channel=Channel(kind), language=ENGLISH
            )
            said = said_by(template, catalogue.values(event.data) | common(None, event.occurred_at))
            drafts.append(
                Draft(template=template, said=said, event_id=event.id, address=address[:200])
            )
    return drafts


def _words(
    asked: Collection[tuple[str, Channel, str]],
) -> Mapping[tuple[str, Channel, str], Template]:
    return queries.words_for(asked) if asked else {}


def _data(one: Told, plain: Data, circle: Circle) -> Data | None:
    """Give what the template may name; none when there is nothing to tell."""
    data = dict(plain)
    for name, field in one.notice.people.items():
        data[name] = circle.name_of(str(one.event.data.get(field) or ""))
    if one.notice.name == "new_device":
        device = recipients.device_of(one.event.data)
        if device is None:
            return None
        data |= device
    return data | common(one.user, one.event.occurred_at)
