"""How a letter goes to many: written and checked, begun, gone through so many people a minute, ended."""

from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity import queries as people, reaching
from fondaco.identity.states import CustomerKind, Level
from fondaco.identity.types import User
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM, Actor
from fondaco.kit.django import events, lifecycle
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.notifications import (
    catalogue,
    models,
    queries,
    unsubscribing,
    wishes,
    wording,
)
from fondaco.notifications.actions.delivering import cancel, wake
from fondaco.notifications.actions.drafting import Draft, keep, said_by
from fondaco.notifications.actions.routing import common
from fondaco.notifications.events import MailingMoved
from fondaco.notifications.rows import show_mailing
from fondaco.notifications.states import (
    MAILING_LIFE,
    PERSONAL,
    Channel,
    MailingState,
    MessageState,
)
from fondaco.notifications.types import (
    ENGLISH,
    MAILING,
    Audience,
    Mailing,
    Template,
    Wording,
    mailing_wire,
)

PER_MINUTE_MAX: Final = 6000
STEP: Final = timedelta(seconds=5)
"""Each so often a part of a minute's people are gone through."""
STEPS_A_MINUTE: Final = 12
_CATCH_UP_STEPS: Final = 12
"""After a pause of the workers no more than a minute's people come at once."""

_move = partial(lifecycle.move, life=MAILING_LIFE, history=models.MailingStep)


def make_mailing(
    *,
    label: str,
    channel: Channel,
    words: Wording,
    audience: Audience,
    per_minute: int,
    by: Actor,
) -> Mailing:
    """Write a letter to many; it goes to nobody before it is started.

    E-mails must let people leave: the text names ``unsubscribe_url``.

    :raises InvalidField: the audience or the channel is none
    :raises TemplateRefused: the words are broken or name what is not known
    """
    _check_audience(audience)
    if channel not in PERSONAL:
        raise InvalidField("People are not reached by this channel.", field="channel")
    wording.check(words, notice=MAILING, channel=channel, names=catalogue.known(MAILING))
    for field, source in (("text", words.text), ("html", words.html)):
        if channel is Channel.EMAIL and source and "unsubscribe_url" not in source:
            raise InvalidField("Let people leave: name {{ unsubscribe_url }}.", field=field)
    with transaction.atomic():
        row = models.Mailing.objects.create(
            label=label,
            channel=channel,
            subject=words.subject,
            text=words.text,
            html=words.html,
            kind=audience.kind,
            level=audience.level,
            group_id=audience.group_id,
            language=audience.language,
            per_minute=per_minute,
            state=MailingState.DRAFT,
            by=str(by),
            created_at=clock.now(),
        )
        lifecycle.record(row, state_to=MailingState.DRAFT, history=models.MailingStep, by=by)
        _note(row, "make", by)
    return show_mailing(row)


def start_mailing(*, mailing_id: UUID, by: Actor) -> Mailing:
    """Begin, or go on after a pause.

    :raises NotFound: there is no such mailing
    :raises IllegalMove: it is under way or over
    """
    with transaction.atomic():
        row = _lock(mailing_id)
        _change(row, MailingState.RUNNING, by)
        row.went_on_at = clock.now() - STEP
        row.save(update_fields=["went_on_at"])
    return show_mailing(row)


def pause_mailing(*, mailing_id: UUID, by: Actor) -> Mailing:
    """Stop for now: who has no message yet gets none until it is started again.

    :raises NotFound: there is no such mailing
    :raises IllegalMove: it is not under way
    """
    with transaction.atomic():
        row = _lock(mailing_id)
        _change(row, MailingState.PAUSED, by)
    return show_mailing(row)


def cancel_mailing(*, mailing_id: UUID, by: Actor) -> Mailing:
    """Stop for good; messages that wait go to nobody either.

    :raises NotFound: there is no such mailing
    :raises IllegalMove: it is over
    """
    with transaction.atomic():
        row = _lock(mailing_id)
        _change(row, MailingState.CANCELLED, by)
        waiting = models.Message.objects.filter(mailing=row, state=MessageState.WAITING)
        for message in waiting.select_for_update(of=("self",)).order_by("id"):
            cancel(message, note="the mailing was cancelled")
    return show_mailing(row)


