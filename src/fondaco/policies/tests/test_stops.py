"""Stops: one person sets, two lift, and they beat every rule at once."""

from collections.abc import Iterator
from typing import Any

import pytest

from fondaco.identity.types import customer_wire
from fondaco.kit.access import SYSTEM
from fondaco.kit.ids import encode
from fondaco.money import Money
from fondaco.policies import book, models
from fondaco.policies.actions import stops
from fondaco.policies.errors import OperationDisabled, StopIsSet, Stopped
from fondaco.policies.queries.stops import get_stop
from fondaco.policies.signed import ANOTHER, LIFT, LiftTerms
from fondaco.policies.tests.cast import EUR, check, customer, write
from fondaco.policies.types import STOP_PREFIX, Operation, Stop, StopScope
from fondaco.signing import actions as signing
from fondaco.signing.errors import EffectRefused, MakerMayNotSign
from fondaco.signing.tests.cast import decide, sign, staff
from fondaco.signing.types import Band


@pytest.fixture(autouse=True)
def _nothing_stays_stopped() -> Iterator[None]:
    yield
    for row in models.Stop.objects.filter(lifted_at__isnull=True):
        stops.lift_stop(stop_id=row.id, by=SYSTEM)


def stop(scope: StopScope, value: str = "") -> Stop:
    return stops.set_stop(scope=scope, value=value, reason="an incident", by=SYSTEM)


class TestAStop:
    def test_of_everything_stops_everything(self) -> None:
        who = customer()
        stop(StopScope.ALL)
        for operation in Operation:
            with pytest.raises(Stopped):
                check(who, operation=operation)

    @pytest.mark.parametrize(
        ("scope", "value", "more", "passes"),
        [
            (StopScope.OPERATION, "withdrawal", {}, {"operation": Operation.DEPOSIT}),
            (StopScope.CURRENCY, "USD", {}, {"amount": Money.parse("1.00", EUR)}),
            (StopScope.CURRENCY, "BTC", {"pair": "BTC_USD"}, {"pair": "ETH_USD"}),
            (StopScope.PROVIDER, "kraken", {"provider": "kraken"}, {"provider": "htx"}),
        ],
    )
    def test_stops_what_it_names_alone(
        self, scope: StopScope, value: str, more: Any, passes: Any
    ) -> None:
        who = customer()
        stop(scope, value)
        with pytest.raises(Stopped) as caught:
            check(who, **more)
        assert caught.value.facts == {"stopped": scope.value, "reason": "an incident"}
        check(who, **passes)

    def test_of_a_customer_stops_both_his_sides(self) -> None:
        who, other = customer(), customer()
        stop(StopScope.CUSTOMER, customer_wire(who))
        check(other)
        with pytest.raises(Stopped):
            check(who)
        with pytest.raises(Stopped):
            check(other, counterparty=who)

    def test_beats_a_rule_that_allows(self) -> None:
        who = customer()
        made = write(customer_id=who, enabled=True)
        assert check(who).effective.enabled
        stop(StopScope.OPERATION, made.operation.value)
        with pytest.raises(Stopped):
            check(who)

    def test_is_set_once(self) -> None:
        stop(StopScope.CURRENCY, "RUB")
        with pytest.raises(StopIsSet):
            stop(StopScope.CURRENCY, "RUB")

    def test_is_known_to_other_processes_within_a_second(self) -> None:
        """Another process has this book: it looks at the edition again after 0.4 s, and not before."""
        who = customer()
        check(who)
        stop(StopScope.ALL)
        book.forget()
        with pytest.raises(Stopped):
            check(who)
        assert book.LOOK_EVERY_S < book.STALE_S < 1


class TestLifting:
    def test_takes_two_persons(self) -> None:
        who, set_ = customer(), stop(StopScope.ALL)
        maker, second = staff("policies:stop"), staff("policies:stop")
        terms = LiftTerms(stop=encode(STOP_PREFIX, set_.id))
        request = signing.propose(kind=LIFT, terms=terms, maker=maker)
        with pytest.raises(MakerMayNotSign):
            sign(request, maker)
        with pytest.raises(Stopped):
            check(who)
        assert sign(request, second).state == "done"
        check(who)
        assert get_stop(stop_id=set_.id).lifted_at is not None

    def test_takes_two_whatever_the_house_has_signed(self) -> None:
        set_ = stop(StopScope.CURRENCY, "UAH")
        maker = staff("policies:stop")
        decide(None, LIFT, Band(stages=()))
        terms = LiftTerms(stop=encode(STOP_PREFIX, set_.id))
        with pytest.raises(EffectRefused) as caught:
            signing.propose(kind=LIFT, terms=terms, maker=maker)
        assert caught.value.facts["reason"] == "two_persons_needed"
        assert get_stop(stop_id=set_.id).lifted_at is None
        decide(None, LIFT, *ANOTHER)


class TestASwitch:
    def test_refuses_with_the_rules_own_reason(self) -> None:
        who = customer()
        write(customer_id=who, enabled=False, reason="we are moving house")
        with pytest.raises(OperationDisabled, match="we are moving house"):
            check(who)
