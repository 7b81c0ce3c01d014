"""Advice of a service outside that misbehaves in every way: the house answers instead, visibly."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from fondaco.investing.actions.portfolios import set_advisor_ref
from fondaco.investing.tests.cast import advise, follow, wild_shares
from fondaco.kit import options
from fondaco.kit.access import SYSTEM
from fondaco.orders.states import OrderState
from fondaco.vendors.advisor import client
from fondaco.vendors.advisor.breaker import FAILURES
from fondaco.wallets.tests.cast import new_client
from sandbox.advisor import SECRET, Advisor
from tests.plumbing.serving import sandbox

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def shares() -> Sequence[str]:
    """Give four shares with a history, the same ones for all tests of a process."""
    return wild_shares()


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
    def test_is_followed_and_its_figures_are_ours(self, shares: Sequence[str]) -> None:
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
        self, shares: Sequence[str], mode: str, fallback: str
    ) -> None:
        person = new_client("1000.00")
        with outside(mode):
            advice = advise(person, shares, risk=70)
        assert (advice.engine, advice.fallback, advice.risk) == ("fondaco", fallback, 70)
        assert "fallback_engine" in advice.answer["warnings"]
        assert follow(person, advice) is OrderState.CLOSED

    def test_that_is_slow_costs_its_time_and_no_more(self, shares: Sequence[str]) -> None:
        with outside("slow", advice_timeout_ms=200):
            assert advise(new_client("10.00"), shares).fallback == "too_slow"

    def test_with_another_secret_is_not_asked_for_more(self, shares: Sequence[str]) -> None:
        with outside(advice_secret="another"):
            assert advise(new_client("10.00"), shares).fallback == "refused"

    def test_that_is_not_there_is_left_alone_after_a_while(
        self, shares: Sequence[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        person, url = new_client("10.00"), f"http://127.0.0.1:9/{uuid4()}"
        monkeypatch.setattr(client, "PAUSE_S", 0)
        with options.override(advice_url=url, advice_timeout_ms=10_000):
            told = [advise(person, shares).fallback for _ in range(FAILURES + 1)]
        assert told == [*["unreachable"] * FAILURES, "circuit_open"]
        assert not client.breaker_of(url).may_ask()
