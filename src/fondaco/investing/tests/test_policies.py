"""Portfolios under the house's policies: what an order costs, and whether and how much of it may be done."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from fondaco.identity.types import customer_wire
from fondaco.instruments.tests.cast import new_share
from fondaco.investing.actions.orders import take_quote
from fondaco.investing.actions.quotes import make_quote
from fondaco.investing.tests.cast import positions, want
from fondaco.investing.types import Quote, QuoteAsk, Target
from fondaco.kit.access import SYSTEM
from fondaco.orders.queries import list_orders
from fondaco.orders.states import OrderState
from fondaco.policies.actions.stops import lift_stop, set_stop
from fondaco.policies.errors import LimitExceeded, OperationDisabled, Stopped, UnderReview
from fondaco.policies.tests.cast import remove, write
from fondaco.policies.types import Operation, StopScope
from fondaco.wallets.tests.cast import Person, new_client, usd

pytestmark = pytest.mark.usefixtures("tenant")


@contextmanager
def rule(person: Person, **says: Any) -> Iterator[None]:
    """Have a rule say something of one customer's orders."""
    made = write(
        operation=Operation.PORTFOLIO_ORDER,
        currency="USD",
        customer_id=person.customer_id,
        **says,
    )
    try:
        yield
    finally:
        remove(made)


def quote(person: Person, symbol: str, shares: int) -> Quote:
    ask = QuoteAsk(
        wallet_id=person.wallet_id, targets=[Target(symbol=symbol, quantity=shares * 10**6)]
    )
    return make_quote(customer_id=person.customer_id, ask=ask, by=person.actor)


class TestFees:
    def test_are_those_of_the_rule_that_says_any(self) -> None:
        symbol, person = new_share("10"), new_client("500.00")
        assert quote(person, symbol, 10).fee == usd("0.10")
        with rule(person, fee_bps=250, fee_fixed="1"):
            assert quote(person, symbol, 10).fee == usd("3.50")
            assert want(person, (symbol, "10")).fee == usd("3.50")
        assert person.available() == "396.50"
        with rule(person, fee_bps=0):
            assert quote(person, symbol, 20).fee == usd("0.00")
        with rule(person, max="1000"):
            assert quote(person, symbol, 20).fee == usd("0.10")

    def test_are_set_aside_from_a_sum_and_kept_as_they_were_quoted(self) -> None:
        symbol, person = new_share("10"), new_client("500.00")
        ask = QuoteAsk(
            wallet_id=person.wallet_id,
            targets=[Target(symbol=symbol, parts=1_000_000)],
            total=usd("100.00"),
        )
        with rule(person, fee_fixed="5"):
            made = make_quote(customer_id=person.customer_id, ask=ask, by=person.actor)
        assert (made.bought, made.fee) == (usd("95.00"), usd("5.00"))
        take_quote(customer_id=person.customer_id, quote_id=made.id, by=person.actor)
        assert person.available() == "400.00"


class TestOrders:
    def test_are_refused_where_a_rule_or_a_stop_says_so_and_nothing_moves(self) -> None:
        symbol, person = new_share("10"), new_client("500.00")
        with rule(person, enabled=False, reason="Not yet."), pytest.raises(OperationDisabled):
            want(person, (symbol, "1"))
        stop = set_stop(
            scope=StopScope.CUSTOMER,
            value=customer_wire(person.customer_id),
            reason="looked at",
            by=SYSTEM,
        )
        try:
            with pytest.raises(Stopped):
                want(person, (symbol, "1"))
        finally:
            lift_stop(stop_id=stop.id, by=SYSTEM)
        assert list_orders(customer_id=person.customer_id, limit=5).items == []
        assert (person.available(), positions(person)) == ("500.00", {})
        assert want(person, (symbol, "1")).state is OrderState.CLOSED

    def test_are_refused_while_one_of_their_assets_is_stopped_and_others_are_not(self) -> None:
        bad, good, person = new_share("10"), new_share("10"), new_client("500.00")
        want(person, (bad, "1"), (good, "1"))
        stop = set_stop(scope=StopScope.CURRENCY, value=bad, reason="split tomorrow", by=SYSTEM)
        try:
            for wanted in ((bad, "2"), (good, "1")), ((good, "1"),):  # bought, and sold
                with pytest.raises(Stopped) as refused:
                    want(person, *wanted)
                assert refused.value.facts["reason"] == "split tomorrow"
            assert want(person, (bad, "1"), (good, "2")).state is OrderState.CLOSED
        finally:
            lift_stop(stop_id=stop.id, by=SYSTEM)
        assert want(person, (good, "1")).state is OrderState.CLOSED

    def test_are_refused_where_a_rule_wants_an_operator_and_count_nothing(self) -> None:
        symbol, person = new_share("10"), new_client("500.00")
        with rule(person, day_max="100"):
            with rule(person, needs_operator=True), pytest.raises(UnderReview):
                want(person, (symbol, "9"))
            assert (person.available(), positions(person)) == ("500.00", {})
            assert list_orders(customer_id=person.customer_id, limit=5).items == []
            assert want(person, (symbol, "9")).state is OrderState.CLOSED

    def test_count_against_limits_unless_nothing_came_of_them(self) -> None:
        symbol, dear, person = new_share("10"), new_share("90"), new_client("50.00")
        with rule(person, max="100", day_max="120"):
            with pytest.raises(LimitExceeded) as refused:
                want(person, (symbol, "11"))
            assert refused.value.facts["limit"] == "max"
            assert want(person, (dear, "1")).state is OrderState.ERROR  # too dear: gives it back
            want(person, (symbol, "4"))
            want(person)
            with pytest.raises(LimitExceeded) as refused:
                want(person, (symbol, "4.5"))
            assert (refused.value.facts["limit"], refused.value.facts["left"]) == (
                "day_max",
                "40.00",
            )
