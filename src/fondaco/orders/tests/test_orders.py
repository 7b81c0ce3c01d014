"""Headers, histories and callbacks of orders."""

from uuid import UUID, uuid4

import pytest
from django.db import transaction

from fondaco.identity import actions as identity
from fondaco.identity.states import CustomerKind
from fondaco.identity.types import NewCustomer
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.kit.ids import uuid7
from fondaco.kit.lifecycle import IllegalMove
from fondaco.kit.paging import Cursor
from fondaco.money import Asset, Money
from fondaco.orders import actions, kinds, models, queries
from fondaco.orders.kinds import OrderKind, OrderNotRepeatable
from fondaco.orders.states import ORDER_LIFE, OrderState
from fondaco.orders.types import NewOrder, Order, OrderFilter

pytestmark = pytest.mark.usefixtures("tenant")

USD = Asset("USD", 2)
KIND = "test_order"
kinds.register(
    OrderKind(name=KIND, cancels_from=frozenset({OrderState.WAITING_FOR_OPERATOR}), repeats=True)
)
kinds.register(OrderKind(name="test_plain"))


def new_customer() -> UUID:
    registered = identity.register(
        ask=NewCustomer(
            kind=CustomerKind.CLIENT,
            password="violet-harbour-27-lanterns",
            first_name="Ada",
            last_name="Orders",
            email=f"{uuid4().hex}@example.com",
        )
    )
    return registered.customer.id


def open_order(customer_id: UUID, *, kind: str = KIND, url: str = "", minor: int = 500) -> Order:
    ask = NewOrder(
        kind=kind,
        customer_id=customer_id,
        amount=Money(minor, USD),
        fee=Money(5, USD),
        comment="lunch",
        callback_url=url,
        details={"seat": 4},
    )
    return actions.open_order(ask=ask, by=SYSTEM)


class TestOpenOrder:
    def test_writes_the_header_and_the_first_step(self) -> None:
        order = open_order(new_customer())
        found = queries.get_order(order_id=order.id, customer_id=order.customer_id)
        assert found == order
        assert (found.state, found.amount, found.fee) == (
            OrderState.NEW,
            Money(500, USD),
            Money(5, USD),
        )
        (step,) = queries.list_steps(order_id=order.id)
        assert (step.state, step.by) == (OrderState.NEW, "system:fondaco")

    def test_demands_a_kind_that_a_domain_registered(self) -> None:
        with pytest.raises(KeyError):
            open_order(new_customer(), kind="unheard_of")

    def test_takes_the_largest_amount_that_the_books_can_count(self) -> None:
        order = open_order(new_customer(), minor=10**39 - 1)
        assert queries.get_order(order_id=order.id).amount.minor == 10**39 - 1

    def test_lets_orders_sum_to_more_than_the_books_can_count(self) -> None:
        customer_id = new_customer()
        for _ in range(2):
            open_order(customer_id, minor=10**39 - 1)
        (found,) = queries.sum_orders(customer_id=customer_id)
        assert (found.count, found.amount.minor, found.fee.minor) == (2, 2 * (10**39 - 1), 10)


class TestMoveOrder:
    def test_keeps_every_step_with_its_reason(self) -> None:
        order = open_order(new_customer())
        reference = uuid7()
        waiting = actions.move_order(
            order=order,
            to=OrderState.WAITING_FOR_OPERATOR,
            by=SYSTEM,
            reference=reference,
            details={"row": 2},
        )
        done = actions.move_order(order=waiting, to=OrderState.CLOSED, by=SYSTEM, reason="paid")
        assert (done.reference, done.details) == (reference, {"seat": 4, "row": 2})
        steps = queries.list_steps(order_id=order.id)
        assert [(one.state, one.note) for one in steps] == [
            (OrderState.NEW, ""),
            (OrderState.WAITING_FOR_OPERATOR, ""),
            (OrderState.CLOSED, "paid"),
        ]

    @pytest.mark.parametrize("final", sorted(ORDER_LIFE.final))
    def test_leaves_a_finished_order_where_it_is(self, final: OrderState) -> None:
        order = open_order(new_customer())
        if final not in {OrderState.CLOSED, OrderState.ERROR}:
            is_late = final is OrderState.EXPIRED
            through = OrderState.WAITING_FOR_PRICE if is_late else OrderState.WAITING_FOR_OPERATOR
            order = actions.move_order(order=order, to=through, by=SYSTEM)
        ended = actions.move_order(order=order, to=final, by=SYSTEM)
        for target in OrderState:
            with pytest.raises(IllegalMove):
                actions.move_order(order=ended, to=target, by=SYSTEM)

    def test_refuses_what_was_read_before_somebody_else_moved_it(self) -> None:
        order = open_order(new_customer())
        actions.move_order(order=order, to=OrderState.ERROR, by=SYSTEM)
        with pytest.raises(IllegalMove):
            actions.move_order(order=order, to=OrderState.CLOSED, by=SYSTEM)

    def test_notes_a_callback_for_each_step_after_the_first(self) -> None:
        order = open_order(new_customer(), url="http://shop.example/hook")
        actions.move_order(order=order, to=OrderState.CLOSED, by=SYSTEM)
        (callback,) = queries.list_callbacks(order_id=order.id)
        assert (callback.state, callback.attempts) == (OrderState.CLOSED, 0)
        assert callback.payload["state"] == "closed"


