"""Orders: where each stands, how it came there, and what its customer may do about it."""

from collections.abc import Callable
from typing import Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as tell, gettext_lazy as said

from fondaco.console.asking import Refused, customer_of, refused_as
from fondaco.console.forms import Asking
from fondaco.console.money.fields import (
    CUSTOMERS,
    PER_PAGE,
    date_field,
    day_begins,
    day_ends,
    id_in_path,
)
from fondaco.console.money.wallets import older_url
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.console.states import STATES
from fondaco.exchange.actions import cancelling
from fondaco.exchange.queries.orders import describe
from fondaco.exchange.types import OrderKindName
from fondaco.kit.access import Principal, require
from fondaco.kit.paging import Cursor
from fondaco.orders import kinds, queries
from fondaco.orders.states import ORDER_LIFE, OrderState
from fondaco.orders.types import PREFIX, Order, OrderFilter
from fondaco.wallets.actions import cashouts, movements

KINDS: Final = {
    OrderKindName.PURCHASE.value: said("Purchase"),
    OrderKindName.EXCHANGE.value: said("Exchange"),
    movements.KIND: said("Payment"),
    cashouts.KIND: said("Cash-out"),
}
_EXCHANGES: Final = frozenset(one.value for one in OrderKindName)


class OrdersForm(forms.Form):
    """Narrow a list of orders."""

    kind = forms.ChoiceField(
        label=said("Kind"), choices=[("", said("All")), *KINDS.items()], required=False
    )
    state = forms.ChoiceField(
        label=said("State"),
        choices=[
            ("", said("All")),
            *((one.value, STATES[one.value][1]) for one in OrderState),
        ],
        required=False,
    )
    since = date_field(label=said("From"))
    until = date_field(label=said("Until"))

    def to_filter(self) -> OrderFilter:
        """Give the filter; what is wrong narrows nothing."""
        given = self.cleaned_data if self.is_valid() else {}
        return OrderFilter(
            kind=given.get("kind") or None,
            state=OrderState(given["state"]) if given.get("state") else None,
            since=day_begins(given.get("since")),
            until=day_ends(given.get("until")),
        )


@page(*CUSTOMERS, right="orders:read")
def orders(request: HttpRequest, visitor: Principal) -> Answer:
    """List one's orders of all kinds, newest first."""
    form, after = OrdersForm(request.GET or None), request.GET.get("after")
    found = queries.list_orders(
        customer_id=customer_of(visitor),
        narrow=form.to_filter(),
        after=Cursor.decode(after) if after else None,
        limit=PER_PAGE,
    )
    shown = {
        "title": tell("Orders"),
        "narrow": form,
        "is_narrowed": any(request.GET.get(name) for name in form.fields),
        "orders": [(one, KINDS.get(one.kind, one.kind)) for one in found.items],
        "older": older_url(request, found.next),
        "newest": request.path if after else "",
        "live": "orders",
    }
    return Page("money/orders.html", shown)


@page(*CUSTOMERS, right="orders:read", methods="GET HEAD POST")
def order(request: HttpRequest, visitor: Principal, reference: str) -> Answer:
    """Show one order with all its moves; it moves by itself until it is final."""
    customer_id = customer_of(visitor)
    shown = queries.get_order(order_id=id_in_path(PREFIX, reference), customer_id=customer_id)
    deed = request.POST.get("deed", "")
    form = Asking(request.POST or None)
    if request.method == "POST" and form.is_valid() and deed in _DEEDS:
        require(visitor, "wallets:spend")
        operation = f"orders.{deed}.{shown.id}"
        go = form.once(visitor, operation, lambda: _DEEDS[deed](shown, visitor))
        if go:
            return GoTo(go)
        shown = queries.get_order(order_id=shown.id, customer_id=customer_id)
    may_spend = visitor.can("wallets:spend")
    facts = {
        "title": KINDS.get(shown.kind, tell("Order")),
        "order": shown,
        "exchange": describe(shown) if shown.kind in _EXCHANGES else None,
        "steps": queries.list_steps(order_id=shown.id),
        "is_final": shown.state in ORDER_LIFE.final,
        "can_cancel": may_spend and kinds.can_cancel(shown),
        "can_repeat": may_spend and kinds.can_repeat(shown),
        "refusal": str(shown.details.get("refusal", "")),
        "form": form,
        "done": request.GET.get("done"),
        "live": "orders",
    }
    return Page("money/order.html", facts, 422 if form.is_bound else 200)


def url_of(order: Order) -> str:
    """Give an order's page."""
    return reverse("console:order", args=(order.wire_id,))


def _cancel(shown: Order, visitor: Principal) -> str:
    customer_id = customer_of(visitor)
    if shown.kind in _EXCHANGES:
        cancelling.cancel(
            order_id=shown.id,
            customer_id=customer_id,
            kind=OrderKindName(shown.kind),
            by=visitor.actor,
        )
    else:
        cashouts.cancel_cash_out(order_id=shown.id, customer_id=customer_id, by=visitor.actor)
    return f"{url_of(shown)}?done=cancelled"


def _repeat(shown: Order, visitor: Principal) -> Refused | str:
    customer_id = customer_of(visitor)
    if shown.kind in _EXCHANGES:
        made = cancelling.repeat(
            order_id=shown.id,
            customer_id=customer_id,
            kind=OrderKindName(shown.kind),
            by=visitor.actor,
        ).order
    else:
        made = movements.repeat_movement(
            order_id=shown.id, customer_id=customer_id, amount=None, by=visitor.actor
        )
    refusal = movements.refusal_of_order(made)
    return f"{url_of(made)}?done=placed" if refusal is None else refused_as(refusal)


_DEEDS: Final[dict[str, Callable[[Order, Principal], Refused | str]]] = {
    "cancel": _cancel,
    "repeat": _repeat,
}
