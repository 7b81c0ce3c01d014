"""Batches of orders that are covered together: the list, and one with what may be done when it is stuck."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from fondaco.console.deeds import Deed, ReasonForm, is_refused, perform_or_offer
from fondaco.console.desk.showing import Way
from fondaco.console.lists import (
    Asked,
    Choice,
    Column,
    OperatorList,
    page_by_cursor,
    show_list,
    totals_of,
)
from fondaco.console.operator.entrance import staff_page
from fondaco.console.operator.facts import Fact
from fondaco.console.operator.naming import batch_url, id_from, order_url
from fondaco.console.operator.tones import badge_of
from fondaco.console.pages import Answer, GoTo, Page
from fondaco.console.templatetags.console import words
from fondaco.exchange.actions import desk_work
from fondaco.exchange.queries import covers, orders
from fondaco.exchange.states import BATCH_LIFE, BatchState
from fondaco.exchange.types import BATCH, Batch, BatchId
from fondaco.kit.access import Principal
from fondaco.kit.paging import Page as Rows
from fondaco.money import Money
from fondaco.operators.rights import Right

_COVERS_MAX: Final = 200
_DONE: Final = {
    "retry": _("It is being covered again."),
    "give-up": _("It is over: whoever could not be served got his money back."),
}


def _fetch(asked: Asked, after: str | None, limit: int) -> Rows[Batch]:
    state = asked.get("state")
    return covers.list_batches(
        state=BatchState(state) if state else None,
        period=(asked.since, asked.until),
        after=page_by_cursor(after),
        limit=limit,
    )


def _sums(asked: Asked) -> list[tuple[int, Money]]:
    state = asked.get("state")
    return covers.sum_batches(
        state=BatchState(state) if state else None, period=(asked.since, asked.until)
    )


BATCHES: Final = OperatorList[Batch](
    name="batches",
    title=_("Batches"),
    columns=(
        Column("symbol", _("Pair"), lambda one: one.symbol, link=lambda one: batch_url(one.id)),
        Column("state", _("State"), lambda one: badge_of(one.state)),
        Column("orders", _("Orders"), lambda one: one.orders_count),
        Column("base", _("To cover"), lambda one: Money(one.base_minor, one.base), is_money=True),
        Column("closed", _("Closed"), lambda one: one.created_at),
        Column("ended", _("Ended"), lambda one: one.ended_at),
    ),
    fetch=_fetch,
    totals=totals_of(_sums, _("To cover")),
    choices=(
        Choice("state", _("State"), [(one.value, _(words(one.value))) for one in BatchState]),
    ),
    empty=_("No batch was closed yet. Open ones are the orders that still wait."),
)


@staff_page(right=Right.EXCHANGE_READ, methods="GET HEAD POST")
def batches(request: HttpRequest, visitor: Principal) -> Answer:
    """List closed batches."""
    ways = [
        Way(reverse("console:operator-coverings"), _("Orders at venues")),
        Way(reverse("console:operator-positions"), _("Positions")),
        Way(reverse("console:operator-gains"), _("Gains")),
    ]
    return show_list(request, visitor, BATCHES, template="desk/list.html", ways=ways)


@staff_page(right=Right.EXCHANGE_READ, methods="GET HEAD POST")
def batch(request: HttpRequest, visitor: Principal, reference: str) -> Answer:
    """Show a batch with its orders and covering orders."""
    shown = covers.get_batch(batch_id=id_from(BATCH, reference))
    offered = perform_or_offer(request, visitor, _deeds(shown))
    if isinstance(offered, GoTo):
        return offered
    found = covers.list_coverings(batch_id=shown.id, limit=_COVERS_MAX).items
    facts: dict[str, Any] = {
        "title": shown.symbol,
        "badge": badge_of(shown.state),
        "facts": [
            Fact(_("To cover"), Money(shown.base_minor, shown.base)),
            Fact(_("Orders"), shown.orders_count),
            Fact(_("Closed because of"), _(words(shown.closed_by))),
            Fact(_("Closed"), shown.created_at),
            Fact(_("Ended"), shown.ended_at or _("not yet")),
            Fact(_("Number"), shown.wire_id, is_code=True),
        ],
        "orders": [
            (one, order_url(one.order.id), badge_of(one.order.state))
            for one in orders.list_of_batch(batch_id=shown.id)
        ],
        "coverings": [(one, badge_of(one.state)) for one in found],
        "offered": offered,
        "done": _DONE.get(request.GET.get("done", "")),
    }
    return Page("operator/batch.html", facts, 422 if is_refused(offered) else 200)


def _deeds(shown: Batch) -> Iterator[Deed]:
    def retried(given: Mapping[str, Any], visitor: Principal) -> object:
        return desk_work.retry_batch(
            batch_id=BatchId(shown.id), reason=given["reason"], by=visitor.actor
        )

    def given_up(given: Mapping[str, Any], visitor: Principal) -> object:
        return desk_work.give_up_batch(
            batch_id=BatchId(shown.id), reason=given["reason"], by=visitor.actor
        )

    if BATCH_LIFE.allows(shown.state, BatchState.COVERING):
        yield Deed(
            name="retry",
            label=_("Cover it again"),
            right=Right.EXCHANGE_CLOSE,
            form=ReasonForm,
            act=retried,
        )
    if BATCH_LIFE.allows(shown.state, BatchState.FAILED):
        yield Deed(
            name="give-up",
            label=_("Give it up"),
            hint=_("Whose coins were not bought gets his money back."),
            right=Right.EXCHANGE_CLOSE,
            form=ReasonForm,
            act=given_up,
            is_danger=True,
        )
