"""One suite over the clients of all exchanges: each speaks its own wire to the sandbox, over real HTTP."""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import pytest

from fondaco.vendors.binance.client import Binance
from fondaco.vendors.htx.client import Htx
from fondaco.vendors.kraken.client import Kraken
from fondaco.vendors.venues import (
    Access,
    Declined,
    Holds,
    OrderAsk,
    OrderUnknown,
    OrderWord,
    OutcomeUnknown,
    RateLimited,
    Side,
    Unavailable,
    Venue,
    VenueOrder,
)
from sandbox import venues_binance, venues_htx, venues_kraken
from sandbox.venues_binance import BinanceVenue
from sandbox.venues_htx import HtxVenue
from sandbox.venues_kraken import KrakenVenue
from tests.plumbing.serving import sandbox

CLIENTS: Final[dict[str, tuple[Callable[[Access], Venue], str]]] = {
    "kraken": (Kraken, venues_kraken.SECRET),
    "binance": (Binance, venues_binance.SECRET),
    "htx": (Htx, venues_htx.SECRET),
}
_NONCES = itertools.count(time.time_ns() // 1000)


@dataclass(frozen=True, slots=True)
class Stand:
    """One client before its simulated exchange, which begins anew with each test."""

    kind: str
    address: str
    venue: Venue

    def misbehave(self, **quirks: Any) -> None:
        put(f"{self.address}/control/{self.kind}/faults", quirks)

    def move(self, **prices: str) -> None:
        put(f"{self.address}/control/exchanges/{self.kind}/prices", _symbols(prices))

    def hold(self, **balances: str) -> None:
        put(f"{self.address}/control/exchanges/{self.kind}/balances", balances)

    def placed(self, client_order_id: UUID) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.address}/control/exchanges/{self.kind}/orders").json()
        return [one for one in answer["items"] if one["client_order_id"] == str(client_order_id)]

    def other(self, **changed: Any) -> Venue:
        """Give a client that differs in its access."""
        return client(self.kind, self.address, **changed)


def _symbols(told: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "/"): price for name, price in told.items()}


def put(url: str, body: Any) -> None:
    answer = httpx.put(url, json=body)
    assert answer.is_success, answer.text


def client(kind: str, address: str, **changed: Any) -> Venue:
    made, secret = CLIENTS[kind]
    known = {"key": "sandbox-key", "secret": secret, "base_url": f"{address}/{kind}"}
    defaults = {"clock": lambda: datetime.now(UTC), "take_nonce": lambda: next(_NONCES)}
    return made(Access(**{**known, **defaults, **changed}))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with sandbox(KrakenVenue(), BinanceVenue(), HtxVenue()) as origin:
        yield origin


@pytest.fixture(params=sorted(CLIENTS))
def stand(request: pytest.FixtureRequest, address: str) -> Iterator[Stand]:
    httpx.post(f"{address}/control/reset")
    venue = client(request.param, address)
    yield Stand(request.param, address, venue)
    venue.close()


def ask(**changed: Any) -> OrderAsk:
    known = {
        "client_order_id": uuid4(),
        "symbol": "BTC/USDT",
        "side": Side.BUY,
        "amount": Decimal("0.01"),
        "price": Decimal(60600),
    }
    return OrderAsk(**{**known, **changed})


def look(stand: Stand, wanted: OrderAsk) -> VenueOrder:
    return stand.venue.order(client_order_id=wanted.client_order_id, symbol=wanted.symbol)


class TestPrices:
    def test_are_those_of_the_book_for_all_symbols_in_one_call(self, stand: Stand) -> None:
        found = stand.venue.tickers()
        assert {"BTC/USDT", "BTC/USD", "ETH/EUR", "ABAN/USD"} <= set(found)
        bitcoin = found["BTC/USDT"]
        assert (bitcoin.bid, bitcoin.ask) == (Decimal("59988.0"), Decimal("60012.0"))
        assert abs(bitcoin.at - datetime.now(UTC)) < timedelta(minutes=1)

    @pytest.mark.parametrize("factor", ["-1", "0", "NaN", "Infinity"])
    def test_that_are_no_prices_are_left_out(self, stand: Stand, factor: str) -> None:
        stand.misbehave(price_factor=factor)
        assert stand.venue.tickers() == {}

    def test_tell_how_old_they_are(self, stand: Stand) -> None:
        stand.misbehave(stale_s=3600)
        age = datetime.now(UTC) - stand.venue.tickers()["BTC/USDT"].at
        assert timedelta(minutes=59) < age < timedelta(minutes=70)

    def test_are_not_to_be_had_from_who_is_down_slow_or_asked_too_often(self, stand: Stand) -> None:
        stand.venue.instruments()
        stand.misbehave(status=503)
        with pytest.raises(Unavailable):
            stand.venue.tickers()
        stand.misbehave(rate_limited=True)
        with pytest.raises(RateLimited):
            stand.venue.tickers()
        stand.misbehave(rate_limited=False, latency_s=3)
        hasty = stand.other(timeout_s=0.5)
        with pytest.raises(Unavailable):
            hasty.instruments()
        hasty.close()


