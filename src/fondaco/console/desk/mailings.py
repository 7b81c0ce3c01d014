"""Mailings: letters to many, written, started, paused and taken back."""

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk import names
from fondaco.console.desk.acting import Act, Outcome, act_on, listing, shown
from fondaco.console.desk.fields import choices, number, text
from fondaco.console.desk.showing import (
    Board,
    Fact,
    Text,
    Way,
    badge,
    code,
    read_id,
    standing,
)
from fondaco.console.forms import Asking
from fondaco.console.lists import Asked, Choice, Column, OperatorList, page_by_cursor
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant, words
from fondaco.identity.queries import list_groups
from fondaco.identity.states import CustomerKind, Level
from fondaco.identity.types import GROUP_PREFIX, group_wire
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.ids import decode, encode
from fondaco.kit.paging import Page as Rows
from fondaco.notifications import actions, queries
from fondaco.notifications.actions.mailings import PER_MINUTE_MAX
from fondaco.notifications.language import CHARACTERS_MAX
from fondaco.notifications.states import PERSONAL, Channel, MailingState
from fondaco.notifications.types import MAILING_PREFIX, Audience, Mailing, Wording
from fondaco.operators.rights import Right

_USUAL: Final = 60


class MailingForm(Asking):
    """Take a letter to many."""

    label = text(gettext_lazy("Name for the house's people"), longest=100)
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=choices(PERSONAL))
    kind = forms.ChoiceField(
        label=gettext_lazy("Customers of the kind"),
        required=False,
        choices=choices(CustomerKind, empty=gettext_lazy("Any")),
    )
    level = forms.ChoiceField(
        label=gettext_lazy("At the level"),
        required=False,
        choices=choices(Level, empty=gettext_lazy("Any")),
    )
    group = forms.ChoiceField(label=gettext_lazy("In the group"), required=False)
    language = text(gettext_lazy("Whose language is"), longest=8, required=False)
    per_minute = number(gettext_lazy("People a minute"), low=1, high=PER_MINUTE_MAX)
    subject = forms.CharField(
        label=gettext_lazy("Subject"), max_length=CHARACTERS_MAX, required=False
    )
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=CHARACTERS_MAX,
        help_text=gettext_lazy(
            "It may name {{ name }} and {{ house }}. An e-mail must name {{ unsubscribe_url }}."
        ),
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    html = forms.CharField(
        label=gettext_lazy("HTML"),
        max_length=CHARACTERS_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make the form with the groups of customers that there are."""
        super().__init__(*args, **kwargs)
        known = [(group_wire(one.id), one.name) for one in list_groups()]
        self.fields["group"].choices = [("", _("Any")), *known]  # type: ignore[attr-defined]  # a ChoiceField

    def to_audience(self) -> Audience:
        """Give whose people get it."""
        given = self.cleaned_data
        return Audience(
            kind=given["kind"],
            level=given["level"],
            group_id=decode(GROUP_PREFIX, given["group"]) if given["group"] else None,
            language=given["language"].strip(),
        )


def _fetch(asked: Asked, after: str | None, limit: int) -> Rows[Mailing]:
    state = asked.get("state")
    return queries.list_mailings(
        state=MailingState(state) if state else None,
        period=(asked.since, asked.until),
        after=page_by_cursor(after),
        limit=limit,
    )


MAILINGS: Final = OperatorList[Mailing](
    name="mailings",
    title=gettext_lazy("Mailings"),
    fetch=_fetch,
    columns=(
        Column("made", gettext_lazy("Made"), lambda one: one.created_at),
        Column(
            "name",
            gettext_lazy("Name"),
            lambda one: one.label,
            link=lambda one: reverse("console:desk-mailing", args=(_wire(one),)),
        ),
        Column("channel", gettext_lazy("Channel"), lambda one: words(one.channel)),
        Column("state", gettext_lazy("State"), lambda one: standing(one.state)),
        Column("messages", gettext_lazy("Messages"), lambda one: str(one.made), is_number=True),
    ),
    choices=(Choice("state", gettext_lazy("State"), choices(MailingState)),),
    empty=gettext_lazy("No letter to many was written yet."),
)


@page(*STAFF, right=Right.NOTIFICATIONS_READ, methods="GET HEAD POST")
def mailings(request: HttpRequest, visitor: Principal) -> Answer:
    """List mailings, newest first."""
    ways = []
    if visitor.can(Right.NOTIFICATIONS_MANAGE):
        ways = [Way(reverse("console:desk-mailing-new"), _("Write one"), is_plain=False)]
    lead = _("Letters to many. One goes to nobody before it is started.")
    return listing(request, visitor, MAILINGS, lead=lead, ways=ways)


@page(*STAFF, right=Right.NOTIFICATIONS_MANAGE, methods="GET HEAD POST")
def new_mailing(request: HttpRequest, visitor: Principal) -> Answer:
    """Write a letter to many."""

    def make(form: MailingForm) -> Outcome:
        given = form.cleaned_data
        made = actions.make_mailing(
            label=given["label"],
            channel=Channel(given["channel"]),
            words=Wording(subject=given["subject"], text=given["text"], html=given["html"]),
            audience=form.to_audience(),
            per_minute=given["per_minute"] or _USUAL,
            by=visitor.actor,
        )
        return Outcome(reverse("console:desk-mailing", args=(_wire(made),)))

    act = Act(
        name="make",
        title=_("The letter"),
        button=_("Keep it as a draft"),
        do=make,
        right=Right.NOTIFICATIONS_MANAGE,
        form=MailingForm,
        initial={"per_minute": _USUAL},
        is_open=True,
    )
    acted = act_on(request, visitor, [act])
    if acted.answer is not None:
        return acted.answer
    back = Way(reverse("console:desk-mailings"), _("Mailings"))
    return shown(request, Board(title=_("Write to many"), back=back), acted)


@page(*STAFF, right=Right.NOTIFICATIONS_READ, methods="GET HEAD POST")
def mailing(request: HttpRequest, visitor: Principal, wire: str) -> Answer:
    """Show how far a mailing has come; start, pause or cancel it."""
    found = queries.get_mailing(mailing_id=read_id(MAILING_PREFIX, wire))
    acted = act_on(request, visitor, _acts(request, visitor, found))
    if acted.answer is not None:
        return acted.answer
    audience = found.audience
    chosen = [words(one) for one in (audience.kind, audience.level, audience.language) if one]
    if audience.group_id is not None:
        chosen.append(group_wire(audience.group_id))
    said = found.wording
    board = Board(
        title=found.label,
        back=Way(reverse("console:desk-mailings"), _("Mailings")),
        facts=[
            Fact(_("State"), badge(found.state)),
            Fact(_("Channel"), words(found.channel)),
            Fact(_("To"), ", ".join(chosen) or _("everybody")),
            Fact(_("People a minute"), str(found.per_minute)),
            Fact(_("Messages made"), str(found.made)),
            Fact(_("Left out"), str(found.left_out)),
            Fact(_("Written"), instant(found.created_at)),
            Fact(_("By"), names.actor(found.by, names.staff_names())),
            Fact(_("Identifier"), code(wire)),
        ],
        texts=[Text(title=said.subject or _("The letter"), text=said.text)],
    )
    return shown(request, board, acted)


def _acts(request: HttpRequest, visitor: Principal, found: Mailing) -> list[Act]:
    def moved(move: Callable[..., Mailing], done: str) -> Callable[[Asking], Outcome]:
        def do(_form: Asking) -> Outcome:
            move(mailing_id=found.id, by=visitor.actor)
            return Outcome(request.path, done)

        return do

    start = Act(
        name="start",
        title=_("Send it"),
        button=_("Start"),
        lead=_("So many people a minute get it, until all have it."),
        do=moved(actions.start_mailing, "started"),
        right=Right.NOTIFICATIONS_MANAGE,
        is_open=True,
    )
    pause = Act(
        name="pause",
        title=_("Let it rest"),
        button=_("Pause"),
        do=moved(actions.pause_mailing, "paused"),
        right=Right.NOTIFICATIONS_MANAGE,
        is_open=True,
    )
    cancel = Act(
        name="cancel",
        title=_("Stop it for good"),
        button=_("Cancel it"),
        lead=_("Messages that wait go to nobody either."),
        do=moved(actions.cancel_mailing, "cancelled"),
        right=Right.NOTIFICATIONS_MANAGE,
        tone="danger",
    )
    return {
        MailingState.DRAFT: [start, cancel],
        MailingState.PAUSED: [start, cancel],
        MailingState.RUNNING: [pause, cancel],
    }.get(found.state, [])


def _wire(one: Mailing) -> str:
    return encode(MAILING_PREFIX, one.id)
