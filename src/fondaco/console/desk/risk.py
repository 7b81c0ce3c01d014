"""The queue of what rules against fraud hold: read the facts, release or reject."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk import names
from fondaco.console.desk.acting import Act, Acted, Outcome, act_on, shown
from fondaco.console.desk.fields import NOTE_MAX, choices
from fondaco.console.desk.showing import (
    PER_PAGE,
    Board,
    Fact,
    Shown,
    Table,
    Way,
    after_of,
    badge,
    code,
    columns,
    lines,
    link,
    older_url,
    quiet,
    read_id,
    short,
)
from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant, money, words
from fondaco.identity.queries import get_customer
from fondaco.identity.types import customer_wire
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import encode
from fondaco.operators.rights import Right
from fondaco.orders import queries as orders
from fondaco.orders.types import Order
from fondaco.policies.actions import risk as actions
from fondaco.policies.queries import risk as queries
from fondaco.policies.queries.rules import list_fraud_rules
from fondaco.policies.rows import fraud_rule_wire
from fondaco.policies.states import CaseState
from fondaco.policies.types import CASE_PREFIX, Case

_BEFORE: int = 10
"""So many earlier cases of the same customer are shown beside one."""


class QueueForm(forms.Form):
    """Narrow the queue."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=choices(CaseState, empty=gettext_lazy("All")),
    )
    customer = forms.CharField(
        label=gettext_lazy("Customer (cus_…)"), max_length=40, required=False
    )


class DecisionForm(Asking):
    """Take why."""

    note = forms.CharField(
        label=gettext_lazy("What you found"),
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@page(*STAFF, right=Right.RISK_READ)
def queue(request: HttpRequest, _visitor: Principal) -> Answer:
    """List cases, newest first; those that wait, unless told."""
    form = QueueForm(request.GET if "state" in request.GET else {"state": CaseState.WAITING})
    given = form.cleaned_data if form.is_valid() else {}
    state = given.get("state")
    found = queries.list_cases(
        state=CaseState(state) if state else None,
        customer_id=names.read_customer(given.get("customer", "")),
        after=after_of(request),
        limit=PER_PAGE,
    )
    board = Board(
        title=_("Fraud queue"),
        lead=_("What rules against fraud found suspicious. An order waits until you decide."),
        ways=[Way(reverse("console:desk-fraud-rules"), _("Rules against fraud"))],
        filters=form,
        tables=[
            _cases(
                "cases",
                _("Cases"),
                found.items,
                older=older_url(request, found.next),
                empty=_("Nothing waits for you.")
                if state == CaseState.WAITING
                else _("No case of this sort."),
            )
        ],
    )
    return shown(request, board, Acted(None, []))


@page(*STAFF, right=Right.RISK_READ, methods="GET HEAD POST")
def case(request: HttpRequest, visitor: Principal, wire: str) -> Answer:
    """Show the facts of a case, and release or reject what it holds."""
    found = queries.get_case(case_id=read_id(CASE_PREFIX, wire))
    acted = act_on(request, visitor, _acts(request, visitor, found))
    if acted.answer is not None:
        return acted.answer
    earlier = queries.list_cases(customer_id=found.customer_id, limit=_BEFORE + 1)
    others = [one for one in earlier.items if one.id != found.id][:_BEFORE]
    board = Board(
        title=_("Suspicious: %(what)s") % {"what": words(found.operation)},
        back=Way(reverse("console:desk-risk"), _("Fraud queue")),
        facts=_facts(found, visitor),
        tables=[
            _cases(
                "others",
                _("Other cases of this customer"),
                others,
                empty=_("This is the first time that anything about this customer was suspicious."),
            )
        ],
    )
    return shown(request, board, acted)


def _acts(request: HttpRequest, visitor: Principal, found: Case) -> list[Act]:
    if found.state != CaseState.WAITING:
        return []
    has_order = found.reference is not None

    def release(form: DecisionForm) -> Outcome:
        note = form.cleaned_data["note"]
        actions.release(case_id=found.id, note=note, by=visitor.actor)
        return Outcome(request.path, "released")

    def reject(form: DecisionForm) -> Outcome:
        note = form.cleaned_data["note"]
        actions.reject(case_id=found.id, note=note, by=visitor.actor)
        return Outcome(request.path, "rejected")

    return [
        Act(
            name="release",
            title=_("Let it pass"),
            button=_("Release"),
            lead=_("The order goes on.") if has_order else _("The customer may try again, once."),
            do=release,
            right=Right.RISK_DECIDE,
            form=DecisionForm,
            is_open=True,
        ),
        Act(
            name="reject",
            title=_("Refuse it"),
            button=_("Reject"),
            lead=_("The order ends, and its money goes back.")
            if has_order
            else _("It stays refused."),
            do=reject,
            right=Right.RISK_DECIDE,
            form=DecisionForm,
            tone="danger",
            is_open=True,
        ),
    ]


def _facts(found: Case, visitor: Principal) -> list[Fact]:
    customer = get_customer(found.customer_id)
    rules = {fraud_rule_wire(one.id): one for one in list_fraud_rules()}
    spoke: list[Shown] = [
        link(rules[wire].name, reverse("console:desk-fraud-rule", args=(wire,)))
        if wire in rules
        else short(wire)
        for wire in found.rules
    ]
    facts = [
        Fact(_("State"), badge(found.state)),
        Fact(_("Amount"), money(found.amount)),
        Fact(_("Why it is suspicious"), lines(found.reasons)),
        Fact(_("Which rules spoke"), lines(spoke) if spoke else "—"),
        Fact(_("Customer"), _customer(customer.name, found.customer_id, visitor)),
        Fact(_("Level"), words(customer.level)),
        Fact(_("Customer since"), instant(customer.created_at)),
        Fact(_("When"), instant(found.created_at)),
        Fact(_("Order"), _order(found.reference)),
    ]
    if found.decided_at is not None:
        who = names.actor(found.decided_by, names.staff_names())
        facts += [
            Fact(_("Decided"), instant(found.decided_at)),
            Fact(_("By"), who),
            Fact(_("What was found"), found.note or "—"),
        ]
    return [*facts, Fact(_("Identifier"), code(encode(CASE_PREFIX, found.id)))]


def _customer(name: str, customer_id: UUID, _visitor: Principal) -> Shown:
    return lines([name, short(customer_wire(customer_id))])


def _order(reference: UUID | None) -> Shown:
    if reference is None:
        return _("none: it was refused at once, and can be tried again")
    try:
        order: Order = orders.get_order(order_id=reference)
    except NotFound:
        return code(str(reference))
    return lines([badge(order.state), short(order.wire_id)])


def _cases(name: str, title: str, found: Any, *, empty: str, older: str = "") -> Table:
    known = names.customers({one.customer_id for one in found})
    return Table(
        name=name,
        title=title,
        columns=columns(
            _("What"),
            _("Customer"),
            _("Why"),
            _("When"),
            _("State"),
            _("Amount"),
            amounts=(_("Amount"),),
        ),
        rows=[_row(one, known) for one in found],
        empty=empty,
        older=older,
    )


def _row(one: Case, known: Any) -> list[Shown]:
    url = reverse("console:desk-case", args=(encode(CASE_PREFIX, one.id),))
    reasons = list(one.reasons)
    return [
        link(words(one.operation).capitalize(), url),
        known.get(one.customer_id, ""),
        lines(reasons) if reasons else quiet("—"),
        instant(one.created_at),
        badge(one.state),
        money(one.amount),
    ]
