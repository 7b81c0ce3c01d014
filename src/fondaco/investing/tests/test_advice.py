"""Advice of the engine of the house, and of a service outside that misbehaves in every way."""

import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.db import IntegrityError, connection, transaction

from fondaco.instruments.actions.instruments import import_prices
from fondaco.instruments.tests.cast import TESTS, new_share, tell
from fondaco.instruments.types import DayPrice
from fondaco.investing.actions.advice import give_advice
from fondaco.investing.actions.orders import invest
from fondaco.investing.actions.portfolios import set_advisor_ref
from fondaco.investing.errors import AdviceExpired, AdviceUnavailable, NoCash, SumTooSmall
from fondaco.investing.queries.advice import get_advice, list_advice
from fondaco.investing.queries.xray import get_balance
from fondaco.investing.types import Advice, AdviceAsk, QuoteAsk
from fondaco.kit import clock, options
from fondaco.kit.access import SYSTEM
from fondaco.orders.states import OrderState
from fondaco.vendors.advisor import client
from fondaco.vendors.advisor.breaker import FAILURES, REST_S, Breaker
from fondaco.vendors.advisor.contract import BadAnswer, is_signed, read_answer, sign
from fondaco.wallets.tests.cast import Person, new_client, usd
from sandbox.advisor import SECRET, Advisor
from tests.plumbing.serving import sandbox

pytestmark = pytest.mark.usefixtures("tenant")
DAYS = 300


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Hold the symbols of this module's shares, made by the first test that wants them."""
    return {}


@pytest.fixture
def shares(market: dict[str, list[str]], tenant: Any) -> list[str]:
    """Give four shares with a history of their own, from calm to wild."""
    if not market:
        dice = random.Random(4)
        market["all"] = []
        for wildness in (0.004, 0.008, 0.015, 0.03):
            symbol, price = new_share(), 50.0
            closes = []
            for _ in range(DAYS):
                price *= math.exp(wildness / 12 + wildness * dice.gauss(0, 1))
                closes.append(f"{price:.4f}")
            tell(symbol, *closes)
            market["all"].append(symbol)
    return market["all"]


def advise(person: Person, shares: list[str], **asked: Any) -> Advice:
    ask = AdviceAsk(symbols=shares, **asked)
    return give_advice(customer_id=person.customer_id, ask=ask, by=person.actor)


def follow(person: Person, advice: Advice) -> OrderState:
    ask = QuoteAsk(wallet_id=person.wallet_id, advice_id=advice.id)
    return invest(customer_id=person.customer_id, ask=ask, by=person.actor).state


