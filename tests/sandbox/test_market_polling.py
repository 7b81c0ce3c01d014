"""Prices from venues: published, guarded, remembered; each test has sources and pairs of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.db import connection, connections, transaction

from fondaco.kit import clock
from fondaco.kit.django import tenancy
from fondaco.kit.django.models.events import Event
from fondaco.kit.errors import InvalidField
from fondaco.market import actions, feeds, models, queries
from fondaco.market.actions.polling import Published
from fondaco.market.errors import FormulaRefused, PairSuspended, RateUnavailable
from fondaco.market.feeds import FeedTold
from fondaco.market.states import CandleStep, SourceKind
from fondaco.market.tests.cast import BY, USD, enter, new_currency, new_pair, new_source, terms
from fondaco.market.types import MarketPair, SourceTerms
from fondaco.vendors.venues import VenueTicker
from sandbox.venues_binance import BinanceVenue
from sandbox.venues_htx import HtxVenue
from sandbox.venues_kraken import KrakenVenue
from tests.plumbing.serving import sandbox

pytestmark = pytest.mark.usefixtures("tenant")


class Street:
    """Three venues of a test's own, and a pair that goes by their median."""

    def __init__(self, **more: Any) -> None:
        self.coin = new_currency()
        self.symbol = f"{self.coin.code}/USD"
        kinds = (SourceKind.KRAKEN, SourceKind.BINANCE, SourceKind.HTX)
        # Their address is nobody's, so that the platform's own job asks in vain.
        self.codes = [
            new_source(kind, base_url=f"http://127.0.0.1:9/{uuid4().hex}", max_age_s=10).code
            for kind in kinds
        ]
        self.pair = new_pair(self.coin, sources=tuple(self.codes), **more)

    def tell(self, *prices: str, at: datetime | None = None) -> Published:
        """Have the venues tell one price each (an empty one: an error), and publish."""
        told = {
            code: self._told(price, at or clock.now())
            for code, price in zip(self.codes, prices, strict=True)
        }
        return actions.publish(told=told, asked_at=clock.now())

    def stop(self) -> None:
        for code in self.codes:
            actions.change_source(
                code=code, terms=SourceTerms(max_age_s=1, is_enabled=False), by=BY
            )

    def _told(self, price: str, at: datetime) -> FeedTold:
        if not price:
            return FeedTold({}, "Unavailable: nobody there")
        value = Decimal(price)
        return FeedTold({self.symbol: VenueTicker(self.symbol, value, value, at)})


@contextmanager
def street(**more: Any) -> Iterator[Street]:
    made = Street(**more)
    try:
        yield made
    finally:
        made.stop()


def price(pair: MarketPair) -> Decimal:
    return queries.get_rate(pair=pair.name).base_price


def events_of(subject: str) -> list[str]:
    found = Event.objects.filter(subject=subject).order_by("seq")
    return list(found.values_list("type", flat=True))


