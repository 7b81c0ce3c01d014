"""Which events become messages; runs in the transaction that moves the reader's cursor."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from fondaco.identity.types import User
from fondaco.kit import clock
from fondaco.kit.django.events import EventRow
from fondaco.kit.options import options
from fondaco.notifications import catalogue, models, queries, recipients, wishes, wording
from fondaco.notifications.actions.delivering import wake
from fondaco.notifications.language import Data, Plain
from fondaco.notifications.recipients import Circle, Told
from fondaco.notifications.states import Channel, MessageState
from fondaco.notifications.types import ENGLISH, Notice, Template, Wording

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
    rows = [*_personal(pairs, circle), *_alerts(pairs)]
    models.Message.objects.bulk_create(rows, ignore_conflicts=True)
    wake({Channel(row.channel) for row in rows if row.state == MessageState.WAITING})


def draft(
    notice: Notice,
    channel: Channel,
    template: Template,
    data: Data,
    *,
    headers: Mapping[str, str] | None = None,
) -> models.Message:
    """Write a message that nobody has yet; in-app ones are there at once."""
    said = wording.write(template.wording, channel=channel, data=data)
    now = clock.now()
    is_there = channel is Channel.IN_APP
    return models.Message(
        notice=notice.name,
        channel=channel,
        language=template.language,
        template_version=template.version,
        content=content_of(said, headers),
        state=MessageState.SENT if is_there else MessageState.WAITING,
        due_at=now,
        created_at=now,
        ended_at=now if is_there else None,
    )


def content_of(said: Wording, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Give what a message keeps of its words."""
    return {
        "subject": said.subject,
        "text": said.text,
        "html": said.html,
        "headers": dict(headers or {}),
    }


def common(user: User | None, at: Any) -> dict[str, Plain]:
    """Give what each template may name."""
    zone = ZoneInfo(user.settings.time_zone) if user else ZoneInfo("UTC")
    here = at.astimezone(zone)
    return {
        "name": (user.first_name or user.username or "") if user else "",
        "house": options().house_name,
        "date": here.date().isoformat(),
        "time": here.strftime("%H:%M"),
    }


def _personal(pairs: Sequence[tuple[EventRow, Notice]], circle: Circle) -> list[models.Message]:
    told = [one for event, notice in pairs for one in circle.told(event, notice)]
    wanted = queries.wishes_of({one.user.id for one in told}, {one.notice.name for one in told})
    ways = [
        (one, channel)
        for one in told
        for channel in wishes.channels(
            one.notice, user=one.user, wishes=wanted.get(one.user.id, {})
        )
    ]
    words = _words(
        {(one.notice.name, channel, one.user.settings.language) for one, channel in ways}
    )
    rows = []
    for one, channel in ways:
        data = _data(one, circle)
        if data is None:
            continue
        template = words[one.notice.name, channel, one.user.settings.language]
        row = draft(one.notice, channel, template, data)
        row.event_id, row.user_id = one.event.id, one.user.id
        rows.append(row)
    return rows


def _alerts(pairs: Sequence[tuple[EventRow, Notice]]) -> list[models.Message]:
    """Write what the house itself is told at its own addresses."""
    found = [(event, notice) for event, notice in pairs if notice.to == "staff"]
    if not found:
        return []
    rows = []
    for address in options().alert_addresses:
        kind, _, where = address.partition(":")
        if kind not in {channel.value for channel in _ALERT_CHANNELS} or not where:
            continue
        channel = Channel(kind)
        for event, notice in found:
            template = queries.get_template(notice=notice.name, channel=channel, language=ENGLISH)
            data = catalogue.values(event.data) | common(None, event.occurred_at)
            row = draft(notice, channel, template, data)
            row.event_id, row.address = event.id, address[:200]
            rows.append(row)
    return rows


def _words(
    asked: Collection[tuple[str, Channel, str]],
) -> Mapping[tuple[str, Channel, str], Template]:
    return queries.words_for(asked) if asked else {}


def _data(one: Told, circle: Circle) -> Data | None:
    """Give what the template may name; none when there is nothing to tell."""
    data = catalogue.values(one.event.data)
    for name, field in one.notice.people.items():
        data[name] = circle.name_of(str(one.event.data.get(field) or ""))
    if one.notice.name == "new_device":
        device = recipients.device_of(one.event.data)
        if device is None:
            return None
        data |= device
    return data | common(one.user, one.event.occurred_at)
