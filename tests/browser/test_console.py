"""Customers use the console with a mouse, with keys alone and without scripts."""

import os
from pathlib import Path
from typing import Any, Final

import pytest

from fondaco.identity.states import CustomerKind
from fondaco.wallets.tests.cast import PASSWORD, Person, new_person
from tests.browser.conftest import Driver
from tests.browser.pages import Visitor

pytestmark = [pytest.mark.needs_tool("chromium"), pytest.mark.usefixtures("tenant")]

PAGES: Final = ("", "wallets", "activity", "security", "components")
WIDTHS: Final = (360, 768, 1280)
SHOTS: Final = os.environ.get("SHOTS", "")
"""A folder for pictures of all pages, to be looked through by a person."""


@pytest.fixture
def person() -> Person:
    return new_person(CustomerKind.CLIENT, "250.00")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_fit_for_everybody(
    driver: Driver, origin: str, person: Person, theme: str
) -> None:
    def look(visitor: Visitor) -> dict[str, list[str]]:
        wrong: dict[str, list[str]] = {}
        visitor.go("login")
        wrong |= _look(visitor, "login", theme)
        visitor.log_in(person.email, PASSWORD)
        for name in (*PAGES, f"wallets/{person.token}", "wallets/nobodys"):
            visitor.go(name)
            wrong |= _look(visitor, name.replace(person.token, "one"), theme)
        visitor.complaints[:] = [one for one in visitor.complaints if "404" not in one]
        return wrong

    assert driver.run(look, origin=origin, color_scheme=theme) == {}


def test_top_up_shows_in_the_books_and_the_way_back_pays_nothing_twice(
    driver: Driver, origin: str, person: Person
) -> None:
    def act(visitor: Visitor) -> str:
        visitor.log_in(person.email, PASSWORD)
        visitor.go(f"wallets/{person.token}")
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
        visitor.go(f"wallets/{person.token}")
        visitor.page.get_by_label("Amount").fill("1.00")
        visitor.page.get_by_role("button", name="Top up").dblclick()
        visitor.page.wait_for_url("**?done=topped-up")

    driver.run(act, origin=origin)
    assert person.available() == "251.00"


def test_keys_alone_lead_to_the_money(driver: Driver, origin: str, person: Person) -> None:
    def act(visitor: Visitor) -> str:
        visitor.go("wallets")
        keys = visitor.page.keyboard
        keys.press("Tab")  # to the link that skips the menu
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
        visitor.go(f"wallets/{person.token}")
        visitor.page.get_by_label("Amount").fill("-1")
        visitor.press("Top up")
        refused = visitor.text
        visitor.page.get_by_label("Amount").fill("2.00")
        visitor.press("Top up")
        return refused, visitor.text

    refused, told = driver.run(act, origin=origin, java_script_enabled=False)
    assert "Write an amount above zero." in refused
    assert "252.00 USD" in told


def _look(visitor: Visitor, name: str, theme: str) -> dict[str, list[str]]:
    wrong = {}
    for width in WIDTHS:
        visitor.page.set_viewport_size({"width": width, "height": 900})
        shot: dict[str, Any] = {"full_page": True}
        if SHOTS:
            place = Path(SHOTS) / f"{name.replace('/', '-') or 'home'}-{theme}-{width}.png"
            visitor.page.screenshot(path=place, **shot)
        found = visitor.check_page()
        if found:
            wrong[f"{name} {width}"] = found
    return wrong