class TestACallbackAddress:
    def test_is_https_in_a_live_tenant(self) -> None:
        live = tenancy.TenantScope(name="alpha", schema="t_alpha", mode="live")
        with tenancy.scope(live):
            actions.check_callback_url("https://shop.example/hook")
            with pytest.raises(InvalidField):
                actions.check_callback_url("http://shop.example/hook")

    @pytest.mark.parametrize("url", ["https://shop.example:0/", "https://shop.example:99999/"])
    def test_has_a_port_that_exists(self, url: str) -> None:
        with pytest.raises(InvalidField):
            actions.check_callback_url(url)


class TestListOrders:
    def test_gives_pages_newest_first_and_narrowed(self) -> None:
        customer_id = new_customer()
        orders = [open_order(customer_id) for _ in range(3)]
        plain = open_order(customer_id, kind="test_plain")
        actions.move_order(order=orders[0], to=OrderState.CLOSED, by=SYSTEM)
        first = queries.list_orders(customer_id=customer_id, limit=3)
        assert [one.id for one in first.items] == [plain.id, orders[2].id, orders[1].id]
        assert first.next is not None
        rest = queries.list_orders(customer_id=customer_id, after=Cursor.decode(first.next))
        assert [one.id for one in rest.items] == [orders[0].id]

        def chosen(**narrow: object) -> list[UUID]:
            page = queries.list_orders(
                customer_id=customer_id,
                narrow=OrderFilter(**narrow),  # type: ignore[arg-type] # members by name
            )
            return [one.id for one in page.items]

        assert chosen(kind="test_plain") == [plain.id]
        assert chosen(state=OrderState.CLOSED) == [orders[0].id]
        assert chosen(asset="EUR") == []
        assert len(chosen(asset="USD")) == 4
        assert chosen(until=orders[0].created_at) == []
        assert len(chosen(since=orders[1].created_at)) == 3

    def test_of_a_stranger_are_unknown(self) -> None:
        order = open_order(new_customer())
        with pytest.raises(NotFound):
            queries.get_order(order_id=order.id, customer_id=new_customer())
        assert queries.list_orders(customer_id=new_customer()).items == []


class TestKinds:
    def test_say_what_a_customer_may_do_with_an_order(self) -> None:
        order = open_order(new_customer())
        assert not kinds.can_cancel(order)
        assert not kinds.can_repeat(order)
        with pytest.raises(OrderNotRepeatable):
            kinds.check_repeatable(order)
        waiting = actions.move_order(order=order, to=OrderState.WAITING_FOR_OPERATOR, by=SYSTEM)
        assert kinds.can_cancel(waiting)
        done = actions.move_order(order=waiting, to=OrderState.CLOSED, by=SYSTEM)
        assert kinds.can_repeat(done)
        kinds.check_repeatable(done)


class TestRows:
    def test_show_themselves(self) -> None:
        order = open_order(new_customer(), url="https://shop.example/hook")
        actions.move_order(order=order, to=OrderState.CLOSED, by=SYSTEM)
        assert str(models.Order.objects.get(id=order.id)) == f"{order.wire_id} {KIND} closed"
        callback = models.OrderCallback.objects.get(order_id=order.id)
        assert str(callback) == f"callback of {order.wire_id} for closed"

    def test_of_another_kind_are_not_locked(self) -> None:
        order = open_order(new_customer())
        with transaction.atomic(), pytest.raises(NotFound):
            actions.lock_order(order_id=order.id, kind="test_plain")
        assert order.created_at <= clock.now()
