"""What rules say about purchases and exchanges: for one customer each, so that no other test meets them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from fondaco.exchange import models
from fondaco.exchange.actions import cancelling
from fondaco.exchange.tests.cast import Stall, state_of
from fondaco.exchange.types import Exchange, OrderKindName
from fondaco.identity import tokens
from fondaco.identity.actions.sessions import mark_proved
from fondaco.identity.errors import StepUpRequired
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.ids import decode
from fondaco.orders.kinds import OrderNotCancellable, OrderNotRepeatable
from fondaco.policies.actions import risk
from fondaco.policies.errors import LimitExceeded, OperationDisabled, UnderReview
from fondaco.policies.tests.cast import remove, write
from fondaco.policies.types import CASE_PREFIX, Operation
from fondaco.wallets.tests.cast import Person, new_client

pytestmark = pytest.mark.usefixtures("tenant")

LONG_AFTER_SIGN_IN: Final = timedelta(hours=1)


@contextmanager
def rule(
    who: Person, stall_: Stall, operation: Operation = Operation.EXCHANGE, **says: Any
) -> Iterator[None]:
    """Have a rule say something of one customer's dealings with one pair."""
    made = write(customer_id=who.customer_id, operation=operation, pair=stall_.pair.name, **says)
    try:
        yield
    finally:
        remove(made)


def orders_of(who: Person) -> int:
    return models.ExchangeOrder.objects.filter(order__customer_id=who.customer_id).count()


def again(who: Person, made: Exchange) -> Exchange:
    return cancelling.repeat(
        order_id=made.order.id,
        customer_id=who.customer_id,
        kind=OrderKindName.EXCHANGE,
        by=who.actor,
    )


class TestARule:
    def test_switches_an_exchange_off_for_a_customer_and_a_pair(self, aban: Stall) -> None:
        who = new_client("100.00")
        with rule(who, aban, enabled=False, reason="not for you"):
            with pytest.raises(OperationDisabled) as refused:
                aban.swap(who, get=aban.coins("1"))
            assert refused.value.detail == "not for you"
            with pytest.raises(OperationDisabled):
                aban.swap(who, get=aban.coins("1"), limit_price=Decimal(18))
            aban.buy(who, "0.3")
        assert (orders_of(who), who.available()) == (1, "94.00")

    def test_limits_one_exchange_and_a_day(self, aban: Stall) -> None:
        who = new_client("500.00")
        with rule(who, aban, min="10", max="60", day_max="100"):
            for amount, limit in (("0.4", "min"), ("3.1", "max")):
                with pytest.raises(LimitExceeded) as refused:
                    aban.swap(who, get=aban.coins(amount))
                assert refused.value.facts["limit"] == limit
            aban.swap(who, get=aban.coins("3"))
            with pytest.raises(LimitExceeded) as refused:
                aban.swap(who, get=aban.coins("2.5"))
            assert (refused.value.facts["limit"], refused.value.facts["left"]) == (
                "day_max",
                "40.00",
            )
            aban.swap(who, get=aban.coins("2"))
        assert who.available() == "400.00"

    def test_forbids_to_take_an_order_back(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.swap(who, get=aban.coins("2"), limit_price=Decimal(18))
        with rule(who, aban, cancel_allowed=False), pytest.raises(OrderNotCancellable):
            cancelling.cancel(
                order_id=made.order.id,
                customer_id=who.customer_id,
                kind=OrderKindName.EXCHANGE,
                by=who.actor,
            )
        assert (state_of(made), who.available()) == ("waiting_for_price", "64.00")

    def test_forbids_to_repeat_an_order(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.swap(who, get=aban.coins("1"))
        with rule(who, aban, repeat_allowed=False), pytest.raises(OrderNotRepeatable):
            again(who, made)
        assert (orders_of(who), who.available()) == (1, "80.00")
        again(who, made)
        assert (orders_of(who), who.available()) == (2, "60.00")

    def test_lets_a_purchase_wait_for_an_operator(self, aban: Stall) -> None:
        who = new_client("100.00")
        with rule(who, aban, Operation.PURCHASE, needs_operator=True):
            made = aban.buy(who, "3")
        assert (state_of(made), who.available()) == ("waiting_for_operator", "40.00")
        assert aban.work() == []

    def test_lets_an_exchange_pass_once_when_an_operator_has_seen_it(self, aban: Stall) -> None:
        who = new_client("100.00")
        with rule(who, aban, needs_operator=True):
            with pytest.raises(UnderReview) as refused:
                aban.swap(who, get=aban.coins("1"))
            assert (orders_of(who), who.available()) == (0, "100.00")
            case_id = decode(CASE_PREFIX, refused.value.facts["case"])
            risk.release(case_id=case_id, note="seen", by=SYSTEM)
            aban.swap(who, get=aban.coins("1"))
            with pytest.raises(UnderReview):
                aban.swap(who, get=aban.coins("1"))
        assert (orders_of(who), who.available()) == (1, "80.00")

    def test_wants_a_code_at_the_device(self, aban: Stall) -> None:
        person = new_client("100.00")
        grant = tokens.read(person.access_token, tenant=tenancy.current().name, at=clock.now())
        who = replace(person, actor=grant.actor)
        with (
            rule(who, aban, Operation.PURCHASE, needs_code=True),
            clock.set_to(clock.now() + LONG_AFTER_SIGN_IN),
        ):
            with pytest.raises(StepUpRequired):
                aban.buy(person, "0.3")  # a program's
            with pytest.raises(StepUpRequired):
                aban.buy(who, "0.3")
            assert (orders_of(who), who.available()) == (0, "100.00")
            mark_proved(session_id=grant.session_id)
            aban.buy(who, "0.3")
        assert (orders_of(who), who.available()) == (1, "94.00")
