"""Limits: of one operation and of windows, in the currency and in dollars, under any race."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.ids import uuid7
from fondaco.ledger.queries.usage import find_usage
from fondaco.money import Money
from fondaco.policies import windows
from fondaco.policies.actions import checking, settings
from fondaco.policies.errors import LimitExceeded, UsdRateStale
from fondaco.policies.tests.cast import EUR, ask, check, customer, write
from fondaco.policies.types import Facts, Operation, UsdRate

NOON = datetime(2026, 3, 15, 12, tzinfo=UTC)


def refused(who: UUID, amount: Any = "10.00", **more: Any) -> dict[str, Any]:
    with pytest.raises(LimitExceeded) as caught:
        check(who, amount, **more)
    return caught.value.facts


class TestOneOperation:
    def test_is_neither_below_the_minimum_nor_above_the_maximum(self) -> None:
        who = customer()
        write(customer_id=who, currency="USD", min="5", max="100")
        assert [check(who, one).fee.minor for one in ("5.00", "100.00")] == [0, 0]
        assert refused(who, "4.99") == {"limit": "min", "allowed": "5", "unit": "USD"}
        assert refused(who, "100.01")["limit"] == "max"

    def test_is_valued_in_dollars_with_a_fresh_rate_alone(self) -> None:
        who = customer()
        write(customer_id=who, in_usd=True, max="100")
        ten = Money.parse("10.00", EUR)
        rate = UsdRate(Decimal("9.5"), clock.now())
        assert check(who, ten, facts=ask_facts(rate)).effective.max is not None
        dear = UsdRate(Decimal("10.01"), clock.now())
        assert refused(who, ten, facts=ask_facts(dear))["unit"] == "USD"
        old = UsdRate(Decimal("9.5"), clock.now() - timedelta(days=1))
        with pytest.raises(UsdRateStale):
            check(who, ten, facts=ask_facts(old))
        with pytest.raises(UsdRateStale):
            check(who, ten)


def ask_facts(rate: UsdRate) -> Facts:
    return Facts(usd=rate)


class TestWindows:
    def test_of_a_day_end_at_midnight_of_the_house(self) -> None:
        who = customer()
        write(customer_id=who, currency="USD", day_max="100")
        settings.put_setting(name="time_zone", customer=None, value="America/New_York", by=SYSTEM)
        try:
            with clock.set_to(datetime(2026, 3, 15, 3, 30, tzinfo=UTC)):
                check(who, "80.00")
                facts = refused(who, "20.01")
            assert facts["left"] == "20.00"
            assert facts["resets_at"] == "2026-03-15T04:00:00+00:00"
            with clock.set_to(datetime(2026, 3, 15, 4, 0, tzinfo=UTC)):
                check(who, "100.00")
        finally:
            settings.put_setting(name="time_zone", customer=None, value=None, by=SYSTEM)

    @pytest.mark.parametrize(
        ("field", "at", "name", "resets_at"),
        [
            ("day_max", "2026-03-29T00:30", "2026-03-29", "2026-03-29T22:00"),
            ("day_count", "2026-10-24T23:00", "2026-10-25", "2026-10-25T23:00"),
            ("month_max", "2026-12-31T22:59", "2026-12", "2026-12-31T23:00"),
            ("month_max", "2026-12-31T23:00", "2027-01", "2027-01-31T23:00"),
        ],
    )
    def test_follow_the_calendar(self, field: str, at: str, name: str, resets_at: str) -> None:
        """Madrid: an hour longer or shorter on the days when clocks change."""
        instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
        found = windows.window_of(field, at=instant, zone=ZoneInfo("Europe/Madrid"))
        assert found.name == name
        assert found.resets_at == datetime.fromisoformat(resets_at).replace(tzinfo=UTC)

    def test_count_how_often_as_well(self) -> None:
        who = customer()
        write(customer_id=who, day_count=2, total_count=3)
        with clock.set_to(NOON):
            for _ in range(2):
                check(who, "1.00")
            assert refused(who, "1.00")["limit"] == "day_count"
        with clock.set_to(NOON + timedelta(days=1)):
            check(who, "1.00")
            facts = refused(who, "1.00")
        assert (facts["limit"], facts["left"], "resets_at" in facts) == ("total_count", "0", False)

    def test_of_one_rule_about_many_currencies_count_dollars_together(self) -> None:
        who = customer()
        write(customer_id=who, in_usd=True, month_max="100")
        euro = ask_facts(UsdRate(Decimal(2), clock.now()))
        check(who, Money.parse("30.00", EUR), facts=euro)
        check(who, "40.00")
        assert refused(who, "0.01")["left"] == "0.00"

    def test_count_nothing_for_what_is_refused(self) -> None:
        who = customer()
        write(customer_id=who, currency="USD", day_max="10", month_max="5")
        refused(who, "6.00")
        check(who, "5.00")

    def test_are_counted_for_nobody_where_no_windowed_limit_applies(self) -> None:
        who = customer()
        write(customer_id=who, currency="USD", max="100")
        with_counters = count_queries(lambda: check(who, "1.00"))
        assert "ledger_usage" not in with_counters


def count_queries(work: Any) -> str:
    """Give all statements of some work as one text."""
    said: list[str] = []

    def note(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        said.append(str(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        work()
    return "\n".join(said)


class TestAVoid:
    def test_gives_back_what_was_counted_once(self) -> None:
        who, order = customer(), uuid7()
        write(customer_id=who, currency="USD", day_max="100", day_count=5)
        check(who, "100.00", reference=order)
        refused(who, "0.01")
        for _ in range(2):
            give_back(order)
        check(who, "100.00")
        refused(who, "0.01")

    def test_gives_nothing_back_for_what_was_never_counted(self) -> None:
        give_back(uuid7())


def give_back(order: UUID) -> None:
    with transaction.atomic():
        checking.give_back(reference=order)


class TestFiftyAtOnce:
    def test_pass_no_limit_together(self) -> None:
        who = customer()
        write(customer_id=who, currency="USD", day_max="100", operation=Operation.DEPOSIT)

        def attempt(_: int) -> bool:
            try:
                check(who, "7.00", operation=Operation.DEPOSIT)
            except LimitExceeded:
                return False
            finally:
                connection.close()
            return True

        with ThreadPoolExecutor(8) as pool:
            done = list(pool.map(tenancy.run_in_context(attempt), range(50)))
        assert done.count(True) == 14
        (used,) = [
            amount
            for (counter, _), (amount, _times) in find_usage(
                keys=[(one.counter, one.window) for one in claims_of(who)]
            ).items()
        ]
        assert used == 98_00


def claims_of(who: UUID) -> Any:
    found = ask(who, operation=Operation.DEPOSIT)
    return checking.prepare(ask=found, by=SYSTEM).claims