class TestAdvice:
    def test_spreads_the_fullest_wallet_to_the_last_cent(self, shares: list[str]) -> None:
        person = new_client("1000.00")
        advice = advise(person, shares)
        answer = advice.answer
        assert (advice.risk, advice.level, advice.total) == (50, 5, usd("1000.00"))
        assert sum(answer["parts"].values()) + answer["cash_parts"] == 1_000_000
        spent = sum(Decimal(one["cost"]) for one in answer["assets"])
        assert spent + Decimal(answer["fee"]) + Decimal(answer["rest"]) == 1000
        risks = sum((Decimal(one["risk_part"]) for one in answer["assets"]), Decimal(0))
        assert abs(risks - 1) < Decimal("0.00001")
        assert len(answer["frontier"]) == 10

    def test_takes_more_risk_where_more_is_wished(self, shares: list[str]) -> None:
        person = new_client("1000.00")
        risks = [
            Decimal(advise(person, shares, risk=risk).answer["metrics"]["volatility"])
            for risk in (0, 50, 100)
        ]
        assert risks == sorted(risks)
        assert advise(person, shares, risk=0).answer["cash_parts"] == 300_000

    def test_is_followed_whole_and_remembered(self, shares: list[str]) -> None:
        person = new_client("1000.00")
        advice = advise(person, shares, risk=80)
        assert follow(person, advice) is OrderState.CLOSED
        assert person.available() == advice.answer["rest"]
        assert advise(person, shares, total=usd("10.00")).risk == 80
        balance = get_balance(customer_id=person.customer_id, at=clock.now())
        assert balance.advice.id == advice.id
        assert not balance.is_due

    def test_expires(self, shares: list[str]) -> None:
        person = new_client("1000.00")
        advice = advise(person, shares)
        with (
            clock.set_to(advice.expires_at + timedelta(seconds=1)),
            pytest.raises(AdviceExpired),
        ):
            follow(person, advice)
        assert person.available() == "1000.00"

    def test_is_kept_as_it_was_given(self, shares: list[str]) -> None:
        person = new_client("1000.00")
        advice = advise(person, shares, risk=10)
        assert get_advice(advice_id=advice.id, customer_id=person.customer_id) == advice
        assert [one.id for one in list_advice(customer_id=person.customer_id, limit=5).items] == [
            advice.id
        ]
        assert set(advice.inputs["prices"]) == set(shares)
        assert advice.inputs["history"]["days"] == DAYS
        for statement in ("UPDATE investing_advice SET risk = 1", "DELETE FROM investing_advice"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)

    def test_is_the_same_for_the_same_prices_and_anew_for_others(self, shares: list[str]) -> None:
        person = new_client("1000.00")
        first, second = (advise(person, shares, risk=60) for _ in range(2))
        assert first.answer == second.answer
        told = DayPrice(symbol=shares[0], day=clock.today(), close=Decimal(1))
        known = first.inputs["prices"][shares[0]]["close"]
        import_prices(prices=[told], source=TESTS, by=SYSTEM)
        assert advise(person, shares, risk=60).answer != first.answer
        tell(shares[0], known)

    def test_warns(self, shares: list[str]) -> None:
        person = new_client("10.00")
        told = advise(person, shares, total=usd("20.00"), risk=100).answer["warnings"]
        assert {"paper_execution", "past_is_no_promise", "sum_exceeds_cash"} <= set(told)
        assert "concentrated" in advise(person, shares[:2], risk=50).answer["warnings"]

    def test_needs_money_and_prices(self, shares: list[str]) -> None:
        with pytest.raises(NoCash):
            advise(new_client(), shares)
        person = new_client("1.00")
        with pytest.raises(AdviceUnavailable):
            advise(person, [new_share("1"), new_share("1")])
        with pytest.raises(AdviceUnavailable):
            advise(person, shares[:1])
        tiny = advise(person, shares, total=usd("0.01"), risk=0)
        with pytest.raises(SumTooSmall):
            follow(person, tiny)


@contextmanager
def outside(mode: str = "right", **chosen: Any) -> Iterator[str]:
    """Serve the service outside, behaving in a way; its breaker is a fresh one, since its port is."""
    with sandbox(Advisor()) as origin:
        url = f"{origin}/advisor"
        httpx.put(f"{url}/behaviour", json={"mode": mode}).raise_for_status()
        told = {"advice_url": url, "advice_secret": SECRET, "advice_timeout_ms": 5_000}
        try:
            with options.override(**{**told, **chosen}):
                yield url
        finally:
            httpx.put(f"{url}/behaviour", json={"mode": "right"})


