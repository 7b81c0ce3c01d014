"""Exchanges at once and at a limit, buying back, positions, and what is taken back or ordered again."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from fondaco.exchange import models
from fondaco.exchange.actions import cancelling, limits, positions, reconciling
from fondaco.exchange.queries import covers
from fondaco.exchange.queries.venues import list_venues
from fondaco.exchange.refusals import QuoteMismatch
from fondaco.exchange.states import BatchState, Cover, Flavour
from fondaco.exchange.tests.cast import (
    Stall,
    covers_of,
    later,
    now_of,
    state_of,
    take,
    together,
)
from fondaco.exchange.types import Ask, Exchange, OrderKindName
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.errors import NotFound
from fondaco.market import actions as market_actions, queries as market
from fondaco.market.errors import PairSuspended, QuoteUsed
from fondaco.market.tests.cast import set_static
from fondaco.orders.kinds import OrderNotCancellable, OrderNotRepeatable
from fondaco.wallets.tests.cast import Person, new_client, usd

pytestmark = pytest.mark.usefixtures("tenant")


def swap(pair: str, who: Person, **more: Any) -> Exchange:
    """Exchange in the other direction of a pair."""
    return take(who, Ask(flavour=Flavour.MARKET, pair=pair, wallet_id=who.wallet_id, **more))


def cancel(who: Person, one: Exchange) -> Exchange:
    """Take an order back."""
    return cancelling.cancel(
        order_id=one.order.id,
        customer_id=who.customer_id,
        kind=OrderKindName(one.order.kind),
        by=who.actor,
    )


class TestAMarketExchange:
    def test_moves_both_currencies_at_once(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.swap(who, get=aban.coins("2"))
        assert (made.order.state.value, made.hold_id) == ("closed", None)
        assert (who.available(), who.available(aban.coin.code)) == ("60.00", "2.00000000")

    def test_takes_the_amount_to_spend_as_well(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.swap(who, spend=usd("50.00"))
        assert (made.total.to_text(), made.get.to_text()) == ("50.00", "2.50000000")

    def test_goes_in_the_other_direction(self, aban: Stall) -> None:
        who = new_client("100.00")
        aban.swap(who, get=aban.coins("2"))
        sold = swap(f"USD_{aban.coin.code}", who, spend=aban.coins("1"))
        assert (sold.order.state.value, sold.base_minor) == ("closed", -100_000_000)
        assert (who.available(), who.available(aban.coin.code)) == ("80.00", "1.00000000")

    def test_moves_nothing_when_the_money_is_short(self, aban: Stall) -> None:
        who = new_client("10.00")
        made = aban.swap(who, get=aban.coins("2"))
        assert (made.order.state.value, made.queued_at) == ("error", None)
        assert (who.available(), aban.position()) == ("10.00", "0.00000000")

    def test_honours_a_quote_once(self, aban: Stall) -> None:
        who = new_client("100.00")
        quote = market_actions.make_quote(
            customer_id=who.customer_id,
            pair=aban.pair.name,
            amount_to_get=aban.coins("2"),
            by=who.actor,
        )
        set_static(aban.pair, "30.00")
        made = aban.swap(who, quote_id=quote.id)
        assert (made.total.to_text(), who.available()) == ("40.00", "60.00")
        with pytest.raises(QuoteUsed):
            aban.swap(who, quote_id=quote.id)

    def test_does_not_mix_a_quote_with_other_terms(self, aban: Stall) -> None:
        who = new_client("100.00")
        quote = market_actions.make_quote(
            customer_id=who.customer_id,
            pair=aban.pair.name,
            amount_to_get=aban.coins("2"),
            by=who.actor,
        )
        with pytest.raises(QuoteMismatch):
            aban.buy(who, "3", quote_id=quote.id)
        assert who.available() == "100.00"


class TestALimitExchange:
    def test_waits_for_the_houses_own_price(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.swap(who, get=aban.coins("2"), limit_price=Decimal("18.00"))
        limits.watch()
        assert (state_of(made), who.available()) == ("waiting_for_price", "64.00")
        set_static(aban.pair, "17.50")
        limits.watch()
        assert state_of(made) == "closed"
        assert (who.available(), who.available(aban.coin.code)) == ("65.00", "2.00000000")
        assert Decimal(now_of(made).price) == Decimal("17.50")

    def test_by_the_amount_to_spend_gives_more_coins_at_a_better_price(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.swap(who, spend=usd("36.00"), limit_price=Decimal("18.00"))
        assert made.get.to_text() == "2.00000000"
        set_static(aban.pair, "16.00")
        limits.watch()
        assert (who.available(), who.available(aban.coin.code)) == ("64.00", "2.25000000")

    def test_ends_with_its_time(self, aban: Stall) -> None:
        who = new_client("100.00")
        soon = clock.now() + timedelta(hours=1)
        made = aban.swap(who, get=aban.coins("2"), limit_price=Decimal("18.00"), expires_at=soon)
        limits.watch()
        assert state_of(made) == "waiting_for_price"
        with later(hours=2):
            limits.watch()
        assert (state_of(made), who.available()) == ("expired", "100.00")

    def test_is_carried_out_once_by_several_workers(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.swap(who, get=aban.coins("2"), limit_price=Decimal("18.00"))
        set_static(aban.pair, "18.00")
        together(lambda: limits.carry_out(order_id=made.order.id), times=4)
        assert (state_of(made), who.available()) == ("closed", "64.00")
        assert who.available(aban.coin.code) == "2.00000000"

    def test_without_a_price_goes_on_waiting(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.swap(who, get=aban.coins("2"), limit_price=Decimal("18.00"))
        set_static(aban.pair, "17.00")
        market_actions.suspend_pair(name=aban.pair.name, reason="odd", by=SYSTEM)
        limits.watch()
        assert state_of(made) == "waiting_for_price"


class TestBuyingBack:
    def test_at_once_does_not_keep_the_customer_waiting(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.swap(who, get=aban.coins("2"))
        assert (state_of(made), aban.position()) == ("closed", "-2.00000000")
        (batch_id,) = aban.work()
        assert (now_of(made).batch_id, aban.position()) == (batch_id, "0.00000000")
        share = models.Share.objects.get(order_id=made.order.id)
        assert int(share.profit_minor or 0) == 4000 - 3980 - 4

    def test_off_leaves_the_position_with_the_house(self, aban: Stall) -> None:
        aban.set(Cover.OFF)
        aban.swap(new_client("100.00"), get=aban.coins("2"))
        assert (aban.work(), aban.position()) == ([], "-2.00000000")

    def test_netted_waits_until_the_position_passes_its_limit(self, aban: Stall) -> None:
        aban.set(Cover.NETTED, net_at_minor=300_000_000)
        who = new_client("500.00")
        aban.swap(who, get=aban.coins("4"))
        swap(f"USD_{aban.coin.code}", who, spend=aban.coins("1.5"))
        assert (aban.work(), aban.position()) == ([], "-2.50000000")
        made = aban.swap(who, get=aban.coins("0.5"))
        (batch_id,) = aban.work()
        (cover,) = covers_of(batch_id)
        assert (cover.side, int(cover.base_minor)) == ("buy", 300_000_000)
        assert (now_of(made).batch_id, aban.position()) == (batch_id, "0.00000000")
        shares = models.Share.objects.filter(batch_id=batch_id)
        assert sum(int(one.base_minor) for one in shares) == 300_000_000
        assert sum(int(one.cost_minor) for one in shares) == int(cover.cost_minor)

    def test_netted_sells_what_customers_brought(self, aban: Stall) -> None:
        aban.set(Cover.NETTED, net_at_minor=100_000_000)
        who = new_client("500.00")
        with_coins(aban, who, "5")
        swap(f"USD_{aban.coin.code}", who, spend=aban.coins("2"))
        (batch_id,) = aban.work()
        (cover,) = covers_of(batch_id)
        assert (cover.side, int(cover.base_minor), int(cover.cost_minor)) == (
            "sell",
            -200_000_000,
            -3980,
        )
        (own,) = models.Share.objects.filter(batch_id=batch_id, order__isnull=False)
        assert int(own.profit_minor or 0) == 3980 - 4000 - 4

    def test_netted_covers_what_meets_within_the_house_without_a_venue(self, aban: Stall) -> None:
        aban.set(Cover.NETTED, net_at_minor=0)
        who = new_client("500.00")
        aban.swap(who, get=aban.coins("2"))
        swap(f"USD_{aban.coin.code}", who, spend=aban.coins("2"))
        with later(seconds=1000):
            (batch_id,) = aban.work()
        assert (aban.bourse.received, covers_of(batch_id)) == ([], [])
        assert models.Batch.objects.get(id=batch_id).state == BatchState.DONE
        assert models.Share.objects.filter(batch_id=batch_id).count() == 3

    def test_is_summed_by_day(self, aban: Stall) -> None:
        before = gained("USD")
        aban.swap(new_client("100.00"), get=aban.coins("2"))
        aban.work()
        assert gained("USD") == before + 16


class TestAPosition:
    def test_past_its_limit_stops_the_pair(self, aban: Stall) -> None:
        aban.set(Cover.OFF, position_max_minor=300_000_000)
        who = new_client("500.00")
        aban.swap(who, get=aban.coins("3"))
        assert positions.watch() == []
        aban.swap(who, get=aban.coins("1"))
        pair = market.get_pair(name=aban.pair.name)
        assert "past its limit of 3.00000000" in pair.suspended_reason
        with pytest.raises(PairSuspended):
            aban.swap(who, get=aban.coins("1"))


class TestTakingBack:
    def test_a_limit_order_ends_at_once(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.swap(who, get=aban.coins("2"), limit_price=Decimal("18.00"))
        assert (cancel(who, made).order.state.value, who.available()) == ("cancelled", "100.00")

    def test_a_small_purchase_leaves_the_open_batch(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.buy(who, "0.3")
        cancel(who, made)
        aban.buy(who, "0.3")
        assert (aban.work(), who.available()) == ([], "94.00")

    def test_what_a_venue_works_on_is_cancelling_until_that_is_known(self, aban: Stall) -> None:
        aban.bourse.loses = lambda: "answer"
        who = new_client("100.00")
        made = aban.buy(who, "3")
        aban.work()
        assert cancel(who, made).order.state.value == "cancelling"
        with later(seconds=10):
            aban.work()
        assert (state_of(made), who.available(aban.coin.code)) == ("closed", "3.00000000")

    def test_what_was_not_bought_is_cancelled(self, aban: Stall) -> None:
        aban.bourse.loses = lambda: "request"
        who = new_client("100.00")
        made = aban.buy(who, "3")
        aban.work()
        cancel(who, made)
        aban.bourse.declines, aban.bourse.loses = True, lambda: ""
        with later(hours=1):
            aban.work()
        assert (state_of(made), who.available()) == ("cancelled", "100.00")

    def test_what_is_done_stays_done(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.swap(who, get=aban.coins("2"))
        with pytest.raises(OrderNotCancellable):
            cancel(who, made)

    def test_is_nobody_elses(self, aban: Stall) -> None:
        made = aban.buy(new_client("100.00"), "3")
        with pytest.raises(NotFound):
            cancel(new_client(), made)


class TestRepeating:
    def test_orders_the_same_at_the_price_of_now(self, aban: Stall) -> None:
        who = new_client("200.00")
        made = aban.swap(who, get=aban.coins("2"))
        set_static(aban.pair, "25.00")
        again = cancelling.repeat(
            order_id=made.order.id,
            customer_id=who.customer_id,
            kind=OrderKindName.EXCHANGE,
            by=who.actor,
        )
        assert (again.total.to_text(), again.order.repeats_id) == ("50.00", made.order.id)

    def test_waits_for_the_end_of_the_first(self, aban: Stall) -> None:
        who = new_client("200.00")
        made = aban.buy(who, "3")
        with pytest.raises(OrderNotRepeatable):
            cancelling.repeat(
                order_id=made.order.id,
                customer_id=who.customer_id,
                kind=OrderKindName.PURCHASE,
                by=who.actor,
            )


class TestReconciling:
    def test_records_what_a_venue_states_and_tells_of_differences(self, aban: Stall) -> None:
        aban.swap(new_client("100.00"), get=aban.coins("2"))
        aban.work()
        aban.bourse.rich = False
        aban.bourse.balances = {aban.coin.code: Decimal("1.5"), "USD": Decimal("-39.84")}
        (account,) = [one for one in list_venues() if one.label == aban.bourse.label]
        assert reconciling.reconcile(account=account)
        stated = models.Balance.objects.filter(venue=aban.bourse.label)
        assert {one.asset: int(one.minor) for one in stated} == {
            str(aban.coin): 150_000_000,
            "USD/2": -3984,
        }
        assert told_of(aban.bourse.label) == ["1.50000000"]
        reconciling.reconcile(account=account)
        assert told_of(aban.bourse.label) == ["1.50000000"]

    def test_leaves_a_venue_alone_whose_balances_are_moving(self, aban: Stall) -> None:
        aban.bourse.loses = lambda: "answer"
        aban.buy(new_client("100.00"), "3")
        aban.work()
        (account,) = [one for one in list_venues() if one.label == aban.bourse.label]
        assert reconciling.reconcile(account=account)
        assert not models.Balance.objects.filter(venue=aban.bourse.label).exists()


def with_coins(aban: Stall, who: Person, amount: str) -> None:
    """Give somebody coins that the house does not have to buy back."""
    aban.set(Cover.OFF)
    aban.swap(who, get=aban.coins(amount))
    aban.set(Cover.NETTED, net_at_minor=100_000_000)


def told_of(venue: str) -> list[str]:
    """Give what was told of differences at a venue: the amounts that it stated."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT data -> 'stated' ->> 'amount' FROM kit_event "
            "WHERE type = 'exchange.venue.differs' AND subject = %s ORDER BY seq",
            [venue],
        )
        return [amount for (amount,) in cursor.fetchall()]


def gained(code: str) -> int:
    """Give what the house gained today, in minor units."""
    day = clock.today().isoformat()
    found = covers.list_gains(since=day, until=day)
    return sum(one.profit.minor for one in found if one.profit.asset.code == code)
