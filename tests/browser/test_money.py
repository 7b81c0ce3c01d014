"""A customer's money in the browser: every page for everybody, and from a top-up to coins that arrive."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from fondaco.exchange.tests.cast import Stall, stall
from fondaco.identity.states import CustomerKind
from fondaco.kit.django import tenancy
from fondaco.wallets.actions.movements import send_money
from fondaco.wallets.actions.requests import ask_payment
from fondaco.wallets.tests.cast import PASSWORD, Person, new_person, take, usd
from fondaco.wallets.types import MovementAsk, Recipient, RequestAsk
from tests.browser.conftest import Driver
from tests.browser.looking import looked, looked_here
from tests.browser.pages import Visitor

pytestmark = [pytest.mark.needs_tool("chromium"), pytest.mark.usefixtures("tenant")]


@pytest.fixture
def person() -> Person:
    return new_person(CustomerKind.CLIENT, "250.00")


@pytest.fixture
def shop() -> Iterator[Stall]:
    """A coin at 20.00 dollars, which a venue sells."""
    with stall("20.00") as opened:
        yield opened


def elsewhere(act: Callable[[], Any]) -> Callable[[], Any]:
    """Let a function of the platform run in a thread of its own, as another process would run it."""
    scope = tenancy.current()

    def inner() -> Any:
        try:
            with tenancy.scope(scope):
                return act()
        finally:
            connections.close_all()

    def run() -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(inner).result(60)

    return run


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_about_money_is_fit_for_everybody(
    driver: Driver, origin: str, person: Person, shop: Stall, theme: str
) -> None:
    other = new_person(CustomerKind.CLIENT, "40.00")
    asked = ask_payment(
        customer_id=other.customer_id,
        ask=RequestAsk(
            wallet_id=other.wallet_id,
            payer=Recipient(email=person.email),
            amount=usd("12.50"),
            summary="Half of the boat",
        ),
        by=other.actor,
    )
    sent = send_money(
        customer_id=person.customer_id,
        ask=MovementAsk(
            wallet_id=person.wallet_id,
            recipient=Recipient(email=other.email),
            amount=usd("3.20"),
            comment="Coffee",
        ),
        by=person.actor,
    )
    waiting = shop.buy(person, "2")
    pair = shop.pair.name

    def look(visitor: Visitor) -> dict[str, list[str]]:
        visitor.log_in(person.email, PASSWORD)
        wallet = f"wallets/{person.token}"
        wrong = looked(
            visitor,
            [
                "=home",
                "wallets",
                f"{wallet}=wallet",
                f"{wallet}/settings=wallet-settings",
                f"{wallet}/statement=statement",
                f"{wallet}/cash-out=cash-out",
                "activity",
                "pay",
                "requests",
                "requests/new=ask",
                f"requests/{asked.wire_id}=request",
                "orders",
                f"orders/{sent.wire_id}=order-done",
                f"orders/{waiting.order.wire_id}=order-waiting",
                "buy",
                "exchange",
            ],
            theme,
        )
        visitor.go(f"buy?pair={pair}&fixed=get&amount=3")
        wrong |= looked_here(visitor, "quote", theme)
        visitor.go("pay")
        visitor.page.get_by_label("To whom").fill("nobody@example.com")
        visitor.page.get_by_label("Amount").fill("12,5")
        visitor.press("Send the money")
        return wrong | looked_here(visitor, "pay-refused", theme)

    assert driver.run(look, origin=origin, color_scheme=theme) == {}


def test_from_a_top_up_to_coins_that_arrive(
    driver: Driver, origin: str, person: Person, shop: Stall
) -> None:
    coin, bring = shop.coin.code, elsewhere(shop.work)

    def act(visitor: Visitor) -> tuple[str, str]:
        page = visitor.page
        visitor.log_in(person.email, PASSWORD)
        visitor.go(f"wallets/{person.token}")
        page.get_by_label("Amount").fill("50")
        visitor.press("Top up")
        page.wait_for_url("**?done=topped-up")
        visitor.go("buy")
        page.get_by_label("What", exact=True).select_option(shop.pair.name)
        page.get_by_label("The amount is").select_option("get")
        page.get_by_label("Amount", exact=True).fill("3")
        visitor.press("Show the price")
        page.get_by_role("heading", name="Our price for you").wait_for()
        assert "60.00 USD" in visitor.text
        visitor.press("Buy now")
        page.wait_for_url("**/orders/ord_*")
        page.get_by_text("under way").first.wait_for()
        bring()
        page.locator("[role=status]").get_by_text("done", exact=True).wait_for()
        done = visitor.text
        visitor.go("")
        return done, visitor.text

    done, home = driver.run(act, origin=origin)
    assert f"3.00000000 {coin}" in done
    assert f"3.00000000 {coin}" in home
    assert (person.available(), person.available(coin)) == ("240.00", "3.00000000")


def test_a_charge_shows_on_the_open_page_of_who_is_charged(
    driver: Driver, origin: str, person: Person
) -> None:
    merchant = new_person(CustomerKind.COMPANY)

    charged = elsewhere(lambda: take(merchant, person, "5.50", summary="A paperback"))

    def act(visitor: Visitor) -> str:
        visitor.log_in(person.email, PASSWORD)
        visitor.go("")
        visitor.page.locator("html[data-hears]").wait_for(state="attached")
        charged()
        visitor.page.get_by_text("A paperback").wait_for()
        return visitor.text

    assert "244.50 USD" in driver.run(act, origin=origin)


def test_money_is_asked_for_and_paid(driver: Driver, origin: str, person: Person) -> None:
    friend = new_person(CustomerKind.CLIENT)

    def ask(visitor: Visitor) -> str:
        visitor.log_in(friend.email, PASSWORD)
        visitor.go("requests/new")
        visitor.page.get_by_label("Of whom").fill(person.email)
        visitor.page.get_by_label("Amount").fill("7.00")
        visitor.page.get_by_label("What for").fill("Tickets")
        visitor.press("Send the request")
        visitor.page.wait_for_url("**?done=asked")
        return visitor.text

    def pay(visitor: Visitor) -> str:
        visitor.log_in(person.email, PASSWORD)
        visitor.page.get_by_role("link", name="Answer").click()
        visitor.page.get_by_role("link", name="Tickets").click()
        visitor.press("Pay it")
        visitor.page.wait_for_url("**?done=accept")
        return visitor.text

    assert "waiting for an answer" in driver.run(ask, origin=origin)
    assert "It is paid." in driver.run(pay, origin=origin)
    assert (person.available(), friend.available()) == ("243.00", "7.00")


def test_buying_works_without_scripts_and_a_reload_quotes_anew(
    driver: Driver, origin: str, person: Person, shop: Stall
) -> None:
    def act(visitor: Visitor) -> tuple[str, str]:
        page = visitor.page
        visitor.log_in(person.email, PASSWORD)
        visitor.go("buy")
        page.get_by_label("What", exact=True).select_option(shop.pair.name)
        page.get_by_label("Amount", exact=True).fill("20")
        visitor.press("Show the price")
        first = page.locator("[data-name]").get_attribute("data-name") or ""
        page.reload()
        second = page.locator("[data-name]").get_attribute("data-name") or ""
        visitor.press("Buy now")
        assert first != second
        return visitor.text, page.url

    told, url = driver.run(act, origin=origin, java_script_enabled=False)
    assert "We have your order." in told
    assert "/orders/ord_" in url
    assert person.available() == "230.00"
