"""Rules against fraud: each kind speaks when it should, and what it says is kept and decided."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from fondaco.kit import clock
from fondaco.kit.access import SYSTEM, Actor
from fondaco.kit.errors import InvalidField
from fondaco.kit.ids import decode, uuid7
from fondaco.kit.lifecycle import IllegalMove
from fondaco.policies import models, risk_desk
from fondaco.policies.actions import checking, fraud_rules, risk
from fondaco.policies.errors import RiskRefused, UnderReview
from fondaco.policies.queries.risk import check_released, get_case, list_cases
from fondaco.policies.states import CaseState
from fondaco.policies.tests.cast import ask, check, customer, facts
from fondaco.policies.types import CASE_PREFIX, FraudRule, Operation, Verdict


@pytest.fixture(autouse=True)
def _no_rule_stays() -> Iterator[None]:
    yield
    for row in models.FraudRule.objects.all():
        fraud_rules.remove_fraud_rule(rule_id=row.id, version=row.version, by=SYSTEM)


def watch(
    kind: str,
    verdict: Verdict = Verdict.REFUSE,
    *,
    operation: Operation | None = Operation.WITHDRAWAL,
    **parameters: Any,
) -> FraudRule:
    rule = FraudRule(
        id=uuid7(),
        name=f"watch {kind}",
        kind=kind,
        operation=operation,
        verdict=verdict,
        parameters=parameters,
        version=0,
    )
    return fraud_rules.put_fraud_rule(rule=rule, by=SYSTEM)


def case_of(error: UnderReview | RiskRefused) -> Any:
    return get_case(case_id=decode(CASE_PREFIX, error.facts["case"]))


class TestEachKind:
    def test_velocity_counts_in_a_window(self) -> None:
        who = customer()
        watch("velocity", window_s=3600, count_max=2)
        check(who)
        check(who)
        with pytest.raises(RiskRefused) as caught:
            check(who)
        assert case_of(caught.value).reasons == (
            "watch velocity: 3 times within 3600 s, more than 2",
        )
        check(customer())
        with clock.set_to(clock.now() + timedelta(seconds=3601)):
            check(who)

    def test_volume_sums_one_currency(self) -> None:
        who = customer()
        watch("volume", window_s=3600, currency="USD", sum_max="100")
        check(who, "60.00")
        check(who, "40.00")
        with pytest.raises(RiskRefused):
            check(who, "0.01")

    def test_new_destination_speaks_once(self) -> None:
        who = customer()
        rule = watch("new_destination", Verdict.ALLOW)
        told = facts(destination="GB82 WEST 1234")
        first, second = (check(who, facts=told).reasons for _ in range(2))
        assert first == (f"{rule.name}: the first time to this destination",)
        assert second == ()

    def test_new_destination_leaves_small_amounts_alone(self) -> None:
        watch("new_destination", currency="USD", amount_min="100")
        check(customer(), "99.99", facts=facts(destination="x"))
        with pytest.raises(RiskRefused):
            check(customer(), "100.00", facts=facts(destination="x"))

    @pytest.mark.parametrize("what", ["device", "address", "destination"])
    def test_shared_counts_customers(self, what: str) -> None:
        watch("shared", what=what, window_s=3600, customers_max=2)
        told = facts(**{what: f"one {what}"})
        first, second, third = (customer() for _ in range(3))
        for who in (first, second, first):
            check(who, facts=told)
        with pytest.raises(RiskRefused):
            check(third, facts=told)
        check(third)

    def test_unusual_amount_compares_with_the_customers_own(self) -> None:
        who = customer()
        watch("unusual_amount", window_s=86_400, factor=5, history_min=3)
        check(who, "1000.00")
        for _ in range(2):
            check(who, "10.00")
        check(who, "1700.00")
        with pytest.raises(RiskRefused):
            check(who, "3400.01")

    def test_round_trip_knows_what_comes_back(self) -> None:
        one, other = customer(), customer()
        watch("round_trip", operation=Operation.MOVEMENT, window_s=3600, share_min=80)
        move: dict[str, Any] = {"operation": Operation.MOVEMENT}
        check(one, "100.00", counterparty=other, **move)
        check(one, "100.00", counterparty=other, **move)
        with pytest.raises(RiskRefused):
            check(other, "200.00", counterparty=one, **move)
        check(other, "200.00", counterparty=customer(), **move)

    def test_round_trip_knows_a_deposit_that_leaves(self) -> None:
        who = customer()
        watch("round_trip", window_s=3600)
        check(who, "100.00", operation=Operation.DEPOSIT)
        with pytest.raises(RiskRefused):
            check(who, "99.00")

    @pytest.mark.parametrize(
        ("kind", "parameters"),
        [
            ("astrology", {}),
            ("velocity", {}),
            ("velocity", {"window_s": 0, "count_max": 1}),
            ("velocity", {"window_s": 60, "count_max": 1, "more": 1}),
            ("volume", {"window_s": 60, "currency": "usd", "sum_max": "1"}),
            ("shared", {"what": "shoes", "window_s": 60, "customers_max": 1}),
        ],
    )
    def test_refuses_other_parameters(self, kind: str, parameters: Any) -> None:
        with pytest.raises(InvalidField):
            watch(kind, **parameters)


class TestAHold:
    def test_refuses_what_cannot_wait_and_keeps_why(self) -> None:
        who = customer()
        watch("velocity", Verdict.HOLD, window_s=60, count_max=0)
        cases = set()
        for _ in range(2):
            with pytest.raises(UnderReview) as caught:
                check(who)
            cases.add(case_of(caught.value).id)
        (case_id,) = cases
        case = get_case(case_id=case_id)
        assert (case.state, case.customer_id, str(case.amount)) == (
            CaseState.WAITING,
            who,
            "10.00 USD",
        )
        assert case_id in {one.id for one in list_cases(state=CaseState.WAITING).items}

    def test_that_is_released_lets_the_like_pass_once(self) -> None:
        who = customer()
        watch("velocity", Verdict.HOLD, window_s=60, count_max=0)
        with pytest.raises(UnderReview) as caught:
            check(who)
        released = risk.release(case_id=case_of(caught.value).id, note="known", by=SYSTEM)
        assert released.state == CaseState.RELEASED
        with pytest.raises(UnderReview):
            check(who, "10.01")
        check(who, "10.00")
        with pytest.raises(UnderReview):
            check(who, "10.00")

    def test_of_what_can_wait_is_a_verdict_and_tells_the_domain(self) -> None:
        who, order = customer(), uuid7()
        told: list[tuple[str, UUID, Actor]] = []

        def released(*, reference: UUID, by: Actor) -> None:
            told.append(("released", reference, by))

        def rejected(*, reference: UUID, by: Actor) -> None:
            told.append(("rejected", reference, by))

        operation = Operation.FINANCE_REQUEST
        risk_desk.on_decided(operation, released=released, rejected=rejected)
        watch("velocity", Verdict.HOLD, operation=operation, window_s=60, count_max=0)
        decision = check(who, operation=operation, reference=order, can_wait=True)
        assert decision.verdict is Verdict.HOLD
        assert decision.case_id is not None
        with pytest.raises(UnderReview):
            check_released(reference=order)
        risk.reject(case_id=decision.case_id, note="no", by=SYSTEM)
        check_released(reference=order)
        assert told == [("rejected", order, SYSTEM)]
        with pytest.raises(IllegalMove):
            risk.release(case_id=decision.case_id, note="yes", by=SYSTEM)

    def test_undoes_the_operation_but_not_its_reasons(self) -> None:
        who, order = customer(), uuid7()
        watch("velocity", Verdict.REFUSE, window_s=60, count_max=0)

        def operate() -> None:
            with transaction.atomic():
                models.Count.objects.create(reference=order, counts=[], counted_at=clock.now())
                checking.check(ask=ask(who), reference=order, by=SYSTEM)

        with pytest.raises(RiskRefused) as caught:
            operate()
        assert not models.Count.objects.filter(reference=order).exists()
        assert case_of(caught.value).state == CaseState.REFUSED


class TestTraces:
    def test_are_written_for_watched_operations_alone(self) -> None:
        who = customer()
        watch("velocity", window_s=60, count_max=100)
        check(who)
        check(who, operation=Operation.DEPOSIT)
        kept = models.Trace.objects.filter(customer_id=who).values_list("operation", flat=True)
        assert list(kept) == ["withdrawal"]

    def test_hold_no_destination_in_clear(self) -> None:
        who = customer()
        watch("new_destination", Verdict.ALLOW)
        check(who, facts=facts(destination="GB82 WEST"))
        (row,) = models.Trace.objects.filter(customer_id=who)
        assert b"GB82" not in bytes(row.destination or b"")

    def test_are_dropped_after_their_time(self) -> None:
        who = customer()
        watch("velocity", window_s=60, count_max=100)
        with clock.set_to(clock.now() - timedelta(days=91)):
            check(who)
        check(who)
        risk.forget_old(before_days=90)
        assert models.Trace.objects.filter(customer_id=who).count() == 1