class TestRules:
    def test_tell_steps_and_minimums(self, stand: Stand) -> None:
        rules = stand.venue.rules("BTC/USDT")
        assert (rules.base, rules.quote, rules.is_open) == ("BTC", "USDT", True)
        assert (rules.price_step, rules.amount_step) == (Decimal("0.1"), Decimal("1e-8"))
        assert (rules.amount_min, rules.cost_min) == (Decimal("0.00001"), Decimal(5))

    def test_of_what_is_not_traded_are_declined(self, stand: Stand) -> None:
        with pytest.raises(Declined):
            stand.venue.rules("BTC/XYZ")


class TestPlace:
    def test_buys_at_the_book_s_prices_and_tells_the_fill_exactly(self, stand: Stand) -> None:
        wanted = ask()
        placed = stand.venue.place(wanted)
        assert placed.client_order_id == wanted.client_order_id
        found = look(stand, wanted)
        assert (found.word, found.side, found.symbol) == (OrderWord.FILLED, Side.BUY, "BTC/USDT")
        assert (found.amount, found.filled, found.cost) == (
            Decimal("0.01"),
            Decimal("0.01"),
            Decimal("600.12"),
        )
        (fill,) = stand.placed(wanted.client_order_id)
        assert found.fees == {fill["fee_currency"]: Decimal(fill["fee"])}
        assert found.venue_id == placed.venue_id

    def test_sells(self, stand: Stand) -> None:
        wanted = ask(side=Side.SELL, price=Decimal(59000))
        stand.venue.place(wanted)
        found = look(stand, wanted)
        assert (found.side, found.filled, found.cost) == (
            Side.SELL,
            Decimal("0.01"),
            Decimal("599.88"),
        )
        assert set(found.fees) == {"USDT"}

    def test_never_goes_beyond_its_worst_price(self, stand: Stand) -> None:
        wanted = ask(price=Decimal("60011.9"))
        stand.venue.place(wanted)
        found = look(stand, wanted)
        assert (found.word, found.filled, found.cost) == (
            OrderWord.CANCELLED,
            Decimal(0),
            Decimal(0),
        )

    def test_takes_several_levels_at_their_own_prices(self, stand: Stand) -> None:
        wanted = ask(amount=Decimal(1), price=Decimal(60030))
        stand.venue.place(wanted)
        found = look(stand, wanted)
        assert (found.word, found.filled) == (OrderWord.FILLED, Decimal(1))
        assert Decimal(60012) < found.cost < Decimal(60030)

    def test_tells_a_part_that_was_filled_of_what_is_cancelled(self, stand: Stand) -> None:
        stand.misbehave(fill_share="0.5")
        wanted = ask(price=Decimal(60012))
        stand.venue.place(wanted)
        found = look(stand, wanted)
        assert (found.word, found.filled) == (OrderWord.CANCELLED, Decimal("0.005"))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"amount": Decimal("0.000001"), "price": Decimal(60000)},
            {"amount": Decimal("0.00005"), "price": Decimal(60000)},
            {"amount": Decimal(1000)},
            {"price": Decimal("60000.05")},
        ],
        ids=["below the smallest amount", "below the smallest cost", "too poor", "off the steps"],
    )
    def test_is_declined(self, stand: Stand, wrong: dict[str, Any]) -> None:
        wanted = ask(**wrong)
        with pytest.raises(Declined):
            stand.venue.place(wanted)
        assert stand.placed(wanted.client_order_id) == []

    def test_with_a_lost_answer_is_found_and_was_placed_once(self, stand: Stand) -> None:
        stand.venue.balances()  # so that nothing but the order itself is lost
        stand.misbehave(lost_answers=1.0)
        wanted = ask()
        with pytest.raises(OutcomeUnknown):
            stand.venue.place(wanted)
        found = look(stand, wanted)
        assert (found.word, found.filled) == (OrderWord.FILLED, Decimal("0.01"))
        assert len(stand.placed(wanted.client_order_id)) == 1

    def test_that_was_lost_on_the_way_is_unknown_to_the_venue(self, stand: Stand) -> None:
        stand.venue.balances()
        stand.misbehave(lost_requests=1.0)
        wanted = ask()
        with pytest.raises(OutcomeUnknown):
            stand.venue.place(wanted)
        with pytest.raises(OrderUnknown):
            look(stand, wanted)

    def test_at_a_failing_venue_has_an_unknown_outcome(self, stand: Stand) -> None:
        stand.venue.balances()
        stand.venue.rules("BTC/USDT")
        stand.misbehave(status=502, times=1)
        with pytest.raises(OutcomeUnknown):
            stand.venue.place(ask())

    def test_at_a_venue_that_is_not_there_was_certainly_not_placed(self, stand: Stand) -> None:
        nowhere = stand.other(base_url="http://127.0.0.1:9/none")
        with pytest.raises(Unavailable):
            nowhere.place(ask())
        nowhere.close()

    def test_asked_too_often_was_certainly_not_placed(self, stand: Stand) -> None:
        stand.venue.balances()
        stand.venue.rules("BTC/USDT")
        stand.misbehave(rate_limited=True)
        wanted = ask()
        with pytest.raises(RateLimited):
            stand.venue.place(wanted)
        assert stand.placed(wanted.client_order_id) == []


