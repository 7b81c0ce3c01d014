"""Buying, exchanging and limit orders: looking promises nothing, and each form acts once."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any, Final

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fondaco.console.tests.test_console import hidden, log_in
from fondaco.exchange.tests.cast import Stall, later, stall
from fondaco.identity.states import CustomerKind
from fondaco.orders.queries import list_orders
from fondaco.wallets.tests.cast import Person, new_person

pytestmark = pytest.mark.usefixtures("tenant")

_CONFIRM: Final = re.compile(r'<form class="confirm".*?</form>', re.DOTALL)
_HIDDEN: Final = re.compile(r'name="(\w+)" value="([^"]*)"')


@pytest.fixture
def person() -> Person:
    return new_person(CustomerKind.CLIENT, "250.00")


@pytest.fixture
def friend() -> Person:
    return new_person(CustomerKind.CLIENT, "10.00")


@pytest.fixture
def shop() -> Iterator[Stall]:
    """A coin at 20.00 dollars, which a venue sells."""
    with stall("20.00") as opened:
        yield opened


def quoted(client: Client, where: str, shop: Stall, fixed: str, amount: str) -> str:
    """Ask for a quote; gives its page."""
    given = {"pair": shop.pair.name, "fixed": fixed, "amount": amount}
    path = f"/console/{where}"
    return str(client.post(path, hidden(client, path) | given)["Location"])


def confirmation(page: Any, person: Person) -> dict[str, str]:
    """Give what the form sends that confirms the quote of a page."""
    [form] = _CONFIRM.findall(page.content.decode())
    return dict(_HIDDEN.findall(form)) | {"wallet": person.wallet.wire_id}


def text_of(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


class TestTrading:
    def test_buys_once_at_the_quote_that_the_house_keeps(
        self, client: Client, person: Person, shop: Stall
    ) -> None:
        log_in(client, person)
        page = quoted(client, "buy", shop, "get", "3")
        given = confirmation(client.get(page), person) | {"price": "0.01"}
        orders = {client.post(page, given)["Location"] for _ in range(3)}
        assert len(orders) == 1
        assert person.available() == "190.00"
        found = list_orders(customer_id=person.customer_id).items
        assert [one.amount.to_text() for one in found] == ["60.00"]

    def test_exchanges_once_and_repeats(self, client: Client, person: Person, shop: Stall) -> None:
        log_in(client, person)
        page = quoted(client, "exchange", shop, "spend", "20")
        given = confirmation(client.get(page), person)
        orders = {client.post(page, given)["Location"].partition("?")[0] for _ in range(2)}
        assert len(orders) == 1
        assert person.available(shop.coin.code) == "1.00000000"
        [order] = orders
        again = client.post(order, hidden(client, order) | {"deed": "repeat"})
        assert again.status_code == 303
        assert person.available(shop.coin.code) == "2.00000000"

    def test_makes_one_quote_of_a_form_that_is_sent_twice(
        self, client: Client, person: Person, shop: Stall
    ) -> None:
        log_in(client, person)
        given = hidden(client, "/console/buy") | {
            "pair": shop.pair.name,
            "fixed": "get",
            "amount": "3",
        }
        assert len({client.post("/console/buy", given)["Location"] for _ in range(3)}) == 1

    def test_writes_nothing_for_who_only_looks(
        self, client: Client, person: Person, shop: Stall
    ) -> None:
        log_in(client, person)
        held = quoted(client, "buy", shop, "get", "3")
        for path in (held, held.partition("&quote")[0], "/console/exchange", "/console/limits"):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(path).status_code == 200
            told = [one["sql"].split()[0] for one in asked.captured_queries]
            assert {"INSERT", "UPDATE", "DELETE"}.isdisjoint(told)

    def test_shows_the_price_of_the_moment_when_the_quote_is_over(
        self, client: Client, person: Person, shop: Stall
    ) -> None:
        log_in(client, person)
        page = quoted(client, "buy", shop, "get", "3")
        given = confirmation(client.get(page), person)
        with later(minutes=10):
            told = text_of(client.get(page))
            assert "The price of this moment You get 3 .00000000" in told
            assert "Hold the price" in told
            refused = client.post(page, given)
            assert (refused.status_code, person.available()) == (422, "250.00")
            assert "Here is a new price." in text_of(refused)
            new = confirmation(refused, person)
            assert new["quote"] != given["quote"]
            assert client.post(page, new).status_code == 303
        assert person.available() == "190.00"

    def test_takes_no_quote_of_somebody_else(
        self, client: Client, person: Person, friend: Person, shop: Stall
    ) -> None:
        log_in(client, person)
        theirs = quoted(client, "buy", shop, "get", "0.1")
        named = confirmation(client.get(theirs), person)["quote"]
        other = Client(SERVER_NAME="localhost")
        log_in(other, friend)
        assert other.get(theirs).status_code == 404
        mine = quoted(other, "buy", shop, "get", "0.1")
        given = confirmation(other.get(mine), friend) | {"quote": named}
        assert other.post(mine, given).status_code == 422
        assert friend.available() == "10.00"

    @pytest.mark.parametrize("amount", ["", "0", "-1", "twelve", "0.0001"])
    def test_says_what_is_wrong_with_an_amount(
        self, client: Client, person: Person, shop: Stall, amount: str
    ) -> None:
        log_in(client, person)
        given = {"pair": shop.pair.name, "fixed": "spend", "amount": amount}
        page = client.post("/console/buy", hidden(client, "/console/buy") | given)
        assert page.status_code == 422
        assert 'role="alert"' in page.content.decode()
        assert _CONFIRM.findall(page.content.decode()) == []


class TestLimitOrders:
    @pytest.fixture
    def given(self, client: Client, person: Person, shop: Stall) -> dict[str, str]:
        """Fill the form in: fifty dollars for coins at ten at most."""
        log_in(client, person)
        return hidden(client, "/console/limits") | {
            "pair": shop.pair.name,
            "fixed": "spend",
            "amount": "50",
            "price": "10.00",
            "lasts": "7",
            "wallet": person.wallet.wire_id,
        }

    def test_are_placed_once_listed_and_taken_back(
        self, client: Client, person: Person, given: dict[str, str]
    ) -> None:
        orders = {client.post("/console/limits", given)["Location"] for _ in range(3)}
        [order] = {one.partition("?")[0] for one in orders}
        assert person.available() == "200.00"
        assert "Your limit 10.00 USD" in text_of(client.get(order))
        listed = client.get("/console/limits")
        assert f'action="{order}"' in listed.content.decode()
        taken = client.post(order, hidden(client, "/console/limits") | {"deed": "cancel"})
        assert taken["Location"] == f"{order}?done=cancelled"
        assert person.available() == "250.00"
        assert "No order waits for its price." in text_of(client.get("/console/limits"))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"price": "0"},
            {"price": "-1"},
            {"price": "1e3"},
            {"price": ""},
            {"amount": "0"},
            {"amount": "9999"},
            {"pair": "no_pair"},
            {"lasts": "2"},
        ],
    )
    def test_say_what_is_wrong_and_hold_nothing(
        self, client: Client, person: Person, given: dict[str, str], wrong: dict[str, str]
    ) -> None:
        refused = client.post("/console/limits", given | wrong)
        assert (refused.status_code, person.available()) == (422, "250.00")
        assert 'role="alert"' in refused.content.decode()
