"""Purchases: threshold, batches, covering, delivery, and all that must be refused."""

from dataclasses import replace

import pytest

from fondaco.exchange import models
from fondaco.exchange.refusals import NoVenue
from fondaco.exchange.states import BatchState, Cover, CoverState
from fondaco.exchange.tests.cast import Stall, balance, covers_of, later, now_of, state_of
from fondaco.kit.errors import DomainError
from fondaco.market.errors import AmountTooSmall
from fondaco.market.tests.cast import set_static
from fondaco.money import Money
from fondaco.vendors.venues import OrderWord
from fondaco.wallets.tests.cast import new_client

pytestmark = pytest.mark.usefixtures("tenant")


class TestThreshold:
    def test_lets_exactly_10_00_be_large_and_9_99_be_small(self, aban: Stall) -> None:
        who = new_client("100.00")
        large, small = aban.buy(who, "0.5"), aban.buy(who, "0.4995")
        assert (large.total.to_text(), large.order.state.value) == ("10.00", "in_progress")
        assert (small.total.to_text(), small.order.state.value) == ("9.99", "aggregated")

    def test_has_the_large_one_covered_at_once_and_alone(self, aban: Stall) -> None:
        who = new_client("100.00")
        large, small = aban.buy(who, "0.5"), aban.buy(who, "0.25")
        aban.work()
        assert (state_of(large), state_of(small)) == ("closed", "aggregated")
        assert who.available(aban.coin.code) == "0.50000000"

    def test_can_be_another_one_for_a_pair(self, aban: Stall) -> None:
        aban.set(threshold_minor=500)
        assert aban.buy(new_client("100.00"), "0.25").order.state.value == "in_progress"


