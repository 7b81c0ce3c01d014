"""``/orders``: everything that one has ordered, whatever its kind."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.kit.access import require, require_customer
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Currency, Text
from fondaco.orders import kinds, queries
from fondaco.orders.shapes import (
    CallbackOut,
    CallbacksOut,
    OrderFileOut,
    OrderOut,
    OrderStepOut,
    OrderWireId,
)
from fondaco.orders.states import OrderState
from fondaco.orders.types import OrderFilter

router = Router(tags=["orders"])


class OrderPaging(Paging):
    """Narrow a list of orders."""

    kind: Annotated[Text, Field(max_length=40)] | None = None
    state: OrderState | None = None
    currency: Currency | None = None
    since: datetime | None = Field(default=None, alias="from")
    until: datetime | None = Field(default=None, alias="to")


@router.get("")
def list_orders(request: HttpRequest, paging: Query[OrderPaging]) -> Listing[OrderOut]:
    """List one's orders of all kinds, newest first."""
    customer_id = require_customer(require(principal(request), "orders:read"))
    narrow = OrderFilter(
        kind=paging.kind,
        state=paging.state,
        asset=paging.currency,
        since=paging.since,
        until=paging.until,
    )
    return paged(
        paging,
        lambda after, limit: queries.list_orders(
            customer_id=customer_id, narrow=narrow, after=after, limit=limit
        ),
        OrderOut.of,
    )


@router.get("/{order_id}")
def show_order(request: HttpRequest, order_id: OrderWireId) -> OrderFileOut:
    """Show one of one's orders with all its moves."""
    customer_id = require_customer(require(principal(request), "orders:read"))
    order = queries.get_order(order_id=order_id, customer_id=customer_id)
    return OrderFileOut(
        order=OrderOut.of(order),
        steps=[OrderStepOut.of(step) for step in queries.list_steps(order_id=order.id)],
        can_cancel=kinds.can_cancel(order),
        can_repeat=kinds.can_repeat(order),
    )


@router.get("/{order_id}/callbacks")
def list_callbacks(request: HttpRequest, order_id: OrderWireId) -> CallbacksOut:
    """List what was or will be sent to the order's callback address."""
    customer_id = require_customer(require(principal(request), "orders:read"))
    order = queries.get_order(order_id=order_id, customer_id=customer_id)
    callbacks = queries.list_callbacks(order_id=order.id)
    return CallbacksOut(items=[CallbackOut.of(callback) for callback in callbacks])
