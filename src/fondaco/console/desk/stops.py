"""Stops: one person stops, two let it go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk import names
from fondaco.console.desk.acting import Act, Outcome, act_on, listing, shown
from fondaco.console.desk.fields import REASON_MAX, choices, text
from fondaco.console.desk.proposing import propose
from fondaco.console.desk.showing import (
    Board,
    Fact,
    Way,
    badge,
    code,
    read_id,
    standing,
)
from fondaco.console.forms import Asking
from fondaco.console.lists import Asked, Badge, Choice, Column, OperatorList, held_rows
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant, words
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.ids import encode
from fondaco.operators.rights import Right
from fondaco.policies.actions import stops as actions
from fondaco.policies.queries import stops as queries
from fondaco.policies.signed import LIFT, LiftTerms
from fondaco.policies.types import STOP_PREFIX, Stop, StopScope

_STOPPED: Final = "stopped"
_LIFTED: Final = "lifted"


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


@dataclass(frozen=True, slots=True)
class StopRow:
    """Show a stop with the name of who set it."""

    stop: Stop
    who: str


def _read(asked: Asked, now: Sequence[Stop]) -> list[StopRow]:
    known = names.staff_names()
    found: list[Stop] = []
    if asked.get("state") != _LIFTED:
        found += now
    if asked.get("state") != _STOPPED:
        found += queries.list_stops(lifted=True)
    return [StopRow(one, str(names.actor(one.set_by, known))) for one in found]


def list_of(now: Sequence[Stop]) -> OperatorList[StopRow]:
    """Describe what is stopped now, as it was read, and what was before."""
    return OperatorList(
        name="stops",
        title=_("Stops"),
        fetch=held_rows(
            lambda asked: _read(asked, now),
            at=lambda row: row.stop.set_at,
            text=lambda row: f"{_what(row.stop)} {row.stop.reason}",
        ),
        columns=(
            Column(
                "what",
                _("What"),
                lambda row: _what(row.stop),
                link=lambda row: _url(row.stop),
            ),
            Column("why", _("Why"), lambda row: row.stop.reason),
            Column("who", _("Who"), lambda row: row.who),
            Column("since", _("Since"), lambda row: row.stop.set_at),
            Column("lifted", _("Lifted"), lambda row: row.stop.lifted_at),
            Column("state", _("State"), lambda row: _state(row.stop)),
        ),
        choices=(
            Choice(
                "state",
                _("State"),
                [(_STOPPED, _("stopped now")), (_LIFTED, _("stopped before"))],
                default=_STOPPED,
            ),
        ),
        searched=_("What or why"),
        empty=_("Nothing was ever stopped: everything goes its way."),
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
    now = queries.list_stops()
    return listing(
        request,
        visitor,
        list_of(now),
        [act],
        lead=_("What the house does not do, for whom, and why."),
        note=_("Everything is stopped.") if any(one.scope == StopScope.ALL for one in now) else "",
    )


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
        Fact(_("State"), badge("stopped") if found.lifted_at is None else _("lifted")),
        Fact(_("Identifier"), code(wire)),
    ]
    back = Way(reverse("console:desk-stops"), _("Stops"))
    return shown(request, Board(title=_("A stop"), back=back, facts=facts), acted)


def _url(one: Stop) -> str:
    return reverse("console:desk-stop", args=(encode(STOP_PREFIX, one.id),))


def _what(one: Stop) -> str:
    if one.scope == StopScope.ALL:
        return _("Everything")
    return f"{words(one.scope).capitalize()} {words(one.value)}"


def _state(one: Stop) -> Badge:
    return standing("stopped") if one.lifted_at is None else Badge(_("lifted"))