class TestAPurchase:
    def test_holds_the_total_at_once_and_takes_it_with_the_coins(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.buy(who, "3")
        assert (who.available(), who.available(aban.coin.code)) == ("40.00", "0.00000000")
        assert balance("trading:" + aban.coin.code) == "none"
        aban.work()
        assert state_of(made) == "closed"
        assert (who.available(), who.available(aban.coin.code)) == ("40.00", "3.00000000")

    def test_leaves_slip_fee_and_lot_remainder_with_the_house(self, aban: Stall) -> None:
        aban.bourse.step = aban.bourse.step * 1000
        who = new_client("100.00")
        made = aban.buy(who, "1.23456789")
        (batch_id,) = aban.work()
        (cover,) = covers_of(batch_id)
        assert who.available(aban.coin.code) == "1.23456789"
        assert (cover.state, int(cover.base_minor)) == (CoverState.FILLED, 130_000_000)
        assert aban.position() == "0.06543211"
        own, house = models.Share.objects.filter(batch_id=batch_id).order_by("id")
        assert (own.order_id, int(own.base_minor)) == (made.order.id, 123_456_789)
        assert (house.order_id, int(house.base_minor)) == (None, 6_543_211)
        assert int(own.cost_minor) + int(house.cost_minor) == int(cover.cost_minor) == 2587

    def test_is_kept_in_error_when_the_money_is_short(self, aban: Stall) -> None:
        who = new_client("5.00")
        made = aban.buy(who, "3")
        assert (made.order.state.value, made.order.details["refusal"]) == (
            "error",
            "insufficient_funds",
        )
        assert (who.available(), aban.work()) == ("5.00", [])

    def test_is_told_its_gain(self, aban: Stall) -> None:
        made = aban.buy(new_client("100.00"), "3")
        aban.work()
        share = models.Share.objects.get(order_id=made.order.id)
        assert (int(share.cost_minor), int(share.fee_minor), int(share.profit_minor or 0)) == (
            5970,
            6,
            6000 - 5970 - 6,
        )

    def test_of_a_currency_without_a_venue_is_refused(self, aban: Stall) -> None:
        aban.set(venues=("nowhere",))
        who = new_client("100.00")
        with pytest.raises(NoVenue):
            aban.buy(who, "3")
        assert who.available() == "100.00"

    def test_is_filled_from_the_house_when_buying_back_is_off(self, aban: Stall) -> None:
        aban.set(Cover.OFF, venues=("nowhere",))
        who = new_client("100.00")
        made = aban.buy(who, "3")
        assert (made.order.state.value, who.available(aban.coin.code)) == ("closed", "3.00000000")
        assert (aban.position(), aban.work()) == ("-3.00000000", [])


class TestABatch:
    def test_is_closed_when_its_sum_reaches_the_threshold(self, aban: Stall) -> None:
        people = [new_client("20.00") for _ in range(3)]
        made = [aban.buy(who, "0.2") for who in people[:2]]
        assert aban.work() == []
        assert {state_of(one) for one in made} == {"aggregated"}
        made.append(aban.buy(people[2], "0.2"))
        (batch_id,) = aban.work()
        assert {state_of(one) for one in made} == {"closed"}
        assert {now_of(one).batch_id for one in made} == {batch_id}
        assert len(covers_of(batch_id)) == 1
        assert [who.available(aban.coin.code) for who in people] == ["0.20000000"] * 3

    def test_waits_for_the_venues_own_minimum_too(self, aban: Stall) -> None:
        aban.bourse.cost_min *= 50
        who = new_client("100.00")
        made = [aban.buy(who, "0.4") for _ in range(3)]
        assert aban.work() == []
        made += [aban.buy(who, "0.4") for _ in range(4)]
        (batch_id,) = aban.work()
        assert {now_of(one).batch_id for one in made} == {batch_id}

    def test_takes_a_large_one_in_that_is_below_the_venues_minimum(self, aban: Stall) -> None:
        aban.bourse.cost_min *= 50
        made = aban.buy(new_client("100.00"), "1")
        assert (made.order.state.value, aban.work()) == ("in_progress", [])
        with later(seconds=1000):
            aban.work()
        assert state_of(made) == "closed"

    def test_is_closed_at_its_age_and_topped_up_by_the_house(self, aban: Stall) -> None:
        aban.bourse.cost_min *= 5
        who = new_client("20.00")
        made = aban.buy(who, "0.05")
        assert aban.work() == []
        with later(seconds=1000):
            (batch_id,) = aban.work()
        (cover,) = covers_of(batch_id)
        assert (state_of(made), who.available(aban.coin.code)) == ("closed", "0.05000000")
        assert int(cover.base_minor) > 5_000_000
        assert aban.position() == Money(int(cover.base_minor) - 5_000_000, aban.coin).to_text()

    def test_waits_at_its_age_where_the_desk_says_so(self, aban: Stall) -> None:
        aban.bourse.cost_min *= 5
        aban.set(at_age="wait")
        made = aban.buy(new_client("20.00"), "0.05")
        with later(seconds=1000):
            assert aban.work() == []
        assert state_of(made) == "aggregated"


class TestAVenueThatFails:
    def test_has_all_money_given_back_in_the_end(self, aban: Stall) -> None:
        aban.bourse.declines = True
        people = [new_client("20.00") for _ in range(3)]
        made = [aban.buy(who, "0.4") for who in people]
        (batch_id,) = aban.work()
        assert {state_of(one) for one in made} == {"error"}
        assert [who.available() for who in people] == ["20.00"] * 3
        assert models.Batch.objects.get(id=batch_id).state == BatchState.FAILED
        assert (len(covers_of(batch_id)), aban.position()) == (3, "none")

    def test_by_halves_serves_whole_orders_in_their_order(self, aban: Stall) -> None:
        people = [new_client("20.00") for _ in range(4)]
        made = [aban.buy(who, "0.2") for who in people]
        aban.bourse.fills /= 2
        (batch_id,) = aban.work()
        batch = models.Batch.objects.get(id=batch_id)
        held = [who.available(aban.coin.code) for who in people]
        states = [state_of(one) for one in made]
        assert batch.state == BatchState.FAILED
        assert states == ["closed", "closed", "closed", "error"]
        assert held == ["0.20000000"] * 3 + ["0.00000000"]
        assert people[3].available() == "20.00"

    def test_while_down_holds_the_order_and_serves_it_later(self, aban: Stall) -> None:
        made = aban.buy(new_client("100.00"), "3")
        aban.bourse.down = True
        assert (aban.work(), state_of(made)) == ([], "in_progress")
        aban.bourse.down = False
        aban.work()
        assert state_of(made) == "closed"

    @pytest.mark.parametrize("factor", ["100", "0.01", "NaN", "-1", "0"])
    def test_with_a_price_that_is_none_gets_no_order(self, aban: Stall, factor: str) -> None:
        made = aban.buy(new_client("100.00"), "3")
        aban.bourse.price *= type(aban.bourse.price)(factor)
        assert (aban.work(), state_of(made), aban.bourse.received) == ([], "in_progress", [])

    def test_whose_trades_are_late_is_asked_again(self, aban: Stall) -> None:
        made = aban.buy(new_client("100.00"), "3")
        aban.bourse.hides_trades = True
        aban.work()
        assert (state_of(made), aban.position()) == ("in_progress", "none")
        aban.bourse.hides_trades = False
        with later(seconds=70):
            aban.work()
        assert (state_of(made), len(aban.bourse.received)) == ("closed", 1)

    def test_that_says_an_unknown_word_is_asked_again(self, aban: Stall) -> None:
        made = aban.buy(new_client("100.00"), "3")
        aban.bourse.word = OrderWord.PENDING
        aban.work()
        assert (state_of(made), aban.position()) == ("in_progress", "none")
        for known, venue_order in aban.bourse.orders.items():
            aban.bourse.orders[known] = replace(venue_order, word=OrderWord.FILLED)
        with later(seconds=70):
            aban.work()
        assert state_of(made) == "closed"
        assert len(aban.bourse.received) == 1


class TestWhatMustBeRefused:
    """The five known failures of the shop before this one, and their like."""

    def test_a_negative_amount_cannot_even_be_said(self, aban: Stall) -> None:
        who = new_client("88.00")
        with pytest.raises(DomainError):
            aban.buy(who, "-5")
        assert who.available() == "88.00"

    def test_no_coins_come_free_by_rounding(self, aban: Stall) -> None:
        who = new_client("10.00")
        with pytest.raises(AmountTooSmall):
            aban.buy(who, "0.00000001")
        assert (who.available(), who.available(aban.coin.code)) == ("10.00", "none")

    def test_a_redelivered_job_buys_once(self, aban: Stall) -> None:
        made = aban.buy(new_client("100.00"), "3")
        (batch_id,) = aban.close()
        for _ in range(3):
            aban.work()
        assert (len(aban.bourse.received), len(covers_of(batch_id))) == (1, 1)
        assert (state_of(made), aban.position()) == ("closed", "0.00000000")

    def test_one_order_cannot_poison_the_batch_of_others(self, aban: Stall) -> None:
        who = new_client("100.00")
        for amount in ("-12", "0", "0.00000001"):
            with pytest.raises(DomainError):
                aban.buy(who, amount)
        made = [aban.buy(who, "0.25"), aban.buy(who, "0.25")]
        aban.work()
        assert {state_of(one) for one in made} == {"closed"}

    def test_what_fails_is_paid_back(self, aban: Stall) -> None:
        aban.bourse.declines = True
        who = new_client("100.00")
        made = aban.buy(who, "3")
        aban.work()
        assert (state_of(made), who.available()) == ("error", "100.00")

    def test_the_price_is_the_houses_own_whatever_moves(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.buy(who, "3")
        set_static(aban.pair, "30.00")
        aban.work()
        assert (now_of(made).total.to_text(), who.available()) == ("60.00", "40.00")
