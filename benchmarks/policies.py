"""What policies add to an operation: processor time of this process for one check, by what applies.

``check`` runs in a transaction of its own here; what an empty transaction costs is measured apart, so the
difference is the check's. The database's own time is not in it.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from benchmarks.figures import Figures
from fondaco.identity import models as people
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import schemas
from fondaco.kit.ids import uuid7
from fondaco.money import Asset, Money
from fondaco.policies.actions import checking, rules
from fondaco.policies.types import Ask, Decision, Operation, Rule, Selector
from fondaco.project.postgres import Server

USD: Final = Asset("USD", 2)
RULES: Final = 1_000
"""Of other customers: they must cost nothing."""
_MICRO: Final = 1e6

Act = Callable[[Ask], Decision]


def measure(server: Server, *, seconds: float, quick: bool) -> Sequence[Figures]:
    """Measure checks without rules, with rules, and with a limit that is counted."""
    del server
    made = schemas.create_tenant(name="policies", mode="demo", hosts=["policies.test"])
    figures = Figures("What policies add to an operation", ["what applies", "µs of CPU", "allowed"])
    with tenancy.scope(made.scope.name):
        who = _customer()
        span_s = min(seconds, 1 if quick else 5) / 5
        empty_us = _cpu_us(lambda _: _in_transaction(lambda: None), _ask(who), span_s)
        figures.add(
            "no row about the operation: a look-up", _cpu_us(_prepare, _ask(who), span_s), 20
        )
        for _ in range(10 if quick else RULES):
            _write(_customer(), fee_bps=1)
        figures.add("a thousand rows about others", _cpu_us(_prepare, _ask(who), span_s), 200)
        _write(who, fee_bps=25, max="1000000")
        figures.add("a fee and a maximum", _cpu_us(_prepare, _ask(who), span_s), 200)
        counted = _customer()
        _write(counted, day_max="1000000000", fee_bps=25)
        through = _cpu_us(_prepare, _ask(counted), span_s)
        figures.add("a daily limit, for the ledger's intake", through, 600)
        inside = _cpu_us(
            lambda ask: _in_transaction(lambda: checking.check(ask=ask, by=SYSTEM)),
            _ask(counted),
            span_s,
        )
        figures.add("a daily limit, counted in a transaction", inside - empty_us, 600)
        figures.note(f"an empty transaction, taken off the last line: {empty_us:.0f} µs")
    return [figures]


def _customer() -> UUID:
    row = people.Customer.objects.create(
        kind="company", name="Somebody", created_at=datetime.now(UTC)
    )
    return row.id


def _write(who: UUID, **values: Any) -> None:
    rule = Rule(
        id=uuid7(),
        operation=Operation.CHARGE,
        selector=Selector("USD"),
        level="",
        group_id=None,
        customer_id=who,
        priority=0,
        starts_at=None,
        ends_at=None,
        values=values,
        version=0,
    )
    rules.put_rule(rule=rule, by=SYSTEM)


def _ask(who: UUID) -> Ask:
    return Ask(customer=who, operation=Operation.CHARGE, amount=Money(1_000, USD))


def _prepare(ask: Ask) -> Decision:
    return checking.prepare(ask=ask, by=SYSTEM)


def _in_transaction(work: Callable[[], Any]) -> Any:
    with transaction.atomic():
        return work()


def _cpu_us(act: Callable[[Ask], Any], ask: Ask, span_s: float) -> float:
    """Give the processor time of one call, the least of five runs (microseconds)."""
    act(ask)
    return min(_run_us(act, ask, span_s) for _ in range(5))


def _run_us(act: Callable[[Ask], Any], ask: Ask, span_s: float) -> float:
    calls, begun, until = 0, time.process_time(), time.perf_counter() + span_s
    while time.perf_counter() < until:
        for _ in range(20):
            act(ask)
        calls += 20
    return (time.process_time() - begun) / calls * _MICRO
