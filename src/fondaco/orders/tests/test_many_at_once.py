"""Orders that are opened, locked and moved many at once."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection, transaction

from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.ids import uuid7
from fondaco.kit.lifecycle import IllegalMove
from fondaco.money import Asset, Money
from fondaco.orders import moving, opening, queries
from fondaco.orders.opening import Opened
from fondaco.orders.states import OrderState
from fondaco.orders.tests.test_orders import KIND, new_customer
from fondaco.orders.types import NewOrder, Order, OrderId

pytestmark = pytest.mark.usefixtures("tenant")

USD = Asset("USD", 2)
HARD = 'a "quoted" \\ word, {braces} and NULL'


def opened(state: OrderState, *, url: str = "", reason: str = "") -> Opened:
    ask = NewOrder(
        kind=KIND,
        customer_id=new_customer(),
        amount=Money(10**39 - 1, USD),
        fee=Money(7, USD),
        comment=HARD,
        callback_url=url,
        details={"note": HARD, "row": 2},
    )
    return Opened(
        id=OrderId(uuid7()), ask=ask, state=state, by=SYSTEM, reference=uuid7(), reason=reason
    )


def open_all(*asked: Opened) -> list[Order]:
    with transaction.atomic():
        return opening.open_orders(list(asked), at=clock.now())


def told_of(order: Order) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT type, data FROM kit_event WHERE subject = %s ORDER BY seq", [order.wire_id]
        )
        return [(name, json.loads(data)) for name, data in cursor.fetchall()]


def steps_of(order: Order) -> Sequence[tuple[str, str]]:
    return [(one.state.value, one.note) for one in queries.list_steps(order_id=order.id)]


class TestOpenOrders:
    def test_writes_each_as_it_would_be_written_alone(self) -> None:
        made = open_all(opened(OrderState.AGGREGATED), opened(OrderState.CLOSED))
        assert [queries.get_order(order_id=one.id) for one in made] == made
        assert [one.comment for one in made] == [HARD, HARD]

    def test_keeps_both_steps_and_the_reason(self) -> None:
        (order,) = open_all(opened(OrderState.ERROR, reason="insufficient_funds"))
        assert steps_of(order) == [("new", ""), ("error", "insufficient_funds")]

    def test_tells_of_the_opening_and_of_the_move(self) -> None:
        (order,) = open_all(opened(OrderState.IN_PROGRESS))
        (first, _), (second, data) = told_of(order)
        assert (first, second) == ("orders.order.opened", "orders.order.moved")
        assert (data["source"], data["target"]) == ("new", "in_progress")

    def test_notes_a_callback_only_where_an_address_was_given(self) -> None:
        plain, called = open_all(
            opened(OrderState.CLOSED), opened(OrderState.CLOSED, url="http://shop.example/hook")
        )
        assert queries.list_callbacks(order_id=plain.id) == []
        (callback,) = queries.list_callbacks(order_id=called.id)
        assert callback.state is OrderState.CLOSED

    def test_writes_none_when_one_cannot_go_there(self) -> None:
        good, bad = opened(OrderState.CLOSED), opened(OrderState.EXPIRED)
        with pytest.raises(IllegalMove):
            open_all(good, bad)
        assert queries.get_orders([good.id, bad.id]) == {}

    def test_of_nothing_writes_nothing(self) -> None:
        assert open_all() == []


class TestMoveOrders:
    def test_moves_all_with_steps_events_and_callbacks(self) -> None:
        made = open_all(
            opened(OrderState.AGGREGATED),
            opened(OrderState.IN_PROGRESS, url="http://shop.example/hook"),
        )
        with transaction.atomic():
            locked = moving.lock_orders([one.id for one in made])
            moved = moving.move_orders(
                locked, to=OrderState.WAITING_FOR_OPERATOR, by=SYSTEM, reasons=["a", "b"]
            )
        assert {one.state for one in moved} == {OrderState.WAITING_FOR_OPERATOR}
        assert [steps_of(one)[-1] for one in moved] == [
            ("waiting_for_operator", "a"),
            ("waiting_for_operator", "b"),
        ]
        assert [told_of(one)[-1][1]["reason"] for one in moved] == ["a", "b"]
        assert len(queries.list_callbacks(order_id=made[1].id)) == 2

    def test_moves_none_when_the_table_forbids_one(self) -> None:
        free, closed = open_all(opened(OrderState.AGGREGATED), opened(OrderState.CLOSED))
        with pytest.raises(IllegalMove), transaction.atomic():
            moving.move_orders([free, closed], to=OrderState.IN_PROGRESS, by=SYSTEM)
        assert queries.get_order(order_id=free.id).state is OrderState.AGGREGATED

    def test_moves_none_when_one_has_moved_meanwhile(self) -> None:
        made = open_all(opened(OrderState.AGGREGATED), opened(OrderState.AGGREGATED))
        with transaction.atomic():
            moving.move_orders(made[1:], to=OrderState.IN_PROGRESS, by=SYSTEM)
        with pytest.raises(IllegalMove), transaction.atomic():
            moving.move_orders(made, to=OrderState.CANCELLED, by=SYSTEM)
        assert queries.get_order(order_id=made[0].id).state is OrderState.AGGREGATED
        assert steps_of(made[0]) == [("new", ""), ("aggregated", "")]
