"""Messages: what was sent to whom, how it fared, and sending it again."""

from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk import names
from fondaco.console.desk.acting import Act, Outcome, act_on, shown
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
    quiet,
    read_id,
    short,
    tone_of,
)
from fondaco.console.forms import Asking
from fondaco.console.lists import (
    Asked,
    Badge,
    Choice,
    Column,
    OperatorList,
    page_by_cursor,
    show_list,
)
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant, words
from fondaco.identity.types import user_wire
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.ids import encode
from fondaco.kit.paging import Page as Rows
from fondaco.notifications import actions, queries
from fondaco.notifications.states import ENDED, Channel, MessageState
from fondaco.notifications.types import MESSAGE_PREFIX, Message
from fondaco.operators.rights import Right


def message_url(one: Message) -> str:
    """Give the address of a message's page."""
    return reverse("console:desk-message", args=(encode(MESSAGE_PREFIX, one.id),))


def _fetch(asked: Asked, after: str | None, limit: int) -> Rows[Message]:
    state, channel = asked.get("state"), asked.get("channel")
    return queries.list_messages(
        state=MessageState(state) if state else None,
        channel=Channel(channel) if channel else None,
        notice=(asked.get("notice") or "").strip().lower().replace(" ", "_"),
        period=(asked.since, asked.until),
        after=page_by_cursor(after),
        limit=limit,
    )


MESSAGES: Final = OperatorList[Message](
    name="messages",
    title=gettext_lazy("Messages"),
    fetch=_fetch,
    columns=(
        Column("when", gettext_lazy("When"), lambda one: one.created_at),
        Column(
            "notice",
            gettext_lazy("Notice"),
            lambda one: words(one.notice).capitalize(),
            link=message_url,
        ),
        Column("channel", gettext_lazy("Channel"), lambda one: words(one.channel)),
        Column(
            "to",
            gettext_lazy("To"),
            lambda one: user_wire(one.user_id) if one.user_id else one.address,
        ),
        Column("tries", gettext_lazy("Tries"), lambda one: str(one.attempts)),
        Column(
            "state",
            gettext_lazy("State"),
            lambda one: Badge(words(one.state), tone_of(one.state)),
        ),
        Column("error", gettext_lazy("Error"), lambda one: one.error),
    ),
    choices=(
        Choice("state", gettext_lazy("State"), choices(MessageState)),
        Choice("channel", gettext_lazy("Channel"), choices(Channel)),
        Choice("notice", gettext_lazy("Notice")),
    ),
    empty=gettext_lazy("Nobody was told anything yet."),
)


@page(*STAFF, right=Right.NOTIFICATIONS_READ, methods="GET HEAD POST")
def messages(request: HttpRequest, visitor: Principal) -> Answer:
    """List messages, newest first."""
    lead = _("What people were told. Dead and doubtful ones need somebody to look.")
    return show_list(request, visitor, MESSAGES, template="desk/list.html", lead=lead)


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
