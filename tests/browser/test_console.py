"""Customers use the console with a mouse, with keys alone and without scripts."""

from typing import Final

import pytest

from fondaco.identity.states import CustomerKind
from fondaco.kit.ids import encode
from fondaco.wallets.tests.cast import PASSWORD, Person, new_person
from fondaco.wallets.types import WALLET
from tests.browser.conftest import Driver
from tests.browser.looking import looked
from tests.browser.pages import Visitor

pytestmark = [pytest.mark.needs_tool("chromium-headless-shell"), pytest.mark.usefixtures("tenant")]

PAGES: Final = ("", "wallets", "activity", "security", "components")


@pytest.fixture
def person() -> Person:
    return new_person(CustomerKind.CLIENT, "250.00")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_fit_for_everybody(
    driver: Driver, origin: str, person: Person, theme: str
) -> None:
    def look(visitor: Visitor) -> dict[str, list[str]]:
        wrong: dict[str, list[str]] = {}
        wrong |= looked(visitor, ["login"], theme)
        visitor.log_in(person.email, PASSWORD)
        paths = [
            *PAGES,
            f"wallets/{encode(WALLET, person.wallet_id)}=wallets/one",
            "wallets/nobodys",
        ]
        wrong |= looked(visitor, paths, theme)
        visitor.complaints[:] = [one for one in visitor.complaints if "404" not in one]
        return wrong

    assert driver.run(look, origin=origin, color_scheme=theme) == {}


def test_top_up_shows_in_the_books_and_the_way_back_pays_nothing_twice(
    driver: Driver, origin: str, person: Person
) -> None:
    def act(visitor: Visitor) -> str:
        visitor.log_in(person.email, PASSWORD)
        visitor.go(f"wallets/{encode(WALLET, person.wallet_id)}")
        visitor.page.get_by_label("Amount").fill("12.50")
        visitor.press("Top up")
        visitor.page.wait_for_url("**?done=topped-up")
        told = visitor.text
        visitor.page.reload()
        visitor.page.go_back()
        visitor.press("Top up")
        return told

    assert "The money is in your wallet." in driver.run(act, origin=origin)
    assert person.available() == "262.50"


def test_a_double_click_pays_once(driver: Driver, origin: str, person: Person) -> None:
    def act(visitor: Visitor) -> None:
        visitor.log_in(person.email, PASSWORD)
        visitor.go(f"wallets/{encode(WALLET, person.wallet_id)}")
        visitor.page.get_by_label("Amount").fill("1.00")
        visitor.page.get_by_role("button", name="Top up").dblclick()
        visitor.page.wait_for_url("**?done=topped-up")

    driver.run(act, origin=origin)
    assert person.available() == "251.00"


def test_keys_alone_lead_to_the_money(driver: Driver, origin: str, person: Person) -> None:
    def act(visitor: Visitor) -> str:
        visitor.go("wallets")
        keys = visitor.page.keyboard
        for _ in (
            "the link that skips the menu",
            "the way home",
            "open an account",
            "the first field",
        ):
            keys.press("Tab")
        keys.type(person.email)
        keys.press("Tab")
        keys.type(PASSWORD)
        keys.press("Enter")
        visitor.page.wait_for_url("**/console/wallets")
        visitor.page.get_by_role("link", name="Wallet", exact=True).focus()
        keys.press("Enter")
        visitor.page.get_by_label("Amount").focus()
        keys.type("3")
        keys.press("Enter")
        visitor.page.wait_for_url("**?done=topped-up")
        return visitor.text

    assert "253.00 USD" in driver.run(act, origin=origin)


def test_every_form_works_without_scripts(driver: Driver, origin: str, person: Person) -> None:
    def act(visitor: Visitor) -> tuple[str, str]:
        visitor.log_in(person.email, PASSWORD)
        visitor.go(f"wallets/{encode(WALLET, person.wallet_id)}")
        visitor.page.get_by_label("Amount").fill("-1")
        visitor.press("Top up")
        refused = visitor.text
        visitor.page.get_by_label("Amount").fill("2.00")
        visitor.press("Top up")
        return refused, visitor.text

    refused, told = driver.run(act, origin=origin, java_script_enabled=False)
    assert "Write an amount above zero." in refused
    assert "252.00 USD" in told


_PLANTED: Final = """
() => {
    const late = document.createElement("a"), plain = document.createElement("button");
    Object.assign(late, {href: "#late", textContent: "late", tabIndex: 3});
    plain.textContent = "plain";
    for (const name of ["outline", "box-shadow"]) plain.style.setProperty(name, "none", "important");
    document.querySelector("main").append(late, plain);
}
"""


def test_what_the_tab_key_does_not_reach_or_show_is_found(driver: Driver, origin: str) -> None:
    def look(visitor: Visitor) -> tuple[list[str], list[str]]:
        visitor.go("login")
        before = visitor.check_keyboard()
        visitor.page.evaluate(_PLANTED)
        return before, visitor.check_keyboard()

    before, after = driver.run(look, origin=origin)
    assert before == []
    assert [one.partition(":")[0] for one in after] == [
        "not in the row of the tab key",
        "shows no focus",
    ]
