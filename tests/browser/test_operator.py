"""Operators find, decide, look through a customer's eyes and take lists away, in a real browser."""

import csv
from pathlib import Path
from typing import Any, Final

import pytest

from fondaco.console.tests.staff import new_operator
from fondaco.identity.states import CustomerKind
from fondaco.identity.tests.people import PASSWORD
from fondaco.identity.types import customer_wire
from fondaco.kit.ids import encode
from fondaco.ledger.types import TRANSFER_PREFIX
from fondaco.operators.rights import Right
from fondaco.orders.types import Order
from fondaco.wallets.actions.cashouts import ask_cash_out
from fondaco.wallets.tests.cast import Person, new_person, usd
from fondaco.wallets.types import WALLET, CashOutAsk
from tests.browser.conftest import Driver
from tests.browser.looking import looked, looked_here
from tests.browser.pages import Visitor

pytestmark = [pytest.mark.needs_tool("chromium-headless-shell"), pytest.mark.usefixtures("tenant")]

_OPEN_ALL: Final = "for (const one of document.querySelectorAll('details')) one.open = true"
DESKTOP: Final = {"width": 1280, "height": 900}


@pytest.fixture
def person() -> Person:
    return new_person(CustomerKind.CLIENT, "100.00")


@pytest.fixture
def orders(person: Person) -> list[Order]:
    """Have somebody ask to be paid out twice."""
    found = []
    for amount in ("40.00", "2.50"):
        ask = CashOutAsk(
            wallet_id=person.wallet_id,
            amount=usd(amount),
            destination="DE89 3704 0044 0532 0130 00",
            comment="rent of March",
        )
        found.append(ask_cash_out(customer_id=person.customer_id, ask=ask, by=person.actor))
    return found


@pytest.mark.timeout(400)  # many pages for one visit
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_fit_for_everybody(
    driver: Driver, origin: str, person: Person, orders: list[Order], theme: str
) -> None:
    email, wallet = str(new_operator(*Right).email), encode(WALLET, person.wallet_id)
    assert orders[0].reference is not None
    paths = [
        "=operator-home",
        "operator/customers=operator-customers",
        f"operator/customers/{customer_wire(person.customer_id)}=operator-customer",
        "operator/verifications=operator-verifications",
        f"operator/wallets/{wallet}=operator-wallet",
        "operator/orders=operator-orders",
        f"operator/orders/{orders[0].wire_id}=operator-order",
        "operator/batches=operator-batches",
        "operator/books/transfers=operator-transfers",
        f"operator/books/transfers/{encode(TRANSFER_PREFIX, orders[0].reference)}=operator-transfer",
        "operator/books/accounts=operator-accounts",
        f"operator/books/accounts/wallets:{wallet}:USD=operator-account",
        "operator/books/trial-balance=operator-trial",
        "operator/webhooks/failing=operator-failing",
    ]

    def look(visitor: Visitor) -> dict[str, list[str]]:
        visitor.log_in(email, PASSWORD)
        visitor.page.wait_for_url("**/console/")
        wrong = looked(visitor, paths, theme)
        for path, name in (
            ("operator/search?q=Merchant", "operator-search"),
            (f"operator/orders?customer={person.email}", "operator-orders-narrowed"),
            (f"operator/customers/{customer_wire(person.customer_id)}", "operator-deeds"),
        ):
            visitor.go(path)
            visitor.page.evaluate(_OPEN_ALL)
            wrong |= looked_here(visitor, name, theme)
        return wrong

    assert driver.run(look, origin=origin, color_scheme=theme) == {}


def test_an_operator_finds_a_customer_and_confirms_his_cash_out(
    driver: Driver, origin: str, person: Person, orders: list[Order]
) -> None:
    email = str(new_operator(*Right).email)

    def act(visitor: Visitor) -> str:
        page = visitor.page
        visitor.log_in(email, PASSWORD)
        page.get_by_role("searchbox").fill(person.email)
        visitor.press("Search")
        page.wait_for_url("**/operator/customers/cus_*")
        page.locator(f'a[href$="{orders[0].wire_id}"]').click()
        page.locator("summary", has_text="Confirm that it was paid").click()
        form = page.locator("details[open] form")
        form.get_by_label("Reason").fill("paid by bank")
        form.get_by_label("Evidence").fill("MT103 4711")
        form.get_by_role("button").click()
        page.wait_for_url("**?done=confirm")
        return visitor.text

    told = driver.run(act, origin=origin, viewport=DESKTOP)
    assert "The cash-out is confirmed" in told
    assert person.wallet.balances[0].total == usd("60.00")


def test_an_operator_sees_what_a_customer_sees_and_can_change_nothing(
    driver: Driver, origin: str, person: Person
) -> None:
    email = str(new_operator(*Right).email)

    def act(visitor: Visitor) -> tuple[str, str]:
        page = visitor.page
        visitor.log_in(email, PASSWORD)
        visitor.go(f"operator/customers/{customer_wire(person.customer_id)}")
        page.locator("summary", has_text="See pages as this customer").click()
        page.locator("details[open] form").get_by_label("Reason").fill("he called us")
        page.locator("details[open] form").get_by_role("button").click()
        page.wait_for_url("**/console/")
        visitor.go("wallets")
        seen = visitor.text
        visitor.press("End the view")
        page.wait_for_url("**/operator/customers/cus_*")
        return seen, visitor.text

    seen, after = driver.run(act, origin=origin, viewport=DESKTOP)
    assert "You see the pages of" in seen
    assert "100.00 USD" in seen
    assert "You see the pages of" not in after


def test_a_kept_filter_comes_back_and_its_export_sums_to_what_the_page_says(
    driver: Driver, origin: str, person: Person, orders: list[Order], tmp_path: Path
) -> None:
    email, kept = str(new_operator(*Right).email), tmp_path / "orders.csv"
    assert len(orders) == 2

    def act(visitor: Visitor) -> str:
        page: Any = visitor.page
        visitor.log_in(email, PASSWORD)
        visitor.go("operator/orders")
        page.get_by_label("Customer (e-mail or number)").fill(person.email)
        visitor.press("Show")
        page.get_by_text("Keep this filter").click()
        page.get_by_label("Name of this filter").fill("Ada's")
        visitor.press("Keep")
        visitor.go("operator/orders")
        page.get_by_role("link", name="Ada's", exact=True).click()
        page.wait_for_url("**customer=*")
        with page.expect_download() as loading:
            page.get_by_role("link", name="Export as CSV").click()
        loading.value.save_as(kept)
        return visitor.text

    told = driver.run(act, origin=origin, viewport=DESKTOP)
    with kept.open(newline="") as lines:
        amounts = [usd(row["amount"]) for row in csv.DictReader(lines)]
    assert sum((one.minor for one in amounts), 0) == usd("42.50").minor
    assert "2 rows 42.50 USD" in told
