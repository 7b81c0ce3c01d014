"""The words of notices: edit with preview, versions, restore; what is broken is refused when it is saved."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk import names
from fondaco.console.desk.acting import Act, Outcome, act_on, listing, shown
from fondaco.console.desk.fields import choices
from fondaco.console.desk.showing import (
    Board,
    Fact,
    Shown,
    Table,
    Text,
    Way,
    badge,
    code,
    columns,
    pieces,
    quiet,
)
from fondaco.console.forms import Asking
from fondaco.console.lists import Badge, Choice, Column, OperatorList, held_rows
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant, words
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.errors import DomainError, NotFound
from fondaco.notifications import actions, catalogue, queries, wording
from fondaco.notifications.actions.templates import check_draft
from fondaco.notifications.errors import TemplateRefused
from fondaco.notifications.language import CHARACTERS_MAX
from fondaco.notifications.states import Channel
from fondaco.notifications.types import MAILING, Template, Wording
from fondaco.operators.rights import Right

_LANGUAGES: Final = 8


class WordsForm(Asking):
    """Take words in the language of templates."""

    replaces = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    subject = forms.CharField(
        label=gettext_lazy("Subject"), max_length=CHARACTERS_MAX, required=False
    )
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=CHARACTERS_MAX,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    html = forms.CharField(
        label=gettext_lazy("HTML"),
        max_length=CHARACTERS_MAX,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )

    def to_wording(self) -> Wording:
        """Give the words, with the line ends of the house."""
        given = self.cleaned_data
        return Wording(
            subject=given["subject"],
            text=given["text"].replace("\r\n", "\n"),
            html=given["html"].replace("\r\n", "\n"),
        )


class RestoreForm(Asking):
    """Take which version counts again."""

    replaces = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    version = forms.TypedChoiceField(label=gettext_lazy("Version"), coerce=int)

    def __init__(self, *args: Any, versions: list[Template], **kwargs: Any) -> None:
        """Make the form with the versions that there are."""
        super().__init__(*args, **kwargs)
        known = [(str(one.version), str(one.version)) for one in versions]
        self.fields["version"].choices = [*known, ("0", _("0, as shipped"))]  # type: ignore[attr-defined]  # a ChoiceField


TEMPLATES: Final = OperatorList[Template](
    name="templates",
    title=gettext_lazy("Words of notices"),
    fetch=held_rows(
        lambda asked: [
            one
            for one in queries.list_templates()
            if asked.get("channel") in {None, one.channel}
            and asked.get("by") in {None, "shipped" if one.is_shipped else "house"}
        ],
        at=lambda one: one.at,
        text=lambda one: f"{one.notice} {words(one.notice)} {one.language}",
    ),
    columns=(
        Column(
            "notice",
            gettext_lazy("Notice"),
            lambda one: words(one.notice).capitalize(),
            link=lambda one: reverse(
                "console:desk-template", args=(one.notice, one.channel, one.language)
            ),
        ),
        Column("channel", gettext_lazy("Channel"), lambda one: words(one.channel)),
        Column("language", gettext_lazy("Language"), lambda one: one.language),
        Column("version", gettext_lazy("Version"), lambda one: str(one.version)),
        Column(
            "by",
            gettext_lazy("From"),
            lambda one: Badge(_("as shipped")) if one.is_shipped else Badge(_("the house"), "good"),
        ),
        Column("changed", gettext_lazy("Changed"), lambda one: one.at),
    ),
    choices=(
        Choice("channel", gettext_lazy("Channel"), choices(Channel), default=Channel.EMAIL.value),
        Choice(
            "by",
            gettext_lazy("From"),
            [("house", gettext_lazy("the house")), ("shipped", gettext_lazy("as shipped"))],
        ),
    ),
    searched=gettext_lazy("Notice or language"),
    empty=gettext_lazy("No notice is called so."),
)


@page(*STAFF, right=Right.NOTIFICATIONS_READ, methods="GET HEAD POST")
def templates(request: HttpRequest, visitor: Principal) -> Answer:
    """List the words that count now, by notice, channel and language."""
    lead = _("What customers and the house's people are told, by which channel, in which language.")
    return listing(request, visitor, TEMPLATES, lead=lead)


@page(*STAFF, right=Right.NOTIFICATIONS_READ, methods="GET HEAD POST")
def template(
    request: HttpRequest, visitor: Principal, notice: str, channel: str, language: str
) -> Answer:
    """Show the words of a notice, try others, save them, and have an earlier version count again."""
    if channel not in Channel.values or len(language) > _LANGUAGES:
        raise NotFound
    found = queries.get_template(notice=notice, channel=Channel(channel), language=language)
    versions = queries.list_versions(notice=notice, channel=Channel(channel), language=language)
    previews: list[Wording] = []
    is_trial = "try" in request.GET
    acts = _acts(request, visitor, found, versions, tried=previews if is_trial else None)
    acted = act_on(request, visitor, acts, is_trial=is_trial)
    if acted.answer is not None:
        return acted.answer
    if not previews:
        previews = _written(found)
    board = Board(
        title=words(notice).capitalize(),
        lead=catalogue.NOTICES[notice].says,
        back=Way(reverse("console:desk-templates"), _("Words of notices")),
        facts=_facts(found),
        texts=_texts(previews, is_trial=is_trial),
        tables=[_versions(versions)],
    )
    return shown(request, board, acted)


def _acts(
    request: HttpRequest,
    visitor: Principal,
    found: Template,
    versions: list[Template],
    *,
    tried: list[Wording] | None,
) -> list[Act]:
    place: dict[str, Any] = {
        "notice": found.notice,
        "channel": Channel(found.channel),
        "language": found.language,
    }

    def save(form: WordsForm) -> Outcome:
        draft = form.to_wording()
        if tried is not None:
            check_draft(**place, draft=draft)
            tried.append(_fill(found, draft))
            return Outcome("")
        replaces = form.cleaned_data["replaces"]
        actions.save_template(**place, draft=draft, replaces=replaces, by=visitor.actor)
        return Outcome(request.path, "saved")

    def restore(form: RestoreForm) -> Outcome:
        given = form.cleaned_data
        actions.restore_version(
            **place, version=given["version"], replaces=given["replaces"], by=visitor.actor
        )
        return Outcome(request.path, "saved")

    said_now = found.wording
    acts = [
        Act(
            name="save",
            title=_("Word it otherwise"),
            button=_("Save"),
            do=save,
            right=Right.NOTIFICATIONS_MANAGE,
            form=WordsForm,
            initial={
                "replaces": found.version,
                "subject": said_now.subject,
                "text": said_now.text,
                "html": said_now.html,
            },
            is_open=True,
            trial=_("Preview"),
        )
    ]
    if versions:
        acts.append(
            Act(
                name="restore",
                title=_("Go back to an earlier version"),
                button=_("Have it count again"),
                do=restore,
                right=Right.NOTIFICATIONS_MANAGE,
                form=lambda *args, **more: RestoreForm(*args, versions=versions, **more),
                initial={"replaces": found.version},
            )
        )
    return [] if found.notice == MAILING else acts


def _fill(found: Template, draft: Wording) -> Wording:
    """Fill words with made-up values, each made harmless for its channel."""
    data = catalogue.example(found.notice)
    return wording.write(draft, channel=Channel(found.channel), data=data)


def _written(found: Template) -> list[Wording]:
    try:
        return [_fill(found, found.wording)]
    except (DomainError, TemplateRefused):
        return []


def _texts(previews: list[Wording], *, is_trial: bool) -> list[Text]:
    lead = _("With made-up values. Nothing is sent.") if is_trial else _("With made-up values.")
    texts = []
    for one in previews:
        said_as = f"{one.subject}\n\n{one.text}" if one.subject else one.text
        title = _("What your draft would say") if is_trial else _("What it says now")
        texts.append(Text(title=title, lead=lead, text=said_as))
        if one.html:
            texts.append(Text(title=_("Its HTML"), lead=_("As source."), text=one.html))
    return texts


def _facts(found: Template) -> list[Fact]:
    known = [code(f"{{{{ {name} }}}}") for name in sorted(catalogue.known(found.notice))]
    return [
        Fact(_("Channel"), words(found.channel)),
        Fact(_("Language"), found.language),
        Fact(_("Version"), _version(found)),
        Fact(_("May name"), pieces(*known)),
    ]


def _versions(versions: list[Template]) -> Table:
    known = names.staff_names()
    return Table(
        name="versions",
        title=_("Versions"),
        columns=columns(_("Version"), _("Who"), _("When")),
        rows=[
            [
                _version(one),
                names.actor(one.by, known),
                instant(one.at) if one.at else quiet("—"),
            ]
            for one in versions
        ],
        empty=_("It stands as it is shipped. What you save becomes version 1."),
    )


def _version(one: Template) -> Shown:
    if one.is_shipped:
        return quiet(_("%(number)s, as shipped") % {"number": one.version})
    return badge("own", tone="good", label=str(one.version))
