"""Orders of portfolios, and what each of them did."""

from typing import Final

from django.http import HttpRequest
from django.utils.translation import gettext

from fondaco.console.asking import customer_of
from fondaco.console.invest.places import CUSTOMERS, SEE, wire
from fondaco.console.pages import Answer, Page, page
from fondaco.investing.actions.orders import KIND
from fondaco.investing.queries.activities import list_of_order
from fondaco.kit.access import Principal
from fondaco.kit.errors import NotFound
from fondaco.kit.paging import Cursor
from fondaco.orders.queries import get_order, list_orders, list_steps
from fondaco.orders.types import PREFIX, OrderFilter
from fondaco.wallets.actions.movements import refusal_of_order

PER_PAGE: Final = 25


@page(*CUSTOMERS, right=SEE)
def orders(request: HttpRequest, visitor: Principal) -> Answer:
    """List orders, newest first."""
    after = request.GET.get("after")
    found = list_orders(
        customer_id=customer_of(visitor),
        narrow=OrderFilter(kind=KIND),
        after=Cursor.decode(after) if after else None,
        limit=PER_PAGE,
    )
    shown = {
        "title": gettext("Orders"),
        "orders": found.items,
        "older": f"{request.path}?after={found.next}" if found.next else "",
        "newest": request.path if after else "",
    }
    return Page("invest/orders.html", shown)


@page(*CUSTOMERS, right=SEE)
def order(request: HttpRequest, visitor: Principal, order: str) -> Answer:
    """Show an order with all that it did."""
    found = get_order(order_id=wire(PREFIX, order), customer_id=customer_of(visitor))
    if found.kind != KIND:
        raise NotFound
    shown = {
        "title": gettext("Order"),
        "order": found,
        "fills": list_of_order(order_id=found.id),
        "steps": list_steps(order_id=found.id),
        "refusal": refusal_of_order(found),
        "done": request.GET.get("done", ""),
    }
    return Page("invest/order.html", shown)
