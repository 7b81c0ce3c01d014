"""Operators' lists show, sum up and export the same rows: those that the filter leaves."""

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

import pytest
from django.test import Client

from fondaco.console.lists import Asked, held_rows
from fondaco.console.lists.saved import FILTERS_MAX
from fondaco.console.tests.staff import enter, hidden, new_operator, queries_of, text_of
from fondaco.identity.states import CustomerKind
from fondaco.kit import clock
from fondaco.kit.errors import DomainError
from fondaco.operators.rights import Right
from fondaco.wallets.actions.cashouts import ask_cash_out
from fondaco.wallets.tests.cast import Person, new_person, usd
from fondaco.wallets.types import CashOutAsk

pytestmark = pytest.mark.usefixtures("tenant")

PATH: Final = "/console/operator/orders"
_FOLDED: Final = re.compile(r'<details class="filter folding"( open)?>')


@pytest.fixture
def operator(client: Client) -> Client:
    return enter(client, new_operator(Right.WALLETS_READ))


@pytest.fixture
def asker() -> Person:
    """Give somebody who asked to be paid out three times."""
    person = new_person(CustomerKind.CLIENT, "100.00")
    for amount, comment in (("1.50", "rent"), ("2.25", "=1+1"), ("3.00", "@home")):
        ask = CashOutAsk(
            wallet_id=person.wallet_id, amount=usd(amount), destination="IBAN 1", comment=comment
        )
        ask_cash_out(customer_id=person.customer_id, ask=ask, by=person.actor)
    return person