class TestOrder:
    def test_in_a_word_that_nobody_knows_is_pending(self, stand: Stand) -> None:
        wanted = ask()
        stand.venue.place(wanted)
        stand.misbehave(status_word="teleported")
        found = look(stand, wanted)
        assert (found.word, found.venue_word) == (OrderWord.PENDING, "teleported")

    def test_that_was_never_placed_is_unknown(self, stand: Stand) -> None:
        with pytest.raises(OrderUnknown):
            stand.venue.order(client_order_id=uuid4(), symbol="BTC/USDT")


class TestResting:
    def test_waits_reserves_and_is_filled_when_the_price_comes(self, stand: Stand) -> None:
        wanted = ask(price=Decimal(50000), holds=Holds.UNTIL_CANCELLED)
        stand.venue.place(wanted)
        assert look(stand, wanted).word is OrderWord.OPEN
        held = stand.venue.balances()["USDT"]
        assert held.total - held.available == Decimal(500)
        stand.move(BTC_USDT="49000")
        found = look(stand, wanted)
        assert (found.word, found.cost) == (OrderWord.FILLED, Decimal(500))

    def test_is_cancelled_once(self, stand: Stand) -> None:
        wanted = ask(price=Decimal(50000), holds=Holds.UNTIL_CANCELLED)
        stand.venue.place(wanted)
        stand.venue.cancel(client_order_id=wanted.client_order_id, symbol=wanted.symbol)
        assert look(stand, wanted).word is OrderWord.CANCELLED
        with pytest.raises(OrderUnknown):
            stand.venue.cancel(client_order_id=wanted.client_order_id, symbol=wanted.symbol)

    def test_with_a_lost_answer_to_cancelling_has_an_unknown_outcome(self, stand: Stand) -> None:
        wanted = ask(price=Decimal(50000), holds=Holds.UNTIL_CANCELLED)
        stand.venue.place(wanted)
        stand.misbehave(lost_answers=1.0)
        with pytest.raises(OutcomeUnknown):
            stand.venue.cancel(client_order_id=wanted.client_order_id, symbol=wanted.symbol)
        assert look(stand, wanted).word is OrderWord.CANCELLED


