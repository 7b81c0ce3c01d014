"""What other people decide: closing above the house's amount is signed, and what fraud rules hold is judged.

In a tenant of its own, since policies and fraud rules are the house's.
"""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from fondaco.exchange.actions import closing
from fondaco.exchange.actions.closing import CLOSE, CloseTerms, Ending
from fondaco.exchange.tests.cast import Stall, stall, state_of
from fondaco.exchange.types import Exchange
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import schemas
from fondaco.kit.errors import SignatureRequired
from fondaco.kit.ids import uuid7
from fondaco.policies import models as policies
from fondaco.policies.actions import risk
from fondaco.policies.actions.fraud_rules import put_fraud_rule
from fondaco.policies.types import FraudRule, Operation, Verdict
from fondaco.signing import actions as signing
from fondaco.signing.errors import MakerMayNotSign
from fondaco.signing.tests.cast import band, decide, sign, staff
from fondaco.wallets.tests.cast import Person, new_client

SIGN = "exchange:close"


@pytest.fixture(scope="module")
def house() -> Iterator[None]:
    """Give a house where closing from 50 dollars on is signed, and a purchase at once after two is held."""
    made = schemas.create_tenant(name=f"held_{uuid4().hex[:12]}", mode="demo")
    with tenancy.scope(made.scope.name):
        for _ in range(2):
            staff(SIGN)
        decide(None, CLOSE, band(high="50"), band((SIGN, 1), low="50"))
        rule = FraudRule(
            id=uuid7(),
            name="too many purchases",
            kind="velocity",
            operation=Operation.PURCHASE,
            verdict=Verdict.HOLD,
            parameters={"window_s": 3600, "count_max": 2},
            version=0,
        )
        put_fraud_rule(rule=rule, by=SYSTEM)
        yield


@pytest.fixture
def aban(house: None) -> Iterator[Stall]:
    """A coin at 20.00 dollars, which its venue sells at 19.90."""
    del house
    with stall("20.00") as opened:
        yield opened


def terms(one: Exchange, how: Ending) -> CloseTerms:
    return CloseTerms(order=one.order.wire_id, ending=how, reason="stuck", evidence="ticket 7")


class TestClosingAboveTheHousesAmount:
    @pytest.mark.parametrize(
        ("how", "state", "coins", "dollars"),
        [
            (Ending.DELIVER, "closed", "3.00000000", "40.00"),
            (Ending.REFUND, "rejected", "0.00000000", "100.00"),
        ],
    )
    def test_takes_effect_with_the_signature_of_another(
        self, aban: Stall, how: Ending, state: str, coins: str, dollars: str
    ) -> None:
        who, maker, other = new_client("100.00"), staff(SIGN), staff(SIGN)
        made = aban.buy(who, "3")
        asked = terms(made, how)
        with pytest.raises(SignatureRequired):
            closing.close_order(asked=asked, by=maker.actor)
        request = signing.propose(kind=CLOSE, terms=asked.model_dump(mode="json"), maker=maker)
        with pytest.raises(MakerMayNotSign):
            sign(request, maker)
        assert state_of(made) == "in_progress"
        assert sign(request, other).state == "done"
        assert (state_of(made), who.available()) == (state, dollars)
        assert who.available(aban.coin.code) == coins

    def test_is_done_alone_below_it(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.buy(who, "1")
        ended = closing.close_order(asked=terms(made, Ending.REFUND), by=staff(SIGN).actor)
        assert (ended.order.state.value, who.available()) == ("rejected", "100.00")


def held(aban: Stall, who: Person) -> tuple[Exchange, policies.Case]:
    """Purchase until the rule holds one."""
    for _ in range(2):
        aban.buy(who, "0.1")
    made = aban.buy(who, "1")
    return made, policies.Case.objects.get(reference=made.order.id)


class TestAPurchaseThatAFraudRuleHolds:
    def test_waits_with_its_money_and_is_bought_nowhere(self, aban: Stall) -> None:
        who = new_client("100.00")
        made, _ = held(aban, who)
        aban.work()
        assert (state_of(made), who.available()) == ("waiting_for_operator", "76.00")
        assert aban.bourse.received == []

    def test_goes_on_when_it_is_released(self, aban: Stall) -> None:
        who = new_client("100.00")
        made, case = held(aban, who)
        risk.release(case_id=case.id, note="known to us", by=SYSTEM)
        assert state_of(made) == "in_progress"
        aban.work()
        assert (state_of(made), who.available(aban.coin.code)) == ("closed", "1.00000000")

    def test_gives_its_money_back_when_it_is_rejected(self, aban: Stall) -> None:
        who = new_client("100.00")
        made, case = held(aban, who)
        risk.reject(case_id=case.id, note="not him", by=SYSTEM)
        assert (state_of(made), who.available()) == ("rejected", "96.00")
        aban.work()
        assert aban.bourse.received == []
