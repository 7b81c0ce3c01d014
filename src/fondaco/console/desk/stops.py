"""Stops: one person stops, two let it go on."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk import names
from fondaco.console.desk.acting import Act, Outcome, act_on, shown
from fondaco.console.desk.fields import REASON_MAX, choices, text
from fondaco.console.desk.proposing import propose
from fondaco.console.desk.showing import (
    Board,
    Fact,
    Shown,
    Table,
    Way,
    badge,
    code,
    columns,
    link,
    read_id,
)
from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant, words
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.ids import encode
from fondaco.operators.rights import Right
from fondaco.policies.actions import stops as actions
from fondaco.policies.queries import stops as queries
from fondaco.policies.signed import LIFT, LiftTerms
from fondaco.policies.types import STOP_PREFIX, Stop, StopScope


class StopForm(Asking):
    """Take what is to be stopped, and why."""

    scope = forms.ChoiceField(label=gettext_lazy("Stop"), choices=choices(StopScope))
    value = text(
        gettext_lazy("Which one"),
        longest=70,
        required=False,
        help_text=gettext_lazy(
            "An operation, currency, provider or customer (cus_…). Empty where everything stops."
        ),
    )
    reason = text(
        gettext_lazy("Why"),
        longest=REASON_MAX,
        help_text=gettext_lazy("Whoever is refused reads this."),
    )


@page(*STAFF, right=Right.POLICIES_READ, methods="GET HEAD POST")
def stops(request: HttpRequest, visitor: Principal) -> Answer:
    """Show what is stopped and what was, and stop something at once."""

    def stop(form: StopForm) -> Outcome:
        given = form.cleaned_data
        actions.set_stop(
            scope=StopScope(given["scope"]),
            value=given["value"].strip(),
            reason=given["reason"],
            by=visitor.actor,
        )
        return Outcome(request.path, "set")

    act = Act(
        name="stop",
        title=_("Stop something"),
        button=_("Stop it now"),
        lead=_("It acts within a second. To let it go on takes two people."),
        do=stop,
        right=Right.POLICIES_STOP,
        form=StopForm,
        tone="danger",
    )
    acted = act_on(request, visitor, [act])
    if acted.answer is not None:
        return acted.answer
    known = names.staff_names()
    present, past = queries.list_stops(), queries.list_stops(lifted=True)
    board = Board(
        title=_("Stops"),
        lead=_("What the house does not do at this moment, for whom, and why."),
        note=_("Everything is stopped.") if any(one.scope == "all" for one in present) else "",
        note_tone="bad",
        tables=[
            Table(
                name="present",
                title=_("Stopped now"),
                columns=columns(_("What"), _("Why"), _("Who"), _("Since"), _("State")),
                rows=[_row(one, known) for one in present],
                empty=_("Nothing is stopped: everything goes its way."),
            ),
            Table(
                name="past",
                title=_("Stopped before"),
                columns=columns(_("What"), _("Why"), _("Who"), _("Since"), _("Lifted")),
                rows=[_row(one, known) for one in past],
                empty=_("Nothing was stopped before."),
            ),
        ],
    )
    return shown(request, board, acted)


@page(*STAFF, right=Right.POLICIES_READ, methods="GET HEAD POST")
def stop(request: HttpRequest, visitor: Principal, wire: str) -> Answer:
    """Show one stop, and propose to lift it."""
    found = queries.get_stop(stop_id=read_id(STOP_PREFIX, wire))

    def lift(_form: Asking) -> Outcome:
        terms = LiftTerms(stop=encode(STOP_PREFIX, found.id))
        return propose(visitor, kind=LIFT, terms=terms, back=reverse("console:desk-stops"))

    act = Act(
        name="lift",
        title=_("Let it go on"),
        button=_("Propose to let it go on"),
        lead=_("Somebody else must sign. Until then it stays stopped."),
        do=lift,
        right=Right.POLICIES_STOP,
        is_open=True,
    )
    acted = act_on(request, visitor, [act] if found.lifted_at is None else [])
    if acted.answer is not None:
        return acted.answer
    known = names.staff_names()
    facts = [
        Fact(_("What"), _what(found)),
        Fact(_("Why"), found.reason),
        Fact(_("Who stopped it"), names.actor(found.set_by, known)),
        Fact(_("Since"), instant(found.set_at)),
        Fact(_("State"), _state(found)),
        Fact(_("Identifier"), code(wire)),
    ]
    back = Way(reverse("console:desk-stops"), _("Stops"))
    return shown(request, Board(title=_("A stop"), back=back, facts=facts), acted)


def _row(one: Stop, known: Any) -> list[Shown]:
    url = reverse("console:desk-stop", args=(encode(STOP_PREFIX, one.id),))
    return [
        link(_what(one), url),
        one.reason,
        names.actor(one.set_by, known),
        instant(one.set_at),
        _state(one),
    ]


def _what(one: Stop) -> str:
    if one.scope == StopScope.ALL:
        return _("Everything")
    return f"{words(one.scope).capitalize()} {words(one.value)}"


def _state(one: Stop) -> Shown:
    return badge("stopped") if one.lifted_at is None else instant(one.lifted_at)