class TestPublish:
    def test_makes_the_median_the_price_in_both_directions(self) -> None:
        with street(markup_bps=100) as here:
            here.tell("100", "101", "102")
            assert price(here.pair) == Decimal("102.01")
            turned = queries.get_rate(pair=f"USD_{here.coin.code}")
            assert turned.base_price == Decimal("99.99")
            assert {one.source for one in turned.sources} == set(here.codes)

    def test_goes_on_without_a_venue_that_is_silent_and_alerts_once(self) -> None:
        with street() as here:
            here.tell("100", "101", "102")
            here.tell("", "101", "103")
            here.tell("", "101", "103")
            assert price(here.pair) == Decimal(101)  # what kraken said is not too old yet
            silent = events_of(here.codes[0])
            assert silent.count("market.source.failed") == 1
            here.tell("101", "101", "103")
            assert events_of(here.codes[0])[-1] == "market.source.recovered"

    def test_has_no_price_when_all_sources_are_too_old(self) -> None:
        with street() as here:
            here.tell("100", "101", "102", at=clock.now() - timedelta(seconds=11))
            with pytest.raises(RateUnavailable):
                price(here.pair)
            assert not queries.get_pair(name=here.pair.name).is_suspended

    def test_ends_a_remembered_price_with_its_sources(self) -> None:
        with street() as here:
            now = clock.now()
            here.tell("100", "100", "100", at=now)
            assert price(here.pair) == Decimal(100)
            with clock.set_to(now + timedelta(seconds=10.5)), pytest.raises(RateUnavailable):
                price(here.pair)

    @pytest.mark.parametrize("told", [("100", "100", "10000"), ("100", "100", "94")])
    def test_suspends_a_pair_whose_sources_disagree(self, told: tuple[str, ...]) -> None:
        with street(deviation_bps_max=500) as here:
            here.tell("100", "100", "100")
            assert here.tell(*told).suspended == (here.pair.name,)
            with pytest.raises(PairSuspended):
                price(here.pair)
            assert "market.pair.suspended" in events_of(here.pair.name)
            here.tell("100", "100", "100")
            with pytest.raises(PairSuspended):  # until somebody has looked
                price(here.pair)
            actions.resume_pair(name=here.pair.name, reason="a typing error there", by=BY)
            here.tell("100", "100", "100")
            assert price(here.pair) == Decimal(100)

    def test_suspends_a_pair_whose_price_jumps_though_all_agree(self) -> None:
        with street(jump_bps_max=2000) as here:
            here.tell("100", "100", "100")
            here.tell("119", "119", "119")
            assert price(here.pair) == Decimal(119)
            assert here.tell("11900", "11900", "11900").suspended == (here.pair.name,)
            with pytest.raises(PairSuspended):
                price(here.pair)
            assert models.Tick.objects.filter(pair__name=here.pair.name, ask__gt=119).count() == 0

    def test_takes_any_price_after_an_hour_without_one(self) -> None:
        with street() as here:
            with clock.set_to(clock.now() - timedelta(hours=2)):
                here.tell("100", "100", "100")
            assert here.tell("200", "200", "200").suspended == ()
            assert price(here.pair) == Decimal(200)

    def test_writes_a_tick_only_when_the_price_moves(self) -> None:
        with street() as here:
            for each in ("100", "100", "101", "101"):
                here.tell(each, each, each)
            ticks = models.Tick.objects.filter(pair__name=here.pair.name).order_by("id")
            assert [tick.ask for tick in ticks] == [100, 101]

    def test_never_covers_what_was_asked_later(self) -> None:
        with street() as here:
            late = clock.now() - timedelta(seconds=5)
            here.tell("100", "100", "100")
            ticker = VenueTicker(here.symbol, Decimal(90), Decimal(90), late)
            told = {code: FeedTold({here.symbol: ticker}) for code in here.codes}
            actions.publish(told=told, asked_at=late)
            assert price(here.pair) == Decimal(100)

    def test_is_left_to_whoever_is_at_it(self) -> None:
        with street() as here:
            here.tell("100", "100", "100")
            done: list[int] = []

            def other() -> None:
                done.append(here.tell("101", "101", "101").ticks)
                connections.close_all()

            with transaction.atomic(), connection.cursor() as cursor:
                name = f"{tenancy.current().schema}:market.publish"
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
                thread = threading.Thread(target=tenancy.run_in_context(other))
                thread.start()
                thread.join()
            assert done == [0]
            assert price(here.pair) == Decimal(100)

    def test_by_many_workers_at_once_writes_each_price_once(self) -> None:
        with street() as here:
            here.tell("100", "100", "100")

            def work() -> None:
                for _ in range(5):
                    here.tell("105", "105", "105")
                connections.close_all()

            threads = [threading.Thread(target=tenancy.run_in_context(work)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            ticks = models.Tick.objects.filter(pair__name=here.pair.name)
            assert ticks.count() == 2


class TestFormulas:
    def test_follow_sources_and_other_pairs(self) -> None:
        coin, money = new_currency(), new_currency(scale=2)
        manual = new_source(prices={f"{coin.code}/USD": ("99", "101")})
        dollars = new_pair(money, static="0.5")
        pair = new_pair(
            coin,
            money,
            formula=f'{manual.code}("{coin.code}/USD") * rate("USD_{money.code}")',
        )
        assert price(pair) == Decimal(202)
        turned = queries.get_rate(pair=f"{money.code}_{coin.code}")
        assert turned.base_price == Decimal(198)
        actions.suspend_pair(name=dollars.name, reason="a test", by=BY)
        with pytest.raises(RateUnavailable):
            price(pair)

    def test_that_close_a_circle_are_refused(self) -> None:
        one, two = new_pair(), new_pair()
        actions.change_pair(
            name=one.name, terms=terms(formula=f'rate("{two.name}") * 2'), is_enabled=True, by=BY
        )
        turned = f"USD_{one.get.code}"
        with pytest.raises(FormulaRefused, match="needs itself"):
            actions.change_pair(
                name=two.name, terms=terms(formula=f'1 / rate("{turned}")'), is_enabled=True, by=BY
            )
        with pytest.raises(FormulaRefused, match="needs itself"):
            actions.change_pair(
                name=two.name, terms=terms(formula=f'rate("{two.name}")'), is_enabled=True, by=BY
            )
        assert price(two) == Decimal(20)

    @pytest.mark.parametrize("formula", ['nosuch("A1/B2")', 'rate("NO_SUCH")'])
    def test_that_name_nothing_are_refused(self, formula: str) -> None:
        with pytest.raises(FormulaRefused):
            new_pair(formula=formula)

    def test_that_would_buy_dearer_than_they_sell_suspend_their_pair(self) -> None:
        coin = new_currency()
        symbol = f"{coin.code}/USD"
        manual = new_source(prices={symbol: ("90", "110")})
        pair = new_pair(
            coin,
            formula=f'{manual.code}("{symbol}").bid + {manual.code}("{symbol}").ask'
            f' - {manual.code}("{symbol}")',
        )
        assert pair.name in actions.publish(told={}, asked_at=clock.now()).suspended


class TestManualSources:
    @pytest.mark.parametrize(
        "prices",
        [{"A1/USD": "0"}, {"A1/USD": "-1"}, {"A1/USD": "NaN"}, {"A1/USD": ("2", "1")}, {"A1": "1"}],
    )
    def test_take_prices_alone(self, prices: dict[str, Any]) -> None:
        manual = new_source(prices={"A1/USD": "5"})
        with pytest.raises(InvalidField):
            enter(manual.code, prices)
        assert models.Reading.objects.get(source__code=manual.code).prices == {"A1/USD": ["5", "5"]}


class TestCandles:
    def test_sum_ticks_up_and_may_be_made_again(self, fresh_tenant: Any) -> None:
        begin = datetime(2026, 3, 1, 9, 59, 10, tzinfo=UTC)
        with tenancy.scope(fresh_tenant()), street() as here:
            for seconds, each in ((0, "100"), (20, "104"), (50, "98"), (60, "99"), (61, "101")):
                with clock.set_to(begin + timedelta(seconds=seconds)):
                    here.tell(each, each, each)
            with clock.set_to(begin + timedelta(minutes=3)):
                actions.make_candles()
                actions.make_candles()

            def candles(name: str, step: CandleStep) -> list[tuple[int, list[str], int]]:
                found = queries.list_candles(pair=name, step=step, since=None, until=None)
                return [
                    (
                        one.begins_at.minute,
                        [f"{each:f}" for each in (one.open, one.high, one.low, one.close)],
                        one.ticks,
                    )
                    for one in found
                ]

            assert candles(here.pair.name, CandleStep.MINUTE) == [
                (59, ["100", "104", "100", "104"], 2),
                (0, ["98", "101", "98", "101"], 3),
            ]
            turned = ["0.01", "0.01", "0.0096153846153846153846", "0.0096153846153846153846"]
            assert candles(f"USD_{here.coin.code}", CandleStep.HOUR)[0] == (0, turned, 2)
            assert candles(here.pair.name, CandleStep.DAY) == [(0, ["100", "104", "98", "101"], 5)]
            assert actions.forget_ticks(before=begin + timedelta(seconds=30)) == 2
            assert actions.forget_minutes(before=begin) == 1


class TestPollTenants:
    def test_asks_real_venues_over_http(self) -> None:
        coin = new_currency()
        with sandbox(KrakenVenue(), BinanceVenue(), HtxVenue()) as address:
            codes = [
                new_source(kind, base_url=f"{address}/{kind.value}").code
                for kind in (SourceKind.KRAKEN, SourceKind.BINANCE, SourceKind.HTX)
            ]
            for code in ("kraken", "binance", "htx"):
                body = {"symbol": f"{coin.code}/USD", "price": "20"}
                httpx.post(f"{address}/control/exchanges/{code}/listings", json=body)
            pair = new_pair(coin, USD, sources=tuple(codes))
            try:
                actions.poll_tenants()
                assert price(pair) == Decimal("20.004")
                assert {one.source for one in queries.get_rate(pair=pair.name).sources} == set(
                    codes
                )
            finally:
                for code in codes:
                    off = SourceTerms(max_age_s=1, is_enabled=False)
                    actions.change_source(code=code, terms=off, by=BY)
                feeds.close_all()
