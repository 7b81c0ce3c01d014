"""The queue of what rules against fraud hold: read the facts, release or reject."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk import names
from fondaco.console.desk.acting import Act, Outcome, act_on, shown
from fondaco.console.desk.fields import NOTE_MAX, choices
from fondaco.console.desk.showing import (
    Board,
    Fact,
    Shown,
    Table,
    Way,
    badge,
    code,
    columns,
    lines,
    link,
    pieces,
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
    totals_of,
)
from fondaco.console.operator.naming import customer_url, order_url
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant, money, words
from fondaco.identity.queries import get_customer, get_customers
from fondaco.identity.types import customer_wire
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import encode
from fondaco.kit.paging import Page as Rows
from fondaco.money import Money
from fondaco.operators.rights import Right
from fondaco.orders import queries as orders
from fondaco.orders.types import Order
from fondaco.policies.actions import risk as actions
from fondaco.policies.queries import risk as queries
from fondaco.policies.queries.rules import list_fraud_rules
from fondaco.policies.rows import fraud_rule_wire
from fondaco.policies.states import CaseState
from fondaco.policies.types import CASE_PREFIX, Case

_BEFORE: Final = 10
"""So many earlier cases of the same customer are shown beside one."""


class DecisionForm(Asking):
    """Take why."""

    note = forms.CharField(
        label=gettext_lazy("What you found"),
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@dataclass(frozen=True, slots=True)
class CaseRow:
    """Show a case with its customer's name."""

    case: Case
    name: str


def _fetch(asked: Asked, after: str | None, limit: int) -> Rows[CaseRow]:
    state = asked.get("state")
    found = queries.list_cases(
        state=CaseState(state) if state else None,
        customer_id=names.read_customer(asked.get("customer") or ""),
        since=asked.since,
        until=asked.until,
        after=page_by_cursor(after),
        limit=limit,
    )
    known = get_customers({one.customer_id for one in found.items})
    return Rows([CaseRow(one, known[one.customer_id].name) for one in found.items], found.next)


def _sums(asked: Asked) -> list[tuple[int, Money]]:
    state = asked.get("state")
    return queries.sum_cases(
        state=CaseState(state) if state else None,
        customer_id=names.read_customer(asked.get("customer") or ""),
        since=asked.since,
        until=asked.until,
    )


CASES: Final = OperatorList[CaseRow](
    name="risk-cases",
    title=gettext_lazy("Fraud queue"),
    fetch=_fetch,
    totals=totals_of(_sums, gettext_lazy("Suspicious")),
    columns=(
        Column("when", gettext_lazy("When"), lambda row: row.case.created_at),
        Column(
            "operation",
            gettext_lazy("What"),
            lambda row: words(row.case.operation).capitalize(),
            link=lambda row: case_url(row.case),
        ),
        Column("customer", gettext_lazy("Customer"), lambda row: row.name),
        Column("reasons", gettext_lazy("Why"), lambda row: "; ".join(row.case.reasons)),
        Column(
            "state",
            gettext_lazy("State"),
            lambda row: Badge(words(row.case.state), tone_of(row.case.state)),
        ),
        Column("amount", gettext_lazy("Amount"), lambda row: row.case.amount, is_money=True),
    ),
    choices=(
        Choice("state", gettext_lazy("State"), choices(CaseState), default=CaseState.WAITING.value),
        Choice("customer", gettext_lazy("Customer (cus_…)")),
    ),
    empty=gettext_lazy("Nothing waits for you."),
)


@page(*STAFF, right=Right.RISK_READ, methods="GET HEAD POST")
def queue(request: HttpRequest, visitor: Principal) -> Answer:
    """List cases, newest first; those that wait, unless told."""
    return show_list(
        request,
        visitor,
        CASES,
        template="desk/list.html",
        lead=_("What rules against fraud found suspicious. An order waits until you decide."),
        ways=[Way(reverse("console:desk-fraud-rules"), _("Rules against fraud"))],
    )


def case_url(one: Case) -> str:
    """Give the address of a case's page."""
    return reverse("console:desk-case", args=(encode(CASE_PREFIX, one.id),))


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
        Fact(_("Order"), _order(found.reference, visitor)),
    ]
    if found.decided_at is not None:
        who = names.actor(found.decided_by, names.staff_names())
        facts += [
            Fact(_("Decided"), instant(found.decided_at)),
            Fact(_("By"), who),
            Fact(_("What was found"), found.note or "—"),
        ]
    return [*facts, Fact(_("Identifier"), code(encode(CASE_PREFIX, found.id)))]


def _customer(name: str, customer_id: UUID, visitor: Principal) -> Shown:
    shown_as = f"{name} {customer_wire(customer_id)[-6:]}"
    if not visitor.can(Right.CUSTOMERS_READ):
        return shown_as
    return link(shown_as, customer_url(customer_id))


def _order(reference: UUID | None, visitor: Principal) -> Shown:
    if reference is None:
        return _("none: it was refused at once, and can be tried again")
    try:
        order: Order = orders.get_order(order_id=reference)
    except NotFound:
        return code(str(reference))
    return pieces(badge(order.state), _order_link(order, visitor))


def _order_link(order: Order, visitor: Principal) -> Shown:
    if not visitor.can(Right.WALLETS_READ):
        return short(order.wire_id)
    return link(order.wire_id, order_url(order.id))


def _cases(name: str, title: str, found: Any, *, empty: str) -> Table:
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
    )


def _row(one: Case, known: Any) -> list[Shown]:
    reasons = list(one.reasons)
    return [
        link(words(one.operation).capitalize(), case_url(one)),
        known.get(one.customer_id, ""),
        lines(reasons) if reasons else quiet("—"),
        instant(one.created_at),
        badge(one.state),
        money(one.amount),
    ]
