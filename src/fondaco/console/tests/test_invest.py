"""Investors ask for advice, accept what it costs, and look at what they hold; nobody sees another one's."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from fondaco.console.tests.browsing import Browser, browsing
from fondaco.console.tests.walking import Count
from fondaco.instruments.tests.cast import new_share
from fondaco.investing.queries.advice import list_advice
from fondaco.investing.tests.cast import advise, follow, positions, want, wild_shares
from fondaco.kit import clock
from fondaco.wallets.tests.cast import Person, new_client, usd
from tests.plumbing.counting import nothing_due

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def person() -> Person:
    return new_client("1000.00")


@pytest.fixture
def browser(tenant: Any, person: Person) -> Iterator[Browser]:
    with browsing(tenant.name) as one:
        yield one.log_in(person)


@pytest.fixture
def quoted(browser: Browser, person: Person) -> str:
    """Give the page of the trades of an advice on four shares."""
    given = advise(person, wild_shares(), risk=70)
    page = f"invest/advice/{given.wire_id}"
    sent = browser.send(f"{page}/quote", {}, on=page)
    return str(sent["Location"]).removeprefix("/console/")


class TestAdvice:
    def test_is_given_at_a_level_and_leads_to_its_trades(
        self, browser: Browser, person: Person
    ) -> None:
        wild_shares()
        sent = browser.send("invest/advice", {"level": "8", "sum": "250.00"})
        assert sent.status_code == 303
        (given,) = list_advice(customer_id=person.customer_id, limit=5).items
        assert (given.level, given.total.to_text()) == (8, "250.00")
        page = browser.text(sent["Location"])
        data = page.partition('id="chart-frontier"')[2].partition("</script>")[0]
        assert len(re.findall(r'"draw": "mark"', data)) == 1
        assert given.wire_id in browser.text("invest/advice")
        assert person.available() == "1000.00"

    @pytest.mark.parametrize(
        ("given", "field"),
        [({"level": "11"}, "level"), ({"level": "5", "sum": "0"}, "sum"), ({}, "level")],
    )
    def test_says_beside_the_field_what_is_wrong(
        self, browser: Browser, given: dict[str, str], field: str
    ) -> None:
        refused = browser.send("invest/advice", given)
        assert refused.status_code == 422
        assert f"id_{field}_error" in refused.content.decode()

    def test_of_others_is_not_there(self, tenant: Any, quoted: str, person: Person) -> None:
        (given,) = list_advice(customer_id=person.customer_id, limit=5).items
        with browsing(tenant.name) as other:
            other.log_in(new_client())
            assert other.open(f"invest/advice/{given.wire_id}").status_code == 404
            assert other.open(quoted).status_code == 404
            hidden = other.hidden("invest/advice")
            assert other.client.post(f"/console/{quoted}/accept", hidden).status_code == 404
        assert positions(person) == {}


class TestAProposal:
    def test_is_accepted_once_and_shown_in_the_portfolio(
        self, browser: Browser, quoted: str, person: Person
    ) -> None:
        assert "What is left" in browser.text(quoted)
        given = browser.hidden(quoted, action=f"{quoted}/accept")
        done = [browser.client.post(f"/console/{quoted}/accept", given) for _ in range(2)]
        assert done[0].status_code == 303
        assert done[0]["Location"] == done[1]["Location"]
        assert "the shares are yours" in browser.text(done[0]["Location"])
        assert positions(person)
        shown = browser.text("invest/")
        assert all(symbol in shown for symbol in positions(person))
        assert 'id="chart-value"' in shown
        assert "You have accepted this." in browser.text(quoted)

    def test_that_is_too_old_buys_nothing(
        self, browser: Browser, quoted: str, person: Person
    ) -> None:
        given = browser.hidden(quoted, action=f"{quoted}/accept")
        with clock.set_to(clock.now() + timedelta(minutes=30)):
            refused = browser.client.post(f"/console/{quoted}/accept", given)
            assert refused.status_code == 422
            assert "not held any more" in refused.content.decode()
        assert positions(person) == {}

    def test_that_the_wallet_cannot_pay_says_so(self, browser: Browser, person: Person) -> None:
        from_more = advise(person, wild_shares(), total=usd("2000.00"))
        page = f"invest/advice/{from_more.wire_id}"
        there = browser.send(f"{page}/quote", {}, on=page)["Location"]
        assert "Your wallet does not hold enough" in browser.text(there)


class TestThePortfolio:
    def test_of_nobody_yet_says_what_to_do(self, browser: Browser) -> None:
        assert "You hold nothing yet" in browser.text("invest/")
        assert "followed no advice yet" in browser.text("invest/check")
        assert "You have ordered nothing yet" in browser.text("invest/orders")

    def test_of_a_hundred_lots_takes_ten_queries_at_most(
        self, browser: Browser, person: Person
    ) -> None:
        symbols = [new_share("1") for _ in range(10)]
        for count in range(1, 11):
            want(person, *[(symbol, str(count)) for symbol in symbols])
        browser.open("invest/")
        with nothing_due():
            browser.open("invest/")
            assert min(self._queries(browser) for _ in range(2)) <= 10
        shown = browser.text("invest/")
        assert shown.count('data-label="Bought"') == 100

    def _queries(self, browser: Browser) -> int:
        asked = Count()
        with connection.execute_wrapper(asked):
            browser.open("invest/")
        return asked.queries

    def test_tells_what_happened_by_kind(self, browser: Browser, person: Person) -> None:
        want(person, (new_share("10"), "5"))
        assert "Bought" in browser.text("invest/activities?kind=buy")
        assert "Nothing of this kind" in browser.text("invest/activities?kind=dividend")

    def test_is_checked_and_brought_back_to_the_advice(
        self, browser: Browser, person: Person
    ) -> None:
        follow(
            person,
            advise(person, wild_shares(), risk=60, total=usd("500.00")),
        )
        want(person, (wild_shares()[0], "1"))
        assert "look at it" in browser.text("invest/check")
        sent = browser.send("invest/check/rebalance", {}, on="invest/check")
        assert sent.status_code == 303
        assert "Accept and trade" in browser.text(sent["Location"])

    def test_is_kept_as_its_owner_wishes(self, browser: Browser) -> None:
        given = {"method": "average", "band": "3", "benchmark": ""}
        assert browser.send("invest/settings", given).status_code == 303
        assert '<option value="average" selected>' in browser.text("invest/settings")
        refused = browser.send("invest/settings", given | {"benchmark": "NOBODY.KNOWS"})
        assert "No asset has this symbol." in refused.content.decode()


class TestLists:
    def test_of_brokers_are_taken_in_by_a_mapping(self, browser: Browser, person: Person) -> None:
        symbol = new_share("10")
        assert "First say which column" in browser.text("invest/imports")
        mapping = {
            "name": "My bank",
            "date": "Day",
            "kind": "What",
            "symbol": "Asset",
            "quantity": "Count",
            "price": "Price",
            "date_format": "%d.%m.%Y",
            "delimiter": ";",
            "kinds": "Kauf = buy",
            "symbols": f"MINE = {symbol}",
        }
        wrong = browser.send("invest/imports/mapping", mapping | {"kinds": "Kauf"})
        assert "theirs = ours" in wrong.content.decode()
        assert browser.send("invest/imports/mapping", mapping).status_code == 303
        today = clock.today().strftime("%d.%m.%Y")
        text = f"Day;What;Asset;Count;Price\n{today};Kauf;MINE;3;9.50\n"
        file = SimpleUploadedFile("list.csv", text.encode())
        given = {"account": "Bank", "mapping": "My bank", "csv": file}
        sent = browser.send("invest/imports", given)
        assert sent["Location"].endswith("?done=1-0")
        assert "1 line is taken in." in browser.text(sent["Location"])
        assert positions(person)[symbol][0] == "3.000000"
        bad = SimpleUploadedFile("list.csv", text.replace("9.50", "x").encode())
        refused = browser.send("invest/imports", given | {"csv": bad})
        assert refused.status_code == 422
        assert "Line 2" in refused.content.decode()


class TestAssets:
    def test_are_listed_and_shown_with_their_prices(self, browser: Browser) -> None:
        symbol = new_share("10", "11.5", "12")
        assert browser.open("invest/assets?kind=share").status_code == 200
        shown = browser.text(f"invest/assets/{symbol}")
        assert "12.00" in shown
        assert '"11.500000000000"' in shown or '"11.5' in shown
        assert browser.open("invest/assets/XTST.NOBODY").status_code == 404