def advance(*, mailing_id: UUID) -> int:
    """Go through as many people as the time since the last step allows; give how many messages were made."""
    with transaction.atomic():
        row = _lock(mailing_id)
        if row.state != MailingState.RUNNING:
            return 0
        limit = _allowed(row)
        if limit == 0:
            return 0
        crowd = reaching.list_people(
            kind=row.kind,
            level=row.level,
            group_id=row.group_id,
            language=row.language,
            after=row.after_user,
            limit=limit,
        )
        made = _write(row, crowd)
        row.made, row.left_out = row.made + made, row.left_out + len(crowd) - made
        row.after_user = crowd[-1].id if crowd else row.after_user
        row.save(update_fields=["made", "left_out", "after_user", "went_on_at"])
        if len(crowd) < limit:
            _change(row, MailingState.DONE, SYSTEM)
    return made


def _write(row: models.Mailing, crowd: list[User]) -> int:
    notice, channel = catalogue.NOTICES[MAILING], Channel(row.channel)
    wanted = queries.wishes_of({user.id for user in crowd}, {MAILING})
    template = Template(
        notice=MAILING,
        channel=channel,
        language=row.language or ENGLISH,
        version=0,
        wording=Wording(subject=row.subject, text=row.text, html=row.html),
        is_shipped=False,
        by=row.by,
        at=row.created_at,
    )
    drafts = []
    for user in crowd:
        is_wanted = wishes.is_wanted(notice, channel, user=user, wishes=wanted.get(user.id, {}))
        if not is_wanted or not wishes.may_reach(user, channel):
            continue
        url = unsubscribing.url_of(user.id)
        data = common(user, clock.now()) | {"unsubscribe_url": url}
        headers = unsubscribing.headers_of(url) if channel is Channel.EMAIL else {}
        drafts.append(
            Draft(
                template=template,
                said=said_by(template, data),
                mailing_id=row.id,
                user_id=user.id,
                headers=headers,
            )
        )
    keep(drafts)
    if drafts and channel is not Channel.IN_APP:
        wake({channel})
    return len(drafts)


def _allowed(row: models.Mailing) -> int:
    """Give how many people may be gone through now, and remember the time that they stand for."""
    now = clock.now()
    steps = min(int((now - (row.went_on_at or now)) / STEP), _CATCH_UP_STEPS)
    if steps < 1:
        return 0
    row.went_on_at = now
    return max(1, row.per_minute * steps // STEPS_A_MINUTE)


def _check_audience(audience: Audience) -> None:
    if audience.kind and audience.kind not in CustomerKind.values:
        raise InvalidField("There is no such kind of customer.", field="kind")
    if audience.level and audience.level not in Level.values:
        raise InvalidField("There is no such level.", field="level")
    if audience.group_id and audience.group_id not in {one.id for one in people.list_groups()}:
        raise InvalidField("There is no such group.", field="group")


def _lock(mailing_id: UUID) -> models.Mailing:
    row = models.Mailing.objects.select_for_update(of=("self",)).filter(id=mailing_id).first()
    if row is None:
        raise NotFound("There is no such mailing.")
    return row


def _change(row: models.Mailing, to: MailingState, by: Actor) -> None:
    before = row.state
    _move(row, to=to, by=by)
    if to in MAILING_LIFE.final:
        row.ended_at = clock.now()
        row.save(update_fields=["ended_at"])
    event = MailingMoved(mailing=mailing_wire(row.id), source=before, target=to.value)
    _note(row, to.value, by)
    events.publish(event, by=by)


def _note(row: models.Mailing, what: str, by: Actor) -> None:
    audit.record(
        by=by,
        action=f"notifications.mailing.{what}",
        subject=mailing_wire(row.id),
        detail={"label": row.label},
    )
