"""The money of a demo tenant."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from fondaco.identity.demo import DemoRefused, seed_people
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import TenantScope
from fondaco.ledger.verify import verify
from fondaco.operators.queries import list_platform_totals
from fondaco.project import demo_money as demo
from fondaco.project.demo_money import SHOP, add_activity, seed_money
from fondaco.wallets.queries.history import list_operations
from fondaco.wallets.queries.wallets import list_balances, list_wallets

AFTER_THE_SALES = {
    "admin": "1000.00",
    "johnwick": "216.50",
    "lyraking": "385.60",
    "alexray": "67.05",
    "bookshop": "76.60",
    "buyer": "5000.00",
    "supplier": "800.00",
    "bank": "10000.00",
}


def cast() -> dict[str, UUID]:
    people = seed_people(by=SYSTEM)
    return {one.username: one.customer_id for one in people if one.customer_id is not None}


def balances(customers: dict[str, UUID]) -> dict[str, str]:
    return {
        name: one.available.to_text()
        for name, customer_id in customers.items()
        for one in list_balances(customer_id=customer_id)
    }


def operations(customer_id: UUID) -> list[tuple[str, bool, str | None]]:
    page = list_operations(customer_id=customer_id, limit=100)
    return [(one.kind.partition(".")[2], one.success, one.refusal) for one in page.items]


class TestSeedMoney:
    def test_leaves_the_same_when_it_runs_again(
        self, fresh_tenant: Callable[..., TenantScope]
    ) -> None:
        with tenancy.scope(fresh_tenant()):
            customers = cast()
            assert seed_money(customers=customers, by=SYSTEM) is True
            assert balances(customers) == AFTER_THE_SALES
            assert seed_money(customers=customers, by=SYSTEM) is False
            assert balances(customers) == AFTER_THE_SALES
            assert {len(list_wallets(customer_id=one).items) for one in customers.values()} == {1}
            assert operations(customers[SHOP]) == [
                ("charge", False, "insufficient_funds"),
                ("refund", True, None),
                *[("charge", True, None)] * 5,
            ]
            (dollars,) = list_platform_totals()
            assert dollars.obligations.to_text() == "17545.75"
            assert dollars.difference.minor == 0

    @pytest.mark.parametrize("step", ["open_wallet", "post_top_up", "charge", "refund"])
    def test_is_completed_after_an_interruption(
        self, fresh_tenant: Callable[..., TenantScope], monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        with tenancy.scope(fresh_tenant()):
            customers = cast()
            with monkeypatch.context() as broken:
                _interrupt(broken, step)
                with pytest.raises(InterruptedError):
                    seed_money(customers=customers, by=SYSTEM)
            seed_money(customers=customers, by=SYSTEM)
            assert balances(customers) == AFTER_THE_SALES

    def test_refuses_live_tenants(self, live_tenant: TenantScope) -> None:
        with tenancy.scope(live_tenant), pytest.raises(DemoRefused):
            seed_money(customers={}, by=SYSTEM)


class TestAddActivity:
    def test_adds_customers_and_charges_and_keeps_the_books_right(
        self, fresh_tenant: Callable[..., TenantScope]
    ) -> None:
        with tenancy.scope(fresh_tenant()):
            customers = cast()
            seed_money(customers=customers, by=SYSTEM)
            told: list[tuple[str, int, int]] = []
            added = add_activity(
                customers=2,
                charges=20,
                shop_id=customers[SHOP],
                report=lambda *step: told.append(step),
                by=SYSTEM,
            )
            assert told == [
                *[("customers", number, 2) for number in range(2)],
                *[("charges", number, 20) for number in range(20)],
            ]
            seen = operations(customers[SHOP])[: added.charges + added.refunds]
            assert sum(not success for _, success, _ in seen) == added.refused
            assert [kind for kind, _, _ in seen].count("refund") == added.refunds
            assert verify().difference is None

    def test_refuses_live_tenants(self, live_tenant: TenantScope) -> None:
        with tenancy.scope(live_tenant), pytest.raises(DemoRefused):
            add_activity(shop_id=UUID(int=1), report=lambda *_: None, by=SYSTEM)


def _interrupt(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Let a step of the seeding work once, and break the second time (a refund: the first)."""
    real = getattr(demo, step)
    calls: list[object] = []

    def breaking(**arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) > (step != "refund"):
            raise InterruptedError
        return real(**arguments)

    monkeypatch.setattr(demo, step, breaking)