class TestTheServiceOutside:
    def test_is_followed_and_its_figures_are_ours(self, shares: list[str]) -> None:
        person = new_client("1000.00")
        set_advisor_ref(
            customer_id=person.customer_id, advisor_ref="user-0000000000000501", by=SYSTEM
        )
        with outside() as url:
            advice = advise(person, shares)
            asked = httpx.get(f"{url}/last").json()
            named = advise(person, shares, risk=20)
        assert (advice.engine, advice.fallback) == ("outside", "")
        assert set(advice.answer["parts"].values()) == {250_000}
        assert "risk" not in asked
        assert asked["customer_ref"] == "user-0000000000000501"
        assert str(person.customer_id) not in str(asked)
        assert named.risk == 20
        assert follow(person, advice) is OrderState.CLOSED

    @pytest.mark.parametrize(
        ("mode", "fallback"),
        [
            ("drop", "unreachable"),
            ("nan", "weight_not_finite"),
            ("negative", "weight_negative"),
            ("unknown", "symbol_unknown"),
            ("too_much", "weights_do_not_sum_to_one"),
            ("html", "not_json"),
            ("huge", "too_large"),
            ("failing", "failing"),
            ("unsigned", "not_signed"),
            ("other_request", "answer_of_another_request"),
            ("twice", "symbol_twice"),
            ("nothing", "weights_missing"),
        ],
    )
    @pytest.mark.filterwarnings("ignore")  # the stub hangs up on purpose
    def test_that_fails_leaves_the_house_to_answer_visibly(
        self, shares: list[str], mode: str, fallback: str
    ) -> None:
        person = new_client("1000.00")
        with outside(mode):
            advice = advise(person, shares, risk=70)
        assert (advice.engine, advice.fallback, advice.risk) == ("fondaco", fallback, 70)
        assert "fallback_engine" in advice.answer["warnings"]
        assert follow(person, advice) is OrderState.CLOSED

    def test_that_is_slow_costs_its_time_and_no_more(self, shares: list[str]) -> None:
        with outside("slow", advice_timeout_ms=200):
            assert advise(new_client("10.00"), shares).fallback == "too_slow"

    def test_with_another_secret_is_not_asked_for_more(self, shares: list[str]) -> None:
        with outside(advice_secret="another"):
            assert advise(new_client("10.00"), shares).fallback == "refused"

    def test_that_is_not_there_is_left_alone_after_a_while(
        self, shares: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        person, url = new_client("10.00"), f"http://127.0.0.1:9/{uuid4()}"
        monkeypatch.setattr(client, "PAUSE_S", 0)
        with options.override(advice_url=url, advice_timeout_ms=10_000):
            told = [advise(person, shares).fallback for _ in range(FAILURES + 1)]
        assert told == [*["unreachable"] * FAILURES, "circuit_open"]
        assert not client.breaker_of(url).may_ask()


class TestTheBreaker:
    def test_rests_after_failures_and_lets_one_try(self) -> None:
        now = [0.0]
        breaker = Breaker(lambda: now[0])
        for _ in range(FAILURES):
            assert breaker.may_ask()
            breaker.fail()
        assert not breaker.may_ask()
        now[0] = REST_S
        assert [breaker.may_ask(), breaker.may_ask()] == [True, False]
        breaker.fail()
        now[0] = 2 * REST_S - 1
        assert not breaker.may_ask()
        now[0] = 2 * REST_S
        assert breaker.may_ask()
        breaker.succeed()
        assert breaker.may_ask()


class TestTheContract:
    def answer(self, weights: str, **more: str) -> bytes:
        told = {"version": "1", "request_id": '"r"', "model": '"m"', "weights": weights, **more}
        return ("{" + ",".join(f'"{name}": {value}' for name, value in told.items()) + "}").encode()

    def test_takes_numbers_and_text(self) -> None:
        body = self.answer('[{"symbol": "A", "weight": 0.3}, {"symbol": "B", "weight": "0.7"}]')
        found = read_answer(body, request_id="r", symbols={"A", "B"})
        assert found.weights == {"A": Decimal("0.3"), "B": Decimal("0.7")}

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"", "not_json"),
            (b"[]", "not_json"),
            (b"\xff", "not_json"),
            (b"[" * 100_000, "not_json"),
            (b'{"version": 1}', "answer_of_another_request"),
        ],
    )
    def test_refuses_what_is_no_answer(self, body: bytes, code: str) -> None:
        with pytest.raises(BadAnswer) as told:
            read_answer(body, request_id="r", symbols={"A"})
        assert told.value.code == code

    @pytest.mark.parametrize(
        ("weights", "code"),
        [
            ("{}", "weights_missing"),
            ('[{"symbol": "A"}]', "weights_malformed"),
            ('[{"symbol": "A", "weight": true}]', "weights_malformed"),
            ('[{"symbol": "A", "weight": "x"}]', "weights_malformed"),
            ('[{"symbol": "A", "weight": 1e400}]', "weight_not_finite"),
            ('[{"symbol": "A", "weight": "NaN"}]', "weight_not_finite"),
            ('[{"symbol": "A", "weight": Infinity}]', "weight_not_finite"),
            ('[{"symbol": 1, "weight": 1}]', "symbol_unknown"),
            ('[{"symbol": "A", "weight": "' + "1" * 99 + '"}]', "weights_malformed"),
        ],
    )
    def test_refuses_weights_that_are_none(self, weights: str, code: str) -> None:
        with pytest.raises(BadAnswer) as told:
            read_answer(self.answer(weights), request_id="r", symbols={"A"})
        assert told.value.code == code

    @pytest.mark.parametrize("model", ["1", '""', '"' + "m" * 99 + '"', '"a\\u0000"'])
    def test_wants_the_model_named(self, model: str) -> None:
        with pytest.raises(BadAnswer):
            read_answer(self.answer("[]", model=model), request_id="r", symbols={"A"})

    def test_believes_signatures_of_just_now(self) -> None:
        header = sign("s", at_s=1_000, body=b"x")
        assert is_signed("s", header, body=b"x", now_s=1_200)
        assert not is_signed("s", header, body=b"x", now_s=1_400)
        assert not is_signed("s", header, body=b"y", now_s=1_000)
        assert not is_signed("t", header, body=b"x", now_s=1_000)
        assert not is_signed("s", "", body=b"x", now_s=1_000)
