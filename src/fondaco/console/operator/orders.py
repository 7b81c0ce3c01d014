"""Orders of every kind: the list, and one with its history and what may be done about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from fondaco.console.deeds import is_refused, perform_or_offer
from fondaco.console.lists import (
    Asked,
    Choice,
    Column,
    OperatorList,
    Total,
    page_by_cursor,
    show_list,
)
from fondaco.console.operator.entrance import staff_page
from fondaco.console.operator.naming import customer_url, id_from, name_of, order_url
from fondaco.console.operator.order_deeds import DONE, deeds_of, seen_kinds
from fondaco.console.operator.order_facts import facts_of
from fondaco.console.operator.tones import badge_of
from fondaco.console.pages import Answer, GoTo, Page
from fondaco.console.templatetags.console import words
from fondaco.identity.queries import find_customer_by_identifier, get_customers
from fondaco.identity.types import CUSTOMER_PREFIX, Customer
from fondaco.kit.access import Principal
from fondaco.kit.errors import Forbidden
from fondaco.kit.ids import InvalidId, decode
from fondaco.kit.paging import Page as Rows
from fondaco.orders import queries
from fondaco.orders.kinds import kinds
from fondaco.orders.states import OrderState
from fondaco.orders.types import PREFIX, Order, OrderFilter

OLDEST: Final = "oldest"
_NOBODY: Final = UUID(int=0)
Whose = Callable[[str | None], UUID | None]


@dataclass(frozen=True, slots=True)
class OrderRow:
    """Show an order with its customer."""

    order: Order
    customer: Customer | None


def _narrow(asked: Asked, seen: frozenset[str]) -> OrderFilter:
    state = asked.get("state")
    return OrderFilter(
        kind=asked.get("kind"),
        kinds=seen,
        state=OrderState(state) if state else None,
        asset=(asked.get("currency") or "").upper() or None,
        since=asked.since,
        until=asked.until,
        text=asked.text or None,
    )


def _whose(named: str | None) -> UUID | None:
    """Give the customer whom the filter names by identifier or e-mail; nobody where there is no such one."""
    if named is None:
        return None
    try:
        return decode(CUSTOMER_PREFIX, named)
    except InvalidId:
        found = find_customer_by_identifier(named)
        return found.id if found else _NOBODY


def _fetch(
    seen: frozenset[str], whose: Whose, asked: Asked, after: str | None, limit: int
) -> Rows[OrderRow]:
    page = queries.list_orders(
        customer_id=whose(asked.get("customer")),
        narrow=_narrow(asked, seen),
        after=page_by_cursor(after),
        limit=limit,
        oldest_first=asked.sort == OLDEST,
    )
    customers = get_customers(order.customer_id for order in page.items)
    return Rows([OrderRow(one, customers.get(one.customer_id)) for one in page.items], page.next)


def _totals(seen: frozenset[str], whose: Whose, asked: Asked) -> Sequence[Total]:
    sums = queries.sum_orders(customer_id=whose(asked.get("customer")), narrow=_narrow(asked, seen))
    return [Total(one.count, [(_("Ordered"), one.amount), (_("Fees"), one.fee)]) for one in sums]


_COLUMNS: Final[Sequence[Column[OrderRow]]] = (
    Column("when", _("When"), lambda row: row.order.created_at),
    Column(
        "order",
        _("Order"),
        lambda row: words(row.order.kind).capitalize(),
        link=lambda row: order_url(row.order.id),
    ),
    Column(
        "customer",
        _("Customer"),
        lambda row: name_of(row.customer),
        link=lambda row: customer_url(row.order.customer_id),
    ),
    Column("state", _("State"), lambda row: badge_of(row.order.state)),
    Column("amount", _("Amount"), lambda row: row.order.amount, is_money=True),
    Column("fee", _("Fee"), lambda row: row.order.fee, is_money=True),
)


def list_of(seen: frozenset[str]) -> OperatorList[OrderRow]:
    """Describe the list of those kinds of order that somebody may see."""
    whose = cache(_whose)  # rows and totals of one page look for the same customer
    return OperatorList(
        name="orders",
        title=_("Orders"),
        columns=_COLUMNS,
        fetch=partial(_fetch, seen, whose),
        totals=partial(_totals, seen, whose),
        choices=(
            Choice("kind", _("Kind"), [(one, words(one).capitalize()) for one in sorted(seen)]),
            Choice("state", _("State"), [(one.value, words(one.value)) for one in OrderState]),
            Choice("currency", _("Currency")),
            Choice("customer", _("Customer (e-mail or number)")),
        ),
        searched=_("Comment"),
        sorts=(("", _("newest first")), (OLDEST, _("oldest first"))),
        empty=_("No customer has ordered anything yet."),
    )


@staff_page(methods="GET HEAD POST")
def orders(request: HttpRequest, visitor: Principal) -> Answer:
    """List all customers' orders of the kinds that the visitor may see."""
    return show_list(request, visitor, list_of(_seen(visitor)))


@staff_page(methods="GET HEAD POST")
def order(request: HttpRequest, visitor: Principal, reference: str) -> Answer:
    """Show one order with its history and the buttons that its state allows."""
    seen = _seen(visitor)
    shown = queries.get_order(order_id=id_from(PREFIX, reference))
    if shown.kind not in seen:
        raise Forbidden("This page is not among those that you may see.")
    offered = perform_or_offer(request, visitor, deeds_of(shown))
    if isinstance(offered, GoTo):
        return offered
    steps = queries.list_steps(order_id=shown.id)
    facts: dict[str, Any] = {
        "title": words(shown.kind).capitalize(),
        "order": shown,
        "badge": badge_of(shown.state),
        "steps": [(badge_of(step.state), step) for step in steps],
        "callbacks": queries.list_callbacks(order_id=shown.id),
        "facts": facts_of(shown),
        "offered": offered,
        "done": DONE.get(request.GET.get("done", "")),
    }
    return Page("operator/order.html", facts, 422 if is_refused(offered) else 200)


def _seen(visitor: Principal) -> frozenset[str]:
    seen = seen_kinds(visitor, frozenset(kinds()))
    if not seen:
        raise Forbidden("This page is not among those that you may see.")
    return seen
