"""Expense statistics, and what moves of money mean."""

from typing import Any

import pytest

from fondaco.reports import meanings
from fondaco.reports.meanings import Meaning, Reading
from fondaco.wallets.tests.cast import new_client, new_company, take
from fondaco.wallets.types import TransferKind

pytestmark = pytest.mark.usefixtures("tenant")


class TestExpenses:
    def test_are_summed_by_day_kind_and_counterparty(self, api: Any) -> None:
        client, company = new_client("50.00"), new_company()
        take(company, client, "5.00")
        take(company, client, "6.00")
        told = api.get("/statistics/expenses", token=client.access_token).json()
        (day,) = told["days"]
        assert (day["purchases"]["amount"], day["sells"]["amount"]) == ("11.00", "0.00")
        assert [(one["kind"], one["amount"]["amount"]) for one in told["by_kind"]] == [
            ("wallets.charge", "11.00")
        ]
        merchant = api.get("/me", token=company.access_token).json()["customer"]["id"]
        assert [one["counterparty"] for one in told["by_counterparty"]] == [merchant]
        sold = api.get("/statistics/expenses", token=company.access_token).json()["days"][0]
        assert (sold["purchases"]["amount"], sold["sells"]["amount"]) == ("0.00", "11.00")

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("time_zone=Mars/Base", "time_zone"),
            ("time_zone=../etc", "time_zone"),
            ("from=2026-02-01&to=2026-01-01", "from"),
            ("from=2020-01-01&to=2026-01-01", "from"),
            ("from=yesterday", "from"),
        ],
    )
    def test_refuse_what_cannot_be_summed(self, api: Any, query: str, field: str) -> None:
        client = new_client()
        answer = api.get(f"/statistics/expenses?{query}", token=client.access_token)
        assert (answer.status_code, answer.json()["field"]) == (422, field)


class TestMeanings:
    def test_are_declared_for_either_side(self) -> None:
        meanings.declare_meaning("tests.sale", paid=Reading(Meaning.PURCHASE), received=None)
        meanings.declare_meaning(
            "tests.gift", paid=None, received=Reading(Meaning.SELL, takes_back=True)
        )
        assert meanings.find_reading("tests.sale", is_debit=True) == Reading(Meaning.PURCHASE)
        assert meanings.find_reading("tests.sale", is_debit=False) is None
        assert meanings.find_reading("tests.gift", is_debit=False) == Reading(
            Meaning.SELL, takes_back=True
        )
        assert meanings.find_reading(TransferKind.TOP_UP, is_debit=False) is None
