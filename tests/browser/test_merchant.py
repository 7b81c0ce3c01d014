"""A merchant charges, captures a part, gives some back, and is told of it."""

from collections.abc import Iterator

import pytest

from fondaco.kit import options
from fondaco.kit.ids import encode
from fondaco.wallets.actions.refunds import refund
from fondaco.wallets.tests.cast import (
    PASSWORD,
    Person,
    charge_id_of,
    hear,
    new_client,
    new_company,
    take,
    usd,
)
from fondaco.webhooks import actions, queries
from fondaco.webhooks.tests.cast import Box, deliver, listen, new_box
from tests.browser.conftest import Driver
from tests.browser.looking import looked
from tests.browser.pages import Visitor
from tests.plumbing.serving import receiver

pytestmark = [pytest.mark.needs_tool("chromium-headless-shell"), pytest.mark.usefixtures("tenant")]


@pytest.fixture
def payer() -> Person:
    return new_client("900.00")


@pytest.fixture
def shop() -> Person:
    return new_company()


@pytest.fixture(scope="module")
def listener() -> Iterator[str]:
    with receiver() as address:
        yield address


@pytest.fixture
def box(listener: str, tenant: object) -> Iterator[Box]:
    with options.override(webhook_allowed_networks="127.0.0.0/8"):
        yield new_box(listener)


@pytest.fixture
def busy_shop(shop: Person, payer: Person) -> Person:
    """Give a shop with something on each page."""
    lamp = take(shop, payer, "120.00", summary="A lamp of brass")
    take(shop, payer, "48.50", summary="Two cups")
    take(shop, payer, "5000.00", summary="A castle")
    take(shop, payer, "64.00", capture=False, summary="A table, to be collected")
    hear(
        refund,
        charge_id=charge_id_of(lamp),
        merchant_id=shop.customer_id,
        amount=usd("20.00"),
        summary="A scratch",
        by=shop.actor,
    )
    return shop


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_fit_for_everybody(
    driver: Driver, origin: str, busy_shop: Person, payer: Person, box: Box, theme: str
) -> None:
    endpoint = listen(busy_shop.customer_id, box).endpoint
    sent = actions.send_test(
        endpoint_id=endpoint.id, customer_id=busy_shop.customer_id, by=busy_shop.actor
    )
    deliver(endpoint.id)
    one = encode("tr", charge_id_of(take(busy_shop, payer, "7.00", capture=False)))
    paths = (
        "merchant/",
        "merchant/charges",
        "merchant/charges/new",
        f"merchant/charges/{one}=merchant-charge",
        "merchant/webhooks",
        f"merchant/webhooks/{encode('whe', endpoint.id)}=merchant-endpoint",
        f"merchant/deliveries/{encode('whd', sent.id)}=merchant-delivery",
    )

    def look(visitor: Visitor) -> dict[str, list[str]]:
        visitor.log_in(busy_shop.email, PASSWORD)
        return looked(visitor, paths, theme)

    assert driver.run(look, origin=origin, color_scheme=theme) == {}


def test_a_merchant_charges_captures_a_part_and_gives_some_back(
    driver: Driver, origin: str, shop: Person, payer: Person
) -> None:
    def act(visitor: Visitor) -> list[str]:
        page = visitor.page
        visitor.log_in(shop.email, PASSWORD)
        visitor.go("merchant/")
        page.get_by_role("link", name="Make the first charge").click()
        page.get_by_label("The customer's wallet token").fill(payer.token)
        page.get_by_label("Amount", exact=True).fill("80.00")
        page.get_by_label("What it is for").fill("A sofa")
        page.get_by_label("Only hold the amount, and capture it later").check()
        visitor.press("Charge")
        page.wait_for_url("**?done=charged")
        page.get_by_role("link", name="A sofa").click()
        page.get_by_label("Amount to capture").fill("60.00")
        visitor.press("Capture")
        page.wait_for_url("**?done=captured")
        captured = visitor.text
        page.get_by_label("Amount to give back").fill("10.00")
        visitor.press("Refund")
        page.wait_for_url("**?done=refunded")
        given_back = visitor.text
        visitor.go("merchant/")
        page.locator(".chart.drawn canvas").wait_for()
        page.locator(".chart-ground").hover()
        return [captured, given_back, page.locator(".chart-told").inner_text(), visitor.text]

    captured, given_back, _, overview = driver.run(act, origin=origin)
    assert "The money is yours." in captured
    assert "partly given back" in given_back
    assert "50.00 USD" in overview
    assert (shop.available(), payer.available()) == ("50.00", "850.00")


def test_a_webhook_is_added_and_a_message_sent_again(
    driver: Driver, origin: str, shop: Person, box: Box
) -> None:
    def add(visitor: Visitor) -> str:
        page = visitor.page
        visitor.log_in(shop.email, PASSWORD)
        visitor.go("merchant/webhooks")
        page.get_by_label("Address").fill(box.url)
        visitor.press("Add")
        secret = page.locator("code.secret").inner_text()
        page.get_by_role("link", name="I have copied it").click()
        visitor.press("Send a test")
        page.wait_for_url("**?done=tested")
        return secret

    def again(visitor: Visitor) -> str:
        page = visitor.page
        visitor.log_in(shop.email, PASSWORD)
        visitor.go("merchant/webhooks")
        page.locator("main table a").click()
        page.get_by_role("link", name="webhooks.endpoint.tested").click()
        page.get_by_text("Request and answer").click()
        visitor.press("Send it again")
        page.wait_for_url("**?done=resent")
        return visitor.text

    assert driver.run(add, origin=origin).startswith("whsec_")
    (endpoint,) = queries.list_endpoints(customer_id=shop.customer_id)
    box.plan(200, 200)
    deliver(endpoint.id)
    assert "It is sent again" in driver.run(again, origin=origin)
    deliver(endpoint.id)
    assert len(box.messages()) == 2
