"""Reads of messages, templates, wishes and mailings."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from fondaco.identity.types import User
from fondaco.kit.django.narrowing import given
from fondaco.kit.errors import NotFound
from fondaco.kit.paging import LIMIT_DEFAULT, Cursor, Page, page
from fondaco.notifications import catalogue, models, wishes, wording
from fondaco.notifications.rows import show_mailing, show_message, show_template
from fondaco.notifications.states import PERSONAL, Channel, MailingState, MessageState
from fondaco.notifications.types import ENGLISH, Mailing, Message, Step, Template, Wish


def get_template(*, notice: str, channel: Channel, language: str) -> Template:
    """Give the words that count now; without any of their own, those that are shipped, at version 0.

    :raises NotFound: there is no such notice
    """
    _check_notice(notice)
    rows = models.TemplateVersion.objects.filter(notice=notice, channel=channel, language=language)
    row = rows.order_by("-version").first()
    return show_template(row) if row else _shipped(notice, channel, language)


def list_templates() -> list[Template]:
    """List the words that count now: each that operators wrote, and English ones of all notices."""
    rows = models.TemplateVersion.objects.order_by("notice", "channel", "language", "-version")
    own = rows.distinct("notice", "channel", "language")
    known = [row for row in own if row.notice in catalogue.NOTICES]
    found = {(row.notice, row.channel, row.language): show_template(row) for row in known}
    for notice in catalogue.NOTICES:
        for channel in Channel:
            key = (notice, channel.value, ENGLISH)
            found.setdefault(key, _shipped(notice, channel, ENGLISH))
    return [found[key] for key in sorted(found)]


def list_versions(*, notice: str, channel: Channel, language: str) -> list[Template]:
    """List the versions of a template, the latest first.

    :raises NotFound: there is no such notice
    """
    _check_notice(notice)
    rows = models.TemplateVersion.objects.filter(notice=notice, channel=channel, language=language)
    return [show_template(row) for row in rows.order_by("-version")]


def words_for(
    asked: Collection[tuple[str, Channel, str]],
) -> dict[tuple[str, Channel, str], Template]:
    """Give the words for notices, channels and languages; a language without its own takes English."""
    rows = models.TemplateVersion.objects.filter(notice__in={one[0] for one in asked})
    latest = rows.order_by("notice", "channel", "language", "-version").distinct(
        "notice", "channel", "language"
    )
    own = {(row.notice, row.channel, row.language): show_template(row) for row in latest}
    return {
        (notice, channel, language): _of(own, notice, channel, language)
        or _of(own, notice, channel, ENGLISH)
        or _shipped(notice, channel, ENGLISH)
        for notice, channel, language in asked
    }


def wishes_of(
    user_ids: Iterable[UUID], notices: Collection[str] | None = None
) -> dict[UUID, wishes.Wishes]:
    """Give what people said they want."""
    rows = models.Preference.objects.filter(user_id__in=set(user_ids))
    if notices is not None:
        rows = rows.filter(notice__in=notices)
    found: dict[UUID, dict[tuple[str, Channel], bool]] = {}
    for row in rows:
        found.setdefault(row.user_id, {})[row.notice, Channel(row.channel)] = row.is_on
    return dict(found)


def list_wishes(*, user: User) -> list[Wish]:
    """List for each notice and channel whether a person is told."""
    own = wishes_of([user.id]).get(user.id, {})
    return [
        Wish(
            notice.name,
            channel,
            is_on=wishes.is_wanted(notice, channel, user=user, wishes=own),
            is_fixed=wishes.is_fixed(notice, channel),
        )
        for notice in catalogue.NOTICES.values()
        if notice.to != "staff" or user.staff_role is not None
        for channel in PERSONAL
    ]


def list_inbox(
    *,
    user_id: UUID,
    is_unread: bool = False,
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Message]:
    """Give a page of a person's in-app messages, newest first."""
    rows = models.Message.objects.filter(
        user_id=user_id, channel=Channel.IN_APP, content__isnull=False
    )
    if is_unread:
        rows = rows.filter(read_at__isnull=True)
    if after is not None:
        rows = rows.filter(id__lt=after.id)
    shown = [show_message(row) for row in rows.order_by("-id")[: limit + 1]]
    return page(shown, limit=limit, key=lambda one: Cursor(one.created_at, one.id))


