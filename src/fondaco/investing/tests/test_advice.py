"""Advice of the engine of the house, and of a service outside that misbehaves in every way."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from fondaco.instruments.actions.instruments import import_prices
from fondaco.instruments.tests.cast import TESTS, new_share, tell
from fondaco.instruments.types import DayPrice
from fondaco.investing.errors import AdviceExpired, AdviceUnavailable, NoCash, SumTooSmall
from fondaco.investing.queries.advice import get_advice, list_advice
from fondaco.investing.queries.xray import get_balance
from fondaco.investing.tests.cast import HISTORY_DAYS as DAYS, advise, follow, wild_shares
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.orders.states import OrderState
from fondaco.vendors.advisor.breaker import FAILURES, REST_S, Breaker
from fondaco.vendors.advisor.contract import BadAnswer, is_signed, read_answer, sign
from fondaco.wallets.tests.cast import new_client, usd

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def shares() -> Sequence[str]:
    """Give four shares with a history, the same ones for all tests of a process."""
    return wild_shares()


class TestAdvice:
    def test_spreads_the_fullest_wallet_to_the_last_cent(self, shares: Sequence[str]) -> None:
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

    def test_takes_more_risk_where_more_is_wished(self, shares: Sequence[str]) -> None:
        person = new_client("1000.00")
        risks = [
            Decimal(advise(person, shares, risk=risk).answer["metrics"]["volatility"])
            for risk in (0, 50, 100)
        ]
        assert risks == sorted(risks)
        assert advise(person, shares, risk=0).answer["cash_parts"] == 300_000

    def test_is_followed_whole_and_remembered(self, shares: Sequence[str]) -> None:
        person = new_client("1000.00")
        advice = advise(person, shares, risk=80)
        assert follow(person, advice) is OrderState.CLOSED
        assert person.available() == advice.answer["rest"]
        assert advise(person, shares, total=usd("10.00")).risk == 80
        balance = get_balance(customer_id=person.customer_id, at=clock.now())
        assert balance.advice.id == advice.id
        assert not balance.is_due

    def test_expires(self, shares: Sequence[str]) -> None:
        person = new_client("1000.00")
        advice = advise(person, shares)
        with (
            clock.set_to(advice.expires_at + timedelta(seconds=1)),
            pytest.raises(AdviceExpired),
        ):
            follow(person, advice)
        assert person.available() == "1000.00"

    def test_is_kept_as_it_was_given(self, shares: Sequence[str]) -> None:
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

    def test_is_the_same_for_the_same_prices_and_anew_for_others(
        self, shares: Sequence[str]
    ) -> None:
        person = new_client("1000.00")
        first, second = (advise(person, shares, risk=60) for _ in range(2))
        assert first.answer == second.answer
        told = DayPrice(symbol=shares[0], day=clock.today(), close=Decimal(1))
        known = first.inputs["prices"][shares[0]]["close"]
        import_prices(prices=[told], source=TESTS, by=SYSTEM)
        assert advise(person, shares, risk=60).answer != first.answer
        tell(shares[0], known)

    def test_warns(self, shares: Sequence[str]) -> None:
        person = new_client("10.00")
        told = advise(person, shares, total=usd("20.00"), risk=100).answer["warnings"]
        assert {"paper_execution", "past_is_no_promise", "sum_exceeds_cash"} <= set(told)
        assert "concentrated" in advise(person, shares[:2], risk=50).answer["warnings"]

    def test_needs_money_and_prices(self, shares: Sequence[str]) -> None:
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
