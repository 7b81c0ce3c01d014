"""Lock and move many orders with one statement for each table."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from django.db import connection

from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.django.arrays import plain_array, text_array
from fondaco.kit.ids import encode
from fondaco.kit.lifecycle import IllegalMove
from fondaco.orders import models
from fondaco.orders.callbacks import write_callback
from fondaco.orders.events import OrderMoved
from fondaco.orders.queries import describe
from fondaco.orders.states import ORDER_LIFE, OrderState
from fondaco.orders.types import Order

_MOVE = """
    WITH given AS (
        SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[]) WITH ORDINALITY
            AS one (id, state, note, position)
    ), moved AS (
        UPDATE orders_order AS o SET state = %s, updated_at = %s
        FROM given WHERE o.id = given.id AND o.state = given.state
        RETURNING o.id
    )
    INSERT INTO orders_orderstep (subject_id, state_from, state_to, at, by, note)
    SELECT given.id, given.state, %s, %s, %s, given.note
    FROM given JOIN moved USING (id) ORDER BY position
"""


def lock_orders(order_ids: Collection[UUID], /, *, skip_busy: bool = False) -> list[Order]:
    """Lock orders in the order of their ids until the transaction ends; gives them as they are.

    :param skip_busy: leave out those that somebody else has locked, instead of waiting for them
    """
    rows = models.Order.objects.filter(id__in=list(order_ids)).order_by("id")
    return [describe(row) for row in rows.select_for_update(skip_locked=skip_busy, no_key=True)]


def move_orders(
    orders: Sequence[Order],
    /,
    *,
    to: OrderState,
    by: Actor,
    reasons: Sequence[str] | None = None,
) -> list[Order]:
    """Move locked orders to one state, with their history rows, callbacks and events.

    :param reasons: one for each order; none: none is told
    :raises IllegalMove: one of them cannot go there, or has moved meanwhile; none is moved then
    """
    if not orders:
        return []
    for order in orders:
        ORDER_LIFE.check(order.state, to)
    told = list(reasons or [""] * len(orders))
    at = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVE,
            [
                plain_array(order.id for order in orders),
                text_array(order.state.value for order in orders),
                text_array(told),
                to.value,
                at,
                to.value,
                at,
                str(by),
            ],
        )
        if cursor.rowcount != len(orders):
            raise IllegalMove("Somebody else has changed one of these meanwhile.")
        happened = [
            OrderMoved(
                order=order.wire_id,
                kind=order.kind,
                customer=encode("cus", order.customer_id),
                source=order.state.value,
                target=to.value,
                reason=reason,
            )
            for order, reason in zip(orders, told, strict=True)
        ]
        events.insert(cursor, [events.row(one, by=by, at=at) for one in happened])
    moved = [replace(order, state=to, updated_at=at) for order in orders]
    for order in moved:
        write_callback(order)
    return moved
