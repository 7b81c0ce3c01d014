"""How the words of a notice change: a version at a time, checked before they count."""

from django.conf import settings
from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, locks
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.notifications import catalogue, models, queries, wording
from fondaco.notifications.errors import StaleTemplate
from fondaco.notifications.events import TemplateSaved
from fondaco.notifications.rows import show_template
from fondaco.notifications.states import Channel
from fondaco.notifications.types import MAILING, Template, Wording


def save_template(
    *,
    notice: str,
    channel: Channel,
    language: str,
    draft: Wording,
    replaces: int,
    by: Actor,
) -> Template:
    """Word a notice otherwise from now on.

    :param replaces: the version that the editor saw; 0: none, or the shipped words
    :raises NotFound: there is no such notice
    :raises InvalidField: the house does not know this language
    :raises TemplateRefused: the draft is broken or names what is not known
    :raises StaleTemplate: another version is the latest by now
    """
    check_draft(notice=notice, channel=channel, language=language, draft=draft)
    with transaction.atomic():
        return _add(notice, channel, language, replaces=replaces, draft=draft, by=by)


def restore_version(
    *, notice: str, channel: Channel, language: str, version: int, replaces: int, by: Actor
) -> Template:
    """Have an earlier version count again, as a new one; 0: the shipped words.

    :raises NotFound: there is no such notice or version
    :raises TemplateRefused: the version names what is not known any more
    :raises StaleTemplate: another version is the latest by now
    """
    if version == 0:
        queries.get_template(notice=notice, channel=channel, language=language)
        with transaction.atomic():
            return _add(notice, channel, language, replaces=replaces, draft=None, by=by)
    versions = queries.list_versions(notice=notice, channel=channel, language=language)
    found = next((one for one in versions if one.version == version), None)
    if found is None:
        raise NotFound("There is no such version.")
    return save_template(
        notice=notice,
        channel=channel,
        language=language,
        draft=found.wording,
        replaces=replaces,
        by=by,
    )


def check_draft(*, notice: str, channel: Channel, language: str, draft: Wording) -> None:
    """Pass silently when a draft may be saved.

    :raises NotFound: there is no such notice, or mailings have their own words
    :raises InvalidField: the house does not know this language
    :raises TemplateRefused: the draft is broken or names what is not known
    """
    if notice not in catalogue.NOTICES or notice == MAILING:
        raise NotFound("There is no such notice.")
    if language not in {code for code, _ in settings.LANGUAGES}:
        raise InvalidField("We do not speak this language.", field="language")
    wording.check(draft, notice=notice, channel=channel, names=catalogue.known(notice))


def _add(
    notice: str,
    channel: Channel,
    language: str,
    *,
    replaces: int,
    draft: Wording | None,
    by: Actor,
) -> Template:
    locks.lock_name(f"notifications:{notice}:{channel}:{language}")
    rows = models.TemplateVersion.objects.filter(notice=notice, channel=channel, language=language)
    latest = rows.order_by("-version").values_list("version", flat=True).first() or 0
    if latest != replaces:
        raise StaleTemplate(facts={"version": latest})
    row = models.TemplateVersion.objects.create(
        notice=notice,
        channel=channel,
        language=language,
        version=latest + 1,
        subject=draft.subject if draft else "",
        text=draft.text if draft else "",
        html=draft.html if draft else "",
        is_shipped=draft is None,
        by=str(by),
        at=clock.now(),
    )
    event = TemplateSaved(
        notice=notice, channel=channel.value, language=language, number=row.version
    )
    audit.record(
        by=by,
        action="notifications.template.save",
        subject=event.subject,
        detail={"version": row.version},
    )
    events.publish(event, by=by)
    return show_template(row)
