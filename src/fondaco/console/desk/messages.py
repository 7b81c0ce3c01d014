"""Messages: what was sent to whom, how it fared, and sending it again."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk import names
from fondaco.console.desk.acting import Act, Outcome, act_on, reading, shown
from fondaco.console.desk.fields import choices
from fondaco.console.desk.showing import (
    PER_PAGE,
    Board,
    Fact,
    Shown,
    Table,
    Text,
    Way,
    after_of,
    badge,
    code,
    columns,
    link,
    older_url,
    quiet,
    read_id,
    short,
)
from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant, words
from fondaco.identity.types import user_wire
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.ids import encode
from fondaco.notifications import actions, queries
from fondaco.notifications.states import ENDED, Channel, MessageState
from fondaco.notifications.types import MESSAGE_PREFIX, Message
from fondaco.operators.rights import Right


class ChosenForm(forms.Form):
    """Narrow the list."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=choices(MessageState, empty=gettext_lazy("All")),
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"),
        required=False,
        choices=choices(Channel, empty=gettext_lazy("All")),
    )
    notice = forms.CharField(label=gettext_lazy("Notice"), max_length=60, required=False)


@page(*STAFF, right=Right.NOTIFICATIONS_READ)
def messages(request: HttpRequest, _visitor: Principal) -> Answer:
    """List messages, newest first."""
    form = ChosenForm(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    found = queries.list_messages(
        state=MessageState(given["state"]) if given.get("state") else None,
        channel=Channel(given["channel"]) if given.get("channel") else None,
        notice=given.get("notice", "").strip().replace(" ", "_"),
        after=after_of(request),
        limit=PER_PAGE,
    )
    table = Table(
        name="messages",
        title=_("Messages"),
        columns=columns(_("Notice"), _("Channel"), _("To"), _("When"), _("Tries"), _("State")),
        rows=[_row(one) for one in found.items],
        empty=_("No message of this sort."),
        older=older_url(request, found.next),
    )
    board = Board(
        title=_("Messages"),
        lead=_("What people were told. Dead and doubtful ones need somebody to look."),
        filters=form,
        tables=[table],
    )
    return reading(request, board)


@page(*STAFF, right=Right.NOTIFICATIONS_READ, methods="GET HEAD POST")
def message(request: HttpRequest, visitor: Principal, wire: str) -> Answer:
    """Show a message, what it said and how it fared, and send it again."""
    found = queries.get_message(message_id=read_id(MESSAGE_PREFIX, wire))

    def resend(_form: Asking) -> Outcome:
        actions.resend(message_id=found.id, by=visitor.actor)
        return Outcome(request.path, "again")

    act = Act(
        name="resend",
        title=_("Send it again"),
        button=_("Send again"),
        lead=_("With all tries anew. A doubtful one may arrive twice."),
        do=resend,
        right=Right.NOTIFICATIONS_MANAGE,
    )
    can_resend = found.state in ENDED and found.wording is not None
    acted = act_on(request, visitor, [act] if can_resend else [])
    if acted.answer is not None:
        return acted.answer
    board = Board(
        title=words(found.notice).capitalize(),
        back=Way(reverse("console:desk-messages"), _("Messages")),
        facts=_facts(found),
        texts=_texts(found),
        tables=[_steps(found)],
    )
    return shown(request, board, acted)


def _row(one: Message) -> list[Shown]:
    url = reverse("console:desk-message", args=(encode(MESSAGE_PREFIX, one.id),))
    return [
        link(words(one.notice).capitalize(), url),
        words(one.channel),
        _to(one),
        instant(one.created_at),
        str(one.attempts),
        badge(one.state),
    ]


def _to(one: Message) -> Shown:
    if one.user_id is not None:
        return short(user_wire(one.user_id))
    return one.address or quiet("—")


def _facts(one: Message) -> list[Fact]:
    facts = [
        Fact(_("State"), badge(one.state)),
        Fact(_("Channel"), words(one.channel)),
        Fact(_("Language"), one.language),
        Fact(_("To"), _to(one)),
        Fact(_("Made"), instant(one.created_at)),
        Fact(_("Tries"), str(one.attempts)),
    ]
    if one.ended_at is not None:
        facts.append(Fact(_("Ended"), instant(one.ended_at)))
    if one.read_at is not None:
        facts.append(Fact(_("Read"), instant(one.read_at)))
    if one.error:
        facts.append(Fact(_("Error"), one.error))
    if one.receipt:
        facts.append(Fact(_("Receipt"), code(one.receipt)))
    return [*facts, Fact(_("Identifier"), code(encode(MESSAGE_PREFIX, one.id)))]


def _texts(one: Message) -> list[Text]:
    if one.wording is None:
        return [Text(title=_("What it said"), text=_("Its words are destroyed."))]
    said = one.wording
    whole = f"{said.subject}\n\n{said.text}" if said.subject else said.text
    texts = [Text(title=_("What it said"), text=whole)]
    if said.html:
        texts.append(Text(title=_("Its HTML"), lead=_("As source."), text=said.html))
    return texts


def _steps(one: Message) -> Table:
    known: Any = names.staff_names()
    return Table(
        name="steps",
        title=_("How it fared"),
        columns=columns(_("To"), _("Who"), _("Note"), _("When")),
        rows=[
            [
                badge(step.after),
                names.actor(step.by, known),
                step.note or quiet("—"),
                instant(step.at),
            ]
            for step in queries.list_steps(message_id=one.id)
        ],
        empty=_("Nothing yet."),
    )
