"""Covering orders: sent once, looked up for ever after, booked once."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from fondaco.exchange import models
from fondaco.exchange.actions import advancing, covering
from fondaco.exchange.queries import covers
from fondaco.exchange.states import BatchState, Cover, CoverState
from fondaco.exchange.tests.cast import Stall, covers_of, later, stall, state_of, together
from fondaco.exchange.types import BatchId, CoverId
from fondaco.kit.options import options, override
from fondaco.wallets.tests.cast import new_client

pytestmark = pytest.mark.usefixtures("tenant")


class TestALostAnswer:
    def test_is_looked_up_and_nothing_is_sent_again(self, aban: Stall) -> None:
        aban.bourse.loses = lambda: "answer"
        made = aban.buy(new_client("100.00"), "3")
        (batch_id,) = aban.work()
        (cover,) = covers_of(batch_id)
        assert (cover.state, state_of(made)) == (CoverState.SENT, "in_progress")
        with later(seconds=10):
            aban.work()
        assert (state_of(made), len(aban.bourse.received)) == ("closed", 1)
        assert [one.state for one in covers_of(batch_id)] == [CoverState.FILLED]

    def test_is_not_looked_up_before_its_time(self, aban: Stall) -> None:
        aban.bourse.loses = lambda: "answer"
        aban.buy(new_client("100.00"), "3")
        (batch_id,) = aban.work()
        aban.work()
        assert covers_of(batch_id)[0].looks == 0


class TestTheList:
    def test_gives_what_was_made_in_a_period_and_no_more(self, aban: Stall) -> None:
        aban.buy(new_client("100.00"), "3")
        (batch_id,) = aban.work()
        (cover,) = covers_of(batch_id)
        at, moment = cover.created_at, timedelta(microseconds=1)

        def found(since: datetime | None, until: datetime | None) -> list[UUID]:
            page = covers.list_coverings(batch_id=batch_id, period=(since, until))
            return [one.id for one in page.items]

        for period in ((None, None), (at, None), (None, at + moment), (at, at + moment)):
            assert found(*period) == [cover.id], period
        for period in ((at + moment, None), (None, at)):
            assert found(*period) == [], period


class TestALostRequest:
    def test_is_believed_only_when_no_venue_would_take_it_any_more(self, aban: Stall) -> None:
        aban.bourse.loses = lambda: "request"
        made = aban.buy(new_client("100.00"), "3")
        (batch_id,) = aban.work()
        with later(seconds=options().exchange_lost_after_s - 5):
            aban.work()
        assert [one.state for one in covers_of(batch_id)] == [CoverState.SENT]
        aban.bourse.loses = lambda: ""
        with later(seconds=options().exchange_lost_after_s + 60):
            aban.work()
        assert [one.state for one in covers_of(batch_id)] == [
            CoverState.FAILED,
            CoverState.FILLED,
        ]
        assert (state_of(made), len(aban.bourse.received)) == ("closed", 1)

    def test_leaves_an_order_that_the_venue_knew_to_people(self, aban: Stall) -> None:
        aban.bourse.loses = lambda: "answer"
        aban.buy(new_client("100.00"), "3")
        (batch_id,) = aban.work()
        models.CoveringOrder.objects.filter(batch_id=batch_id).update(state=CoverState.OPEN)
        aban.bourse.orders.clear()
        with later(days=1):
            aban.work()
        assert [one.state for one in covers_of(batch_id)] == [CoverState.OPEN]
        assert len(aban.bourse.received) == 1


class TestTwoWorkers:
    def test_send_one_covering_order_once(self, aban: Stall) -> None:
        aban.buy(new_client("100.00"), "3")
        (batch_id,) = aban.close()
        (cover,) = covers_of(batch_id)
        together(lambda: covering.send(cover_id=CoverId(cover.id)), times=6)
        assert len(aban.bourse.received) == 1

    def test_close_one_batch_of_the_same_orders(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = [aban.buy(who, "0.3") for _ in range(6)]
        together(aban.work, times=5)
        for _ in range(3):
            aban.work()
        assert {state_of(one) for one in made} == {"closed"}
        assert who.available(aban.coin.code) == "1.80000000"
        assert models.Share.objects.filter(order__symbol=aban.symbol).count() == 6
        assert aban.position() == "0.00000000"

    def test_settle_one_batch_once(self, aban: Stall) -> None:
        who = new_client("100.00")
        aban.buy(who, "3")
        (batch_id,) = aban.close()
        together(lambda: advancing.advance(batch_id=BatchId(batch_id)), times=5)
        advancing.advance(batch_id=BatchId(batch_id))
        assert who.available(aban.coin.code) == "3.00000000"
        assert models.Share.objects.filter(batch_id=batch_id).count() == 2


class TestAVenueThatContradictsItself:
    @pytest.mark.parametrize("lie", ["more", "worse", "twice"])
    def test_has_nothing_booked(self, aban: Stall, lie: str) -> None:
        aban.bourse.loses = lambda: "answer"
        made = aban.buy(new_client("100.00"), "3")
        (batch_id,) = aban.work()
        tell(aban, lie)
        with later(seconds=10):
            aban.work()
        assert (state_of(made), aban.position()) == ("in_progress", "none")
        assert models.Fill.objects.filter(cover__batch_id=batch_id).count() == 0


class TestFees:
    def test_in_the_coin_itself_are_the_houses(self, aban: Stall) -> None:
        aban.bourse.fee_currency = aban.coin.code
        who = new_client("100.00")
        made = aban.buy(who, "3")
        (batch_id,) = aban.work()
        assert (who.available(aban.coin.code), aban.position()) == ("3.00000000", "-0.00300000")
        assert aban.at_venue(aban.coin.code) == "2.99700000"
        share = models.Share.objects.get(batch_id=batch_id, order_id=made.order.id)
        assert int(share.fee_minor) == 6

    def test_and_trades_stand_in_the_books_of_the_venue(self, aban: Stall) -> None:
        aban.bourse.splits = 3
        aban.buy(new_client("100.00"), "3")
        (batch_id,) = aban.work()
        assert models.Fill.objects.filter(cover__batch_id=batch_id).count() == 3
        assert (aban.at_venue("USD"), aban.at_venue(aban.coin.code)) == ("-59.76", "3.00000000")


class TestTheChoice:
    def test_keeps_why_a_venue_was_chosen(self, aban: Stall) -> None:
        aban.buy(new_client("100.00"), "3")
        (batch_id,) = aban.work()
        reason = covers_of(batch_id)[0].reason
        assert reason["because"] == "the only one that fits"
        assert Decimal(reason["own_price"]) == Decimal("20.00")
        (seen,) = reason["venues"]
        assert (seen["venue"], seen["verdict"]) == (aban.bourse.label, "fits")

    def test_takes_the_better_price_after_fees(self, aban: Stall) -> None:
        with stall("20.00") as other:
            other.bourse.price = Decimal("19.80")
            aban.set(venues=(aban.bourse.label, other.bourse.label))
            aban.buy(new_client("100.00"), "3")
            (batch_id,) = aban.work()
            assert covers_of(batch_id)[0].venue == other.bourse.label

    def test_passes_over_a_venue_where_there_is_too_little(self, aban: Stall) -> None:
        with stall("20.00") as other:
            other.bourse.price, other.bourse.rich = Decimal("19.80"), False
            aban.set(venues=(aban.bourse.label, other.bourse.label))
            aban.buy(new_client("100.00"), "3")
            (batch_id,) = aban.work()
            assert covers_of(batch_id)[0].venue == aban.bourse.label

    def test_passes_over_one_that_is_down(self, aban: Stall) -> None:
        with stall("20.00") as other:
            other.bourse.price, other.bourse.down = Decimal("19.80"), True
            aban.set(venues=(aban.bourse.label, other.bourse.label))
            made = aban.buy(new_client("100.00"), "3")
            aban.work()
            assert state_of(made) == "closed"


class TestPartialFills:
    def test_are_completed_by_further_covering_orders(self, aban: Stall) -> None:
        aban.bourse.fills = Decimal("0.9")
        with override(exchange_tries_max=9):
            who = new_client("100.00")
            made = aban.buy(who, "3")
            (batch_id,) = aban.work()
            for _ in range(3):
                aban.work()
        bought = sum(int(one.base_minor) for one in covers_of(batch_id))
        assert (state_of(made), who.available(aban.coin.code)) == ("closed", "3.00000000")
        assert (bought >= 300_000_000, len(covers_of(batch_id)) > 1) == (True, True)

    def test_of_what_was_sold_already_are_left_to_people(self, aban: Stall) -> None:
        aban.set(Cover.IMMEDIATE)
        aban.bourse.declines = True
        who = new_client("100.00")
        made = aban.swap(who, get=aban.coins("2"))
        (batch_id,) = aban.work()
        row = models.Batch.objects.get(id=batch_id)
        assert (state_of(made), row.state) == ("closed", BatchState.WAITING_FOR_OPERATOR)
        assert aban.position() == "-2.00000000"


def tell(aban: Stall, lie: str) -> None:
    """Have the venue tell of its trades in a way that cannot be."""
    trades, (one,) = aban.bourse.trades, aban.bourse.trades
    if lie == "more":
        trades.append(replace(one, venue_id="another"))
    elif lie == "worse":
        trades[:] = [replace(one, price=one.price * 2)]
    else:
        half = replace(one, amount=one.amount / 2, cost=one.cost / 2)
        trades[:] = [half, half]
