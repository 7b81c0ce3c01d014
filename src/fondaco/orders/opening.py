"""Write many orders at once that already stand somewhere: one statement for each table, however many.

Orders whose money moves or is held in the very transaction that opens them come this way: by the time they
are written it is known how the books took it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final
from uuid import UUID

from django.db import connection

from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.django.arrays import plain_array, text_array
from fondaco.kit.django.events import EventRow
from fondaco.kit.ids import encode
from fondaco.orders.callbacks import write_callback
from fondaco.orders.events import OrderMoved, OrderOpened
from fondaco.orders.states import ORDER_LIFE, OrderState
from fondaco.orders.types import NewOrder, Order, OrderId

_to_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

_INSERT: Final = """
    WITH given AS (
        SELECT * FROM unnest(
            %s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::numeric[], %s::numeric[],
            %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::text[]
        ) AS one (id, kind, state, customer, asset, amount, fee, comment, url, repeats, reference, details)
    ), written AS (
        INSERT INTO orders_order (id, kind, state, customer_id, asset, amount_minor, fee_minor, comment,
            callback_url, repeats_id, reference, details, created_at, updated_at)
        SELECT id, kind, state, customer, asset, amount, fee, comment, url, repeats, reference,
               details::jsonb, %s, %s
        FROM given
    )
    INSERT INTO orders_orderstep (subject_id, state_from, state_to, at, by, note)
    SELECT subject, state_from, state_to, %s, by, note
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[]) WITH ORDINALITY
        AS step (subject, state_from, state_to, by, note, position)
    ORDER BY position
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Describe an order that is opened and has moved on at once."""

    id: OrderId
    ask: NewOrder
    state: OrderState
    """Where it stands; reached from ``new`` by one move."""
    by: Actor
    reference: UUID | None = None
    reason: str = ""


def open_orders(opened: Sequence[Opened], /, *, at: datetime) -> list[Order]:
    """Write orders with their two steps and events, in the caller's transaction.

    The caller has checked kinds and callback addresses.

    :raises IllegalMove: a new order cannot go there
    """
    if not opened:
        return []
    for one in opened:
        ORDER_LIFE.check(OrderState.NEW, one.state)
    steps = [step for one in opened for step in _steps(one)]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                plain_array(one.id for one in opened),
                text_array(one.ask.kind for one in opened),
                text_array(one.state.value for one in opened),
                plain_array(one.ask.customer_id for one in opened),
                text_array(str(one.ask.amount.asset) for one in opened),
                plain_array(one.ask.amount.minor for one in opened),
                plain_array(one.ask.fee.minor for one in opened),
                text_array(one.ask.comment for one in opened),
                text_array(one.ask.callback_url for one in opened),
                plain_array(one.ask.repeats_id or "NULL" for one in opened),
                plain_array(one.reference or "NULL" for one in opened),
                text_array(_to_json(dict(one.ask.details)) for one in opened),
                at,
                at,
                at,
                plain_array(one.id for one, _, _ in steps),
                text_array(before for _, before, _ in steps),
                text_array(after for _, _, after in steps),
                text_array(str(one.by) for one, _, _ in steps),
                text_array(one.reason if before else "" for one, before, _ in steps),
            ],
        )
        events.insert(cursor, [row for one in opened for row in _events(one, at)])
    orders = [_order(one, at) for one in opened]
    for order in orders:
        write_callback(order)
    return orders


def _steps(one: Opened) -> Iterator[tuple[Opened, str, str]]:
    for before, after in pairwise(("", OrderState.NEW.value, one.state.value)):
        yield one, before, after


def _events(one: Opened, at: datetime) -> Iterator[EventRow]:
    order, customer = encode("ord", one.id), encode("cus", one.ask.customer_id)
    opened = OrderOpened(
        order=order,
        kind=one.ask.kind,
        customer=customer,
        amount=one.ask.amount,
        fee=one.ask.fee,
    )
    moved = OrderMoved(
        order=order,
        kind=one.ask.kind,
        customer=customer,
        source=OrderState.NEW.value,
        target=one.state.value,
        reason=one.reason,
    )
    yield events.row(opened, by=one.by, at=at)
    yield events.row(moved, by=one.by, at=at)


def _order(one: Opened, at: datetime) -> Order:
    ask = one.ask
    return Order(
        id=one.id,
        kind=ask.kind,
        state=one.state,
        customer_id=ask.customer_id,
        amount=ask.amount,
        fee=ask.fee,
        comment=ask.comment,
        callback_url=ask.callback_url,
        repeats_id=ask.repeats_id,
        reference=one.reference,
        details=ask.details,
        created_at=at,
        updated_at=at,
    )
