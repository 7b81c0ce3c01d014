"""``/operator/notifications/templates``: the words of notices, with preview and history."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from django.http import HttpRequest
from pydantic import Field

from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text
from fondaco.kit.errors import NotFound
from fondaco.notifications import actions, catalogue, queries, wording
from fondaco.notifications.actions.templates import check_draft
from fondaco.notifications.api.messages import MANAGE, READ
from fondaco.notifications.errors import StaleTemplate, TemplateRefused
from fondaco.notifications.language import CHARACTERS_MAX
from fondaco.notifications.states import Channel
from fondaco.notifications.types import Template, Wording

router = Router(auth=staff, tags=["notifications"])

Source = Annotated[Text, Field(max_length=CHARACTERS_MAX)]
Name = Annotated[Text, Field(max_length=60)]


class WordingIn(Strict):
    """Take words in the language of templates."""

    subject: Source = ""
    text: Annotated[Source, Field(examples=["Hello {{ name }}"])]
    html: Source = ""

    def to_wording(self) -> Wording:
        """Give the words."""
        return Wording(subject=self.subject, text=self.text, html=self.html)


class TemplateIn(WordingIn):
    """Take other words of a notice."""

    replaces: int = Field(ge=0, description="The version that you saw; 0: the shipped words.")


class RestoreIn(Strict):
    """Take which version counts again."""

    version: int = Field(ge=0, description="0: the shipped words.")
    replaces: int = Field(ge=0, description="The version that you saw.")


class TemplatePreviewIn(WordingIn):
    """Take a draft and, where wanted, values for it."""

    data: dict[str, str | bool | dict[str, str | None] | None] = Field(
        default={}, max_length=100, description="What is not named gets made-up values."
    )


class WordingOut(Strict):
    """Show words, as they are written or as they were sent."""

    subject: str
    text: str
    html: str

    @classmethod
    def of(cls, words: Wording) -> Self:
        """Show words."""
        return cls(subject=words.subject, text=words.text, html=words.html)


class TemplateOut(Strict):
    """Show the words of a notice by a channel in a language."""

    notice: str
    channel: Channel
    language: str
    version: int = Field(description="0: as shipped.")
    is_shipped: bool
    wording: WordingOut
    by: str
    at: datetime | None

    @classmethod
    def of(cls, template: Template) -> Self:
        """Show a template."""
        return cls(
            notice=template.notice,
            channel=template.channel,
            language=template.language,
            version=template.version,
            is_shipped=template.is_shipped,
            wording=WordingOut.of(template.wording),
            by=template.by,
            at=template.at,
        )


class TemplatesOut(Strict):
    """Show templates."""

    items: list[TemplateOut]


class TemplateFileOut(Strict):
    """Show a template with what an editor needs to know."""

    template: TemplateOut
    says: str
    event: str
    names: list[str] = Field(description="What the template may name.")
    example: Mapping[str, str | bool | Mapping[str, str | bool | None] | None]


@router.get("")
def list_notification_templates(request: HttpRequest) -> TemplatesOut:
    """List the words that count now, by notice, channel and language."""
    require(principal(request), READ)
    return TemplatesOut(items=[TemplateOut.of(one) for one in queries.list_templates()])


@router.get("/{notice}/{channel}/{language}")
def show_notification_template(
    request: HttpRequest, notice: Name, channel: Channel, language: Name
) -> TemplateFileOut:
    """Show the words of a notice, and what they may name."""
    require(principal(request), READ)
    found = queries.get_template(notice=notice, channel=channel, language=language)
    return TemplateFileOut(
        template=TemplateOut.of(found),
        says=catalogue.NOTICES[notice].says,
        event=catalogue.NOTICES[notice].event,
        names=sorted(catalogue.known(notice)),
        example=catalogue.example(notice),
    )


@router.get("/{notice}/{channel}/{language}/versions")
def list_notification_template_versions(
    request: HttpRequest, notice: Name, channel: Channel, language: Name
) -> TemplatesOut:
    """List the versions of a template, the latest first."""
    require(principal(request), READ)
    found = queries.list_versions(notice=notice, channel=channel, language=language)
    return TemplatesOut(items=[TemplateOut.of(one) for one in found])


@router.put("/{notice}/{channel}/{language}", errors=(TemplateRefused, StaleTemplate, NotFound))
def save_notification_template(
    request: HttpRequest, notice: Name, channel: Channel, language: Name, body: TemplateIn
) -> TemplateOut:
    """Word a notice otherwise from now on; what is broken or names what is not known is refused."""
    who = require(principal(request), MANAGE)
    saved = actions.save_template(
        notice=notice,
        channel=channel,
        language=language,
        draft=body.to_wording(),
        replaces=body.replaces,
        by=who.actor,
    )
    return TemplateOut.of(saved)


@router.post("/{notice}/{channel}/{language}/preview", errors=(TemplateRefused, NotFound))
def preview_notification_template(
    request: HttpRequest, notice: Name, channel: Channel, language: Name, body: TemplatePreviewIn
) -> WordingOut:
    """Show what a draft would say; nothing is saved or sent."""
    require(principal(request), MANAGE)
    draft = body.to_wording()
    check_draft(notice=notice, channel=channel, language=language, draft=draft)
    data = {**catalogue.example(notice), **body.data}
    return WordingOut.of(wording.write(draft, channel=channel, data=data))


@router.post(
    "/{notice}/{channel}/{language}/restore", errors=(TemplateRefused, StaleTemplate, NotFound)
)
def restore_notification_template(
    request: HttpRequest, notice: Name, channel: Channel, language: Name, body: RestoreIn
) -> TemplateOut:
    """Have an earlier version, or the shipped words, count again, as a new version."""
    who = require(principal(request), MANAGE)
    saved = actions.restore_version(
        notice=notice,
        channel=channel,
        language=language,
        version=body.version,
        replaces=body.replaces,
        by=who.actor,
    )
    return TemplateOut.of(saved)
