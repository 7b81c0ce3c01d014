"""Double clicks, reloads and the way back on each form that moves money: it pays once, scripts or not."""

import re
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from fondaco.exchange.tests.cast import Stall, stall
from fondaco.kit.ids import encode
from fondaco.wallets.tests.cast import PASSWORD, Person, new_client, new_company
from fondaco.wallets.types import WALLET
from tests.browser.conftest import Driver
from tests.browser.pages import Visitor

ORDER: Final = r"/orders/ord_"
WITHIN_MS: Final = 60_000

pytestmark = [
    pytest.mark.needs_tool("chromium-headless-shell"),
    pytest.mark.usefixtures("tenant"),
    pytest.mark.parametrize(
        "window", [{}, {"java_script_enabled": False}], ids=["with scripts", "without scripts"]
    ),
]


@pytest.fixture
def person() -> Person:
    return new_client("250.00")


@pytest.fixture
def friend() -> Person:
    return new_client()


@pytest.fixture
def shop() -> Iterator[Stall]:
    """A coin at 20.00 dollars."""
    with stall("20.00") as opened:
        yield opened


def press_twice(page: Page, button: str, there: str) -> None:
    """Press a button twice at once, wait for the page that it leads to, and load that anew."""
    page.locator("main").get_by_role("button", name=button, exact=True).dblclick()
    # The second press breaks off the way to the first one's page, which waiting for an address would report.
    expect(page).to_have_url(re.compile(there), timeout=WITHIN_MS)
    page.wait_for_load_state("networkidle")
    page.reload()


def press_impatiently(page: Page, button: str, there: str) -> None:
    """Press a button twice at once, load what comes anew, go back, and press again."""
    press_twice(page, button, there)
    page.go_back()
    page.locator("main").get_by_role("button", name=button, exact=True).click()
    page.wait_for_load_state()


def press_what_is_used_up(page: Page, button: str, there: str) -> None:
    """Press a button twice at once, load what comes anew, and find on the way back that it is gone."""
    press_twice(page, button, there)
    page.go_back()
    gone = page.locator("main").get_by_role("button", name=button, exact=True)
    expect(gone).to_have_count(0, timeout=WITHIN_MS)


def test_who_pays_exchanges_and_cashes_out_does_so_once(
    driver: Driver,
    origin: str,
    person: Person,
    friend: Person,
    shop: Stall,
    window: dict[str, bool],
) -> None:
    def act(visitor: Visitor) -> None:
        page = visitor.page
        visitor.log_in(person.email, PASSWORD)
        visitor.go("pay")
        page.get_by_label("To whom").fill(friend.email)
        page.get_by_label("Amount").fill("10")
        press_impatiently(page, "Send the money", ORDER)
        for counter, button in (("buy", "Buy now"), ("exchange", "Exchange now")):
            visitor.go(f"{counter}?pair={shop.pair.name}&fixed=spend&amount=20")
            visitor.press("Hold the price")
            page.get_by_role("heading", name="Our price for you").wait_for()
            press_what_is_used_up(page, button, ORDER)
        visitor.go(f"wallets/{encode(WALLET, person.wallet_id)}/cash-out")
        page.get_by_label("Amount").fill("30")
        page.get_by_label("Where to").fill("ES91 2100 0418")
        press_impatiently(page, "Ask to be paid out", ORDER)

    driver.run(act, origin=origin, **window)
    assert friend.available() == "10.00"
    assert person.available(shop.coin.code) == "1.00000000"
    assert person.available() == "170.00"


def test_who_charges_and_gives_back_does_so_once(
    driver: Driver, origin: str, person: Person, window: dict[str, bool]
) -> None:
    merchant = new_company()

    def act(visitor: Visitor) -> None:
        page = visitor.page
        visitor.log_in(merchant.email, PASSWORD)
        visitor.go("merchant/charges/new")
        page.get_by_label("The customer's wallet token").fill(person.token)
        page.get_by_label("Amount", exact=True).fill("80.00")
        page.get_by_label("What it is for").fill("A sofa")
        press_impatiently(page, "Charge", r"\?done=charged$")
        visitor.go("merchant/charges")
        page.get_by_role("link", name="A sofa").click()
        page.get_by_label("Amount to give back").fill("10.00")
        press_twice(page, "Refund", r"\?done=refunded$")

    driver.run(act, origin=origin, **window)
    assert (merchant.available(), person.available()) == ("70.00", "180.00")
