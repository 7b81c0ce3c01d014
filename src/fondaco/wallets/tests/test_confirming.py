"""Rules that give an operation to an operator, want a code for it, or forbid to cancel and to repeat."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from fondaco.identity import models as identity, tokens
from fondaco.identity.actions.sessions import mark_proved
from fondaco.identity.errors import StepUpRequired
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.ids import decode
from fondaco.orders import kinds
from fondaco.orders.kinds import OrderNotCancellable, OrderNotRepeatable
from fondaco.orders.queries import get_order
from fondaco.orders.states import OrderState
from fondaco.policies.actions import risk
from fondaco.policies.actions.fraud_rules import remove_fraud_rule
from fondaco.policies.errors import RiskRefused, UnderReview
from fondaco.policies.queries.risk import get_case
from fondaco.policies.tests.cast import made_house
from fondaco.policies.tests.test_fraud import watch
from fondaco.policies.types import CASE_PREFIX, Case, Operation
from fondaco.wallets.actions import cashouts, movements
from fondaco.wallets.actions.topups import top_up
from fondaco.wallets.tests.cast import (
    Ear,
    Person,
    hear,
    new_client,
    new_company,
    take,
    usd,
)
from fondaco.wallets.tests.test_policies import allow, cash_out, send
from fondaco.wallets.types import Funding

LONG_AFTER_SIGN_IN: Final = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _house() -> Iterator[Any]:
    with made_house() as scope:
        yield scope


def at_a_device(who: Person) -> Person:
    """Give the person as he acts where he is logged in."""
    grant = tokens.read(who.access_token, tenant=tenancy.current().name, at=clock.now())
    return replace(who, actor=grant.actor)


def prove(who: Person) -> None:
    """Let the person give a code at his device."""
    assert who.actor.session_id is not None
    mark_proved(session_id=who.actor.session_id)


def repeat(who: Person, order: Any) -> Any:
    return movements.repeat_movement(
        order_id=order.id, customer_id=who.customer_id, amount=None, by=who.actor
    )


def fill(who: Person, amount: str) -> Ear:
    ask = Funding(wallet_id=who.wallet_id, amount=usd(amount))
    return hear(top_up, customer_id=who.customer_id, ask=ask, by=who.actor)


def case_of(error: Any) -> Case:
    return get_case(case_id=decode(CASE_PREFIX, error.facts["case"]))


def release(error: Any) -> None:
    risk.release(case_id=case_of(error).id, note="seen", by=SYSTEM)


class TestWhatNeedsAnOperator:
    def test_is_refused_moves_nothing_and_passes_once_when_he_released_it(self) -> None:
        sender, receiver = new_client("50.00"), new_client()
        allow(sender, Operation.MOVEMENT, needs_operator=True)
        with pytest.raises(UnderReview) as refused:
            send(sender, receiver, "10.00")
        assert (sender.available(), receiver.available()) == ("50.00", "0.00")
        case = case_of(refused.value)
        assert (case.state, case.reasons) == (
            "waiting",
            ("a rule gives each of these to an operator",),
        )
        release(refused.value)
        assert send(sender, receiver, "10.00").state is OrderState.CLOSED
        with pytest.raises(UnderReview):
            send(sender, receiver, "10.00")
        assert (sender.available(), receiver.available()) == ("40.00", "10.00")

    def test_opens_one_case_however_often_it_is_tried(self) -> None:
        sender, receiver, cases = new_client("50.00"), new_client(), set[str]()
        allow(sender, Operation.MOVEMENT, needs_operator=True)
        for _ in range(3):
            with pytest.raises(UnderReview) as refused:
                send(sender, receiver, "10.00")
            cases.add(refused.value.facts["case"])
        assert len(cases) == 1

    def test_stays_refused_when_he_rejects_it(self) -> None:
        sender, receiver = new_client("50.00"), new_client()
        allow(sender, Operation.MOVEMENT, needs_operator=True)
        with pytest.raises(UnderReview) as refused:
            send(sender, receiver, "10.00")
        risk.reject(case_id=case_of(refused.value).id, note="no", by=SYSTEM)
        with pytest.raises(UnderReview):
            send(sender, receiver, "10.00")
        assert sender.available() == "50.00"

    def test_is_refused_to_a_merchant_who_charges(self) -> None:
        shop, payer = new_company(), new_client("50.00")
        allow(shop, Operation.CHARGE, needs_operator=True)
        refused = take(shop, payer, "10.00")
        assert (refused.code, payer.available()) == ("under_review", "50.00")
        release(refused.refusal)
        assert take(shop, payer, "10.00").code == "done"
        assert (shop.available(), payer.available()) == ("10.00", "40.00")

    def test_is_refused_to_who_tops_up_himself(self) -> None:
        who = new_client()
        allow(who, Operation.TOP_UP, needs_operator=True)
        refused = fill(who, "10.00")
        assert (refused.code, who.available()) == ("under_review", "0.00")
        release(refused.refusal)
        assert fill(who, "10.00").code == "done"
        assert who.available() == "10.00"

    def test_waits_as_any_cash_out_does(self) -> None:
        who = new_client("50.00")
        allow(who, Operation.WITHDRAWAL, needs_operator=True)
        order = cash_out(who, "10.00")
        assert order.state is OrderState.WAITING_FOR_OPERATOR
        assert who.available() == "40.00"


class TestWhatNeedsACode:
    @pytest.mark.parametrize(
        ("operation", "act"),
        [
            (Operation.MOVEMENT, lambda who: send(who, new_client(), "10.00")),
            (Operation.WITHDRAWAL, lambda who: cash_out(who, "10.00")),
        ],
    )
    def test_is_done_by_who_gave_one_at_this_device(
        self, operation: Operation, act: Callable[[Person], Any]
    ) -> None:
        who = at_a_device(new_client("50.00"))
        allow(who, operation, needs_code=True)
        with clock.set_to(clock.now() + LONG_AFTER_SIGN_IN):
            with pytest.raises(StepUpRequired):
                act(who)
            assert who.available() == "50.00"
            prove(who)
            act(who)
            assert who.available() == "40.00"

    def test_is_refused_to_programs(self) -> None:
        shop, payer = new_company(), new_client("50.00")
        allow(shop, Operation.CHARGE, needs_code=True)
        assert take(shop, payer, "10.00").code == "step_up_required"
        assert payer.available() == "50.00"

    def test_holds_for_topping_up_too(self) -> None:
        who = at_a_device(new_client())
        allow(who, Operation.TOP_UP, needs_code=True)
        with clock.set_to(clock.now() + LONG_AFTER_SIGN_IN):
            assert fill(who, "10.00").code == "step_up_required"
            prove(who)
            assert (fill(who, "10.00").code, who.available()) == ("done", "10.00")


class TestARule:
    def test_forbids_to_take_a_cash_out_back(self) -> None:
        who = new_client("50.00")
        order = cash_out(who, "10.00")
        allow(who, Operation.WITHDRAWAL, cancel_allowed=False)
        assert not kinds.can_cancel(order)
        with pytest.raises(OrderNotCancellable):
            cashouts.cancel_cash_out(order_id=order.id, customer_id=who.customer_id, by=who.actor)
        assert who.available() == "40.00"
        assert get_order(order_id=order.id).state is OrderState.WAITING_FOR_OPERATOR

    def test_forbids_to_repeat_a_movement(self) -> None:
        sender, receiver = new_client("50.00"), new_client()
        order = send(sender, receiver, "10.00")
        assert repeat(sender, order).state is OrderState.CLOSED
        allow(sender, Operation.MOVEMENT, repeat_allowed=False)
        assert not kinds.can_repeat(order)
        with pytest.raises(OrderNotRepeatable):
            repeat(sender, order)
        assert (sender.available(), receiver.available()) == ("30.00", "20.00")


@pytest.fixture
def _few_at_one_address() -> Iterator[None]:
    rule = watch(
        "shared", operation=Operation.MOVEMENT, what="address", window_s=3600, customers_max=2
    )
    yield
    remove_fraud_rule(rule_id=rule.id, version=rule.version, by=SYSTEM)


class TestARuleAgainstFraud:
    @pytest.mark.usefixtures("_few_at_one_address")
    def test_knows_the_address_that_a_device_signed_in_from(self) -> None:
        target = new_client()
        people = [at_a_device(new_client("50.00")) for _ in range(3)]
        for who in people:
            assert who.actor.session_id is not None
            rows = identity.Session.objects.filter(id=who.actor.session_id)
            assert rows.update(address="203.0.113.7") == 1
        send(people[0], target, "1.00")
        send(people[1], target, "1.00")
        with pytest.raises(RiskRefused):
            send(people[2], target, "1.00")
        assert (people[2].available(), target.available()) == ("50.00", "2.00")