def count_unread(*, user_id: UUID) -> int:
    """Count a person's in-app messages that he has not read."""
    return models.Message.objects.filter(
        user_id=user_id, channel=Channel.IN_APP, content__isnull=False, read_at__isnull=True
    ).count()


def list_messages(
    *,
    state: MessageState | None = None,
    channel: Channel | None = None,
    notice: str = "",
    user_id: UUID | None = None,
    mailing_id: UUID | None = None,
    period: tuple[datetime | None, datetime | None] = (None, None),
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Message]:
    """Give a page of messages, newest first; the period's beginning is included and its end is not."""
    chosen = given(
        state=state,
        channel=channel,
        notice=notice or None,
        user_id=user_id,
        mailing_id=mailing_id,
        created_at__gte=period[0],
        created_at__lt=period[1],
        id__lt=after.id if after else None,
    )
    rows = models.Message.objects.filter(**chosen)
    shown = [show_message(row) for row in rows.order_by("-id")[: limit + 1]]
    return page(shown, limit=limit, key=lambda one: Cursor(one.created_at, one.id))


def get_message(*, message_id: UUID) -> Message:
    """Give a message.

    :raises NotFound: there is none
    """
    row = models.Message.objects.filter(id=message_id).first()
    if row is None:
        raise NotFound("There is no such message.")
    return show_message(row)


def list_steps(*, message_id: UUID) -> Sequence[Step]:
    """List the moves of a message, oldest first."""
    rows = models.MessageStep.objects.filter(subject_id=message_id).order_by("id")
    return [Step(row.state_from, row.state_to, row.at, row.by, row.note) for row in rows]


def list_mailings(
    *,
    state: MailingState | None = None,
    period: tuple[datetime | None, datetime | None] = (None, None),
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Mailing]:
    """Give a page of mailings, newest first."""
    chosen = given(
        state=state,
        created_at__gte=period[0],
        created_at__lt=period[1],
        id__lt=after.id if after else None,
    )
    rows = models.Mailing.objects.filter(**chosen).order_by("-id")
    shown = [show_mailing(row) for row in rows[: limit + 1]]
    return page(shown, limit=limit, key=lambda one: Cursor(one.created_at, one.id))


def get_mailing(*, mailing_id: UUID) -> Mailing:
    """Give a mailing.

    :raises NotFound: there is none
    """
    row = models.Mailing.objects.filter(id=mailing_id).first()
    if row is None:
        raise NotFound("There is no such mailing.")
    return show_mailing(row)


def list_running() -> list[UUID]:
    """List the mailings that are under way."""
    rows = models.Mailing.objects.filter(state=MailingState.RUNNING)
    return list(rows.order_by("id").values_list("id", flat=True))


def _check_notice(notice: str) -> None:
    if notice not in catalogue.NOTICES:
        raise NotFound("There is no such notice.")


def _of(
    own: dict[tuple[str, str, str], Template], notice: str, channel: Channel, language: str
) -> Template | None:
    found = own.get((notice, channel.value, language))
    if found is None or not found.is_shipped:
        return found
    return _shipped(notice, channel, ENGLISH) if language == ENGLISH else None


def _shipped(notice: str, channel: Channel, language: str) -> Template:
    words = wording.shipped_for(channel, catalogue.NOTICES[notice].wording)
    return Template(
        notice=notice,
        channel=channel,
        language=language,
        version=0,
        wording=words,
        is_shipped=True,
        by="",
        at=None,
    )