class TestAccount:
    def test_balances_follow_the_fills_to_the_last_unit(self, stand: Stand) -> None:
        stand.hold(BTC="2", USDT="1000")
        wanted = ask()
        stand.venue.place(wanted)
        found = look(stand, wanted)
        after = stand.venue.balances()
        assert after["BTC"].total == Decimal("2.01") - found.fees.get("BTC", Decimal(0))
        assert after["USDT"].total == Decimal(1000) - found.cost - found.fees.get("USDT", 0)

    def test_trades_are_those_of_the_symbol_since_then(self, stand: Stand) -> None:
        begun = datetime.now(UTC) - timedelta(seconds=5)
        first, other, second = ask(), ask(symbol="ETH/USDT", price=Decimal(3030)), ask()
        for one in (first, other, second):
            stand.venue.place(one)
        found = stand.venue.trades(symbol="BTC/USDT", since=begun)
        assert [one.amount for one in found] == [Decimal("0.01")] * 2
        known = look(stand, first)
        assert found[0].order_venue_id == known.venue_id
        assert {found[0].fee_currency: found[0].fee} == known.fees
        assert stand.venue.trades(symbol="BTC/USDT", since=begun + timedelta(hours=1)) == []

    def test_opens_to_nobody_with_another_key_secret_or_time(self, stand: Stand) -> None:
        wrong: list[dict[str, Any]] = [{"key": "another"}, {"secret": "YW5vdGhlcg=="}]
        if stand.kind != "kraken":  # which goes by growing numbers, not by time
            wrong.append({"clock": lambda: datetime.now(UTC) - timedelta(hours=1)})
        for changed in wrong:
            venue = stand.other(**changed)
            with pytest.raises(Declined):
                venue.balances()
            venue.close()


class TestKraken:
    def test_sends_again_with_another_number_when_another_request_came_first(
        self, address: str
    ) -> None:
        high = next(_NONCES) + 3
        numbers = itertools.chain([high, high - 2, high - 1], itertools.count(high + 1))
        for _ in range(4):
            next(_NONCES)
        venue = client("kraken", address, take_nonce=lambda: next(numbers))
        venue.balances()
        wanted = ask(symbol="ETH/USD", price=Decimal(3030))
        venue.place(wanted)
        orders = httpx.get(f"{address}/control/exchanges/kraken/orders").json()["items"]
        sent = [one for one in orders if one["client_order_id"] == str(wanted.client_order_id)]
        assert len(sent) == 1
        for _ in range(10):
            next(_NONCES)
        venue.close()


class TestSteering:
    def test_refuses_what_makes_no_sense_and_changes_nothing(self, stand: Stand) -> None:
        control, kind = f"{stand.address}/control", stand.kind
        wrong: list[tuple[str, Any]] = [
            (f"{kind}/faults", {"teleport": True}),
            (f"{kind}/faults", {"lost_answers": "often"}),
            (f"{kind}/faults", {"price_factor": "much", "status": 503}),
            (f"exchanges/{kind}/prices", {"BTC/USDT": "-1"}),
            (f"exchanges/{kind}/prices", {"NO/SUCH": "1"}),
            (f"exchanges/{kind}/balances", {"USD": "x"}),
            (f"exchanges/{kind}/prices", []),
        ]
        for path, body in wrong:
            assert httpx.put(f"{control}/{path}", json=body).status_code == 422, (path, body)
        assert httpx.put(f"{control}/exchanges/nobody/prices", json={}).status_code == 404
        assert stand.venue.tickers()["BTC/USDT"].bid == Decimal("59988.0")

    def test_lists_something_new(self, stand: Stand) -> None:
        body = {"symbol": "XYZ/USD", "price": "2"}
        url = f"{stand.address}/control/exchanges/{stand.kind}/listings"
        assert httpx.post(url, json=body).status_code == 204
        stand.hold(USD="100")
        wanted = ask(symbol="XYZ/USD", amount=Decimal(10), price=Decimal("2.1"))
        stand.venue.place(wanted)
        assert look(stand, wanted).filled == Decimal(10)

    def test_has_a_page_whose_buttons_work(self, stand: Stand) -> None:
        page = f"{stand.address}/exchanges/"
        assert "behaves" in httpx.get(page).text
        pressed = httpx.post(f"{page}{stand.kind}", data={"do": "tell NaN"})
        assert pressed.status_code == 303
        assert stand.venue.tickers() == {}
        shown = httpx.get(page)
        assert "price_factor NaN" in shown.text
        assert "<script" not in shown.text
        assert shown.headers["content-security-policy"].startswith("default-src 'none'")
        httpx.post(f"{page}{stand.kind}", data={"do": "behave"})
        assert stand.venue.tickers() != {}
        assert httpx.post(f"{page}{stand.kind}", data={"do": "vanish"}).status_code == 404
        assert httpx.get(f"{page}style.css").status_code == 200