def exported(client: Client, query: str) -> list[dict[str, str]]:
    answer: Any = client.get(f"{PATH}?{query}&export=csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


class TestAList:
    def test_sums_up_and_exports_what_the_filter_leaves(
        self, operator: Client, asker: Person
    ) -> None:
        query = f"customer={asker.email}&kind=cash_out"
        page = text_of(operator.get(f"{PATH}?{query}"))
        rows = exported(operator, query)
        assert [row["amount"] for row in rows] == ["3.00", "2.25", "1.50"]
        assert {row["amount_currency"] for row in rows} == {"USD"}
        assert sum(Decimal(row["amount"]) for row in rows) == Decimal("6.75")
        assert "3 rows 6 .75 USD" in page

    def test_goes_by_pages_that_neither_repeat_nor_lack_a_row(
        self, operator: Client, asker: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("fondaco.console.lists.showing.PER_PAGE", 2)
        first = operator.get(f"{PATH}?customer={asker.email}").content.decode()
        found = re.search(r'href="([^"]+)" rel="next"', first)
        assert found is not None
        second = text_of(operator.get(found[1].replace("&amp;", "&")))
        assert ("3 .00" in second, "1 .50 USD" in second, "2 .25" in second) == (False, True, False)
        assert "3 rows" in second

    def test_folds_its_filter_until_something_is_asked(self, operator: Client) -> None:
        pages = [operator.get(f"{PATH}{query}") for query in ("", "?text=rent", "?from=never")]
        assert [_FOLDED.findall(page.content.decode()) for page in pages] == [
            [""],
            [" open"],
            [" open"],
        ]

    def test_takes_days_in_utc_both_included(self, operator: Client, asker: Person) -> None:
        today, query = clock.today(), f"customer={asker.email}"
        assert len(exported(operator, f"{query}&from={today}&to={today}")) == 3
        assert exported(operator, f"{query}&from={today + timedelta(days=1)}") == []
        assert exported(operator, f"{query}&to={today - timedelta(days=1)}") == []

    @pytest.mark.parametrize(
        "query",
        [
            "from=2026-02-30",
            "from=tomorrow",
            "from=0001-01-01",
            "to=9999-12-31",
            "from=2026-02-02&to=2026-02-01",
            "state=whatever",
            "kind=secret",
        ],
    )
    def test_tells_what_is_wrong_with_a_filter(self, operator: Client, query: str) -> None:
        answer = operator.get(f"{PATH}?{query}")
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()

    def test_refuses_a_cursor_that_it_never_gave(self, operator: Client) -> None:
        assert operator.get(f"{PATH}?after=nonsense").status_code == 422

    def test_sorts_the_oldest_first_when_asked(self, operator: Client, asker: Person) -> None:
        rows = exported(operator, f"customer={asker.email}&sort=oldest")
        assert [row["amount"] for row in rows] == ["1.50", "2.25", "3.00"]

    def test_finds_by_a_part_of_the_comment(self, operator: Client, asker: Person) -> None:
        rows = exported(operator, f"customer={asker.email}&text=REN")
        assert [row["amount"] for row in rows] == ["1.50"]

    def test_finds_nothing_of_somebody_unknown(self, operator: Client) -> None:
        assert exported(operator, "customer=nobody@nowhere.example") == []

    def test_exports_no_cell_that_a_spreadsheet_would_compute(
        self, operator: Client, asker: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("fondaco.console.operator.orders.name_of", lambda _: "=cmd|'/c'!A1")
        rows = exported(operator, f"customer={asker.email}")
        assert {row["customer"] for row in rows} == {"'=cmd|'/c'!A1"}

    def test_asks_the_database_little(self, operator: Client, asker: Person) -> None:
        assert queries_of(operator, f"{PATH}?customer={asker.email}") <= 12


class TestKeptFilters:
    def test_come_back_under_their_name_and_go(self, operator: Client) -> None:
        path = f"{PATH}?state=closed"
        kept = operator.post(path, hidden(operator, path, "Keep") | {"name": "All done"})
        assert (kept.status_code, kept["Location"]) == (303, path)
        page = operator.get(PATH).content.decode()
        assert f'<a href="{path}">All done</a>' in page
        number = re.search(r'name="forget" value="(\d+)"', page)
        assert number is not None
        gone = operator.post(PATH, hidden(operator, PATH, "forget") | {"forget": number[1]})
        assert gone.status_code == 303
        assert "All done" not in operator.get(PATH).content.decode()

    def test_replace_the_one_of_the_same_name(self, operator: Client) -> None:
        for state in ("closed", "error"):
            path = f"{PATH}?state={state}"
            operator.post(path, hidden(operator, path, "Keep") | {"name": "Mine"})
        page = operator.get(PATH).content.decode()
        assert (page.count(">Mine</a>"), "?state=error" in page) == (1, True)

    def test_are_nobody_elses(self, client: Client, tenant: Any) -> None:
        enter(client, new_operator(Right.WALLETS_READ))
        path = f"{PATH}?state=closed"
        client.post(path, hidden(client, path, "Keep") | {"name": "Private"})
        page = client.get(PATH).content.decode()
        number = re.findall(r'name="forget" value="(\d+)"', page)[0]
        other = enter(
            Client(enforce_csrf_checks=True, SERVER_NAME="localhost"),
            new_operator(Right.WALLETS_READ),
        )
        assert "Private" not in other.get(PATH).content.decode()
        given = hidden(other, path, "Keep") | {"forget": number}
        assert other.post(path, given).status_code == 404
        assert "Private" in client.get(PATH).content.decode()

    @pytest.mark.parametrize("name", ["", "x" * 61])
    def test_need_a_name(self, operator: Client, name: str) -> None:
        path = f"{PATH}?state=closed"
        refused = operator.post(path, hidden(operator, path, "Keep") | {"name": name})
        assert (refused.status_code, 'role="alert"' in refused.content.decode()) == (422, True)

    def test_hold_only_what_the_list_understands(self, operator: Client) -> None:
        path = f"{PATH}?state=closed"
        given = hidden(operator, path, "Keep") | {"name": "Odd", "query": "evil=1&x=javascript:"}
        assert operator.post(path, given).status_code == 422

    def test_are_not_without_end(self, operator: Client) -> None:
        path = f"{PATH}?state=closed"
        for number in range(FILTERS_MAX):
            given = hidden(operator, path, "Keep") | {"name": f"Filter {number}"}
            assert operator.post(path, given).status_code == 303
        given = hidden(operator, path, "Keep") | {"name": "One more"}
        assert operator.post(path, given).status_code == 422


class TestHeldRows:
    FETCH: Final = staticmethod(
        held_rows(
            lambda _asked: ["pear", "apple", "fig"],
            text=str,
            sorts={"name": (str, False)},
        )
    )

    def test_go_by_pages(self) -> None:
        page = self.FETCH(Asked(), None, 2)
        assert (page.items, self.FETCH(Asked(), page.next, 2).items) == (["pear", "apple"], ["fig"])

    def test_are_searched_and_sorted(self) -> None:
        assert self.FETCH(Asked(text="P", sort="name"), None, 9).items == ["apple", "pear"]

    @pytest.mark.parametrize("after", ["-1", "x", "١"])
    def test_refuse_a_foreign_cursor(self, after: str) -> None:
        with pytest.raises(DomainError):
            self.FETCH(Asked(), after, 2)


def test_operators_without_the_right_and_customers_see_no_list(client: Client) -> None:
    enter(client, new_operator(Right.JOBS_READ))
    assert client.get(PATH).status_code == 403


def test_an_order_that_is_not_there_is_not_found(operator: Client) -> None:
    assert operator.get(f"{PATH}/ord_{uuid4().hex[:26]}").status_code == 404
