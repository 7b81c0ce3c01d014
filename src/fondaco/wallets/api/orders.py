"""How an order that ended in a refusal is answered."""

from django.http import HttpRequest, HttpResponse

from fondaco.kit.django.api import problems
from fondaco.orders.shapes import OrderOut
from fondaco.orders.types import Order
from fondaco.wallets.actions.movements import refusal_of_order


def answer_order(request: HttpRequest, order: Order) -> OrderOut | HttpResponse:
    """Show the order; for one in the state ``error`` the problem: order and attempt stay in the books."""
    refusal = refusal_of_order(order)
    return OrderOut.of(order) if refusal is None else problems.respond(request, refusal)
