"""A customer's money in the browser: every page for everybody, and from signing up to coins that arrive."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections

from fondaco.exchange.tests.cast import Stall, stall
from fondaco.identity.states import CustomerKind
from fondaco.kit import options
from fondaco.kit.django import deliveries, tenancy
from fondaco.kit.django.models.deliveries import Delivery
from fondaco.kit.ids import encode
from fondaco.wallets.actions.movements import send_money
from fondaco.wallets.actions.requests import ask_payment
from fondaco.wallets.tests.cast import PASSWORD, Person, new_person, take, usd
from fondaco.wallets.types import WALLET, MovementAsk, Recipient, RequestAsk
from sandbox.mailbox import Mailbox
from tests.browser.conftest import Driver
from tests.browser.looking import looked, looked_here
from tests.browser.pages import Visitor
from tests.plumbing.letters import Post
from tests.plumbing.serving import sandbox

pytestmark = [pytest.mark.needs_tool("chromium-headless-shell"), pytest.mark.usefixtures("tenant")]


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
    shop.swap(person, spend=usd("20.00"), limit_price=Decimal("10.00"))
    pair = shop.pair.name

    def look(visitor: Visitor) -> dict[str, list[str]]:
        visitor.log_in(person.email, PASSWORD)
        wallet = f"wallets/{encode(WALLET, person.wallet_id)}"
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
                "balances",
                "buy",
                "exchange",
                "limits",
            ],
            theme,
        )
        visitor.go(f"buy?pair={pair}&fixed=get&amount=3")
        visitor.press("Hold the price")
        visitor.page.get_by_role("heading", name="Our price for you").wait_for()
        wrong |= looked_here(visitor, "quote", theme)
        visitor.go("pay")
        visitor.page.get_by_label("To whom").fill("nobody@example.com")
        visitor.page.get_by_label("Amount").fill("12,5")
        visitor.press("Send the money")
        return wrong | looked_here(visitor, "pay-refused", theme)

    assert driver.run(look, origin=origin, color_scheme=theme) == {}


@pytest.fixture
def mailbox() -> Iterator[Post]:
    """The sandbox's mailbox, into which the platform delivers."""
    with sandbox(Mailbox()) as url, options.override(sandbox_url=url):
        yield Post(url)


def link_in_letter(mailbox: Post, email: str) -> str:
    """Have the letter sent that waits for somebody, as the worker does, and read the link in it."""
    waiting = Delivery.objects.filter(content__isnull=False).order_by("-id")[:100]
    [letter] = [one.id for one in waiting if one.content and one.content["recipient"] == email]
    deliveries.deliver(delivery_id=letter)
    [received] = mailbox.letters(recipient=email)
    [link] = re.findall(r"https?://\S+", received["text"])
    return str(link)


def sign_up(visitor: Visitor, email: str) -> None:
    """Open an account on the page, as a newcomer does."""
    visitor.go("start")
    visitor.page.locator("main").get_by_role("link", name="Open an account").first.click()
    for label, value in (("First name", "Ada"), ("Last name", "Moro"), ("E-mail", email)):
        visitor.page.get_by_label(label, exact=True).fill(value)
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.press("Open the account")
    visitor.page.wait_for_url("**/verify-email?sent=1")


def top_up(visitor: Visitor, amount: str) -> None:
    """Bring money into one's only wallet."""
    visitor.go("wallets")
    visitor.page.get_by_role("link", name="Wallet", exact=True).click()
    visitor.page.get_by_label("Amount").fill(amount)
    visitor.press("Top up")
    visitor.page.wait_for_url("**?done=topped-up")


def test_from_signing_up_to_coins_that_arrive(
    driver: Driver, origin: str, shop: Stall, mailbox: Post
) -> None:
    coin, bring, email = shop.coin.code, elsewhere(shop.work), f"{uuid4().hex}@example.com"
    letter = elsewhere(lambda: link_in_letter(mailbox, email))

    def act(visitor: Visitor) -> tuple[str, str, str, str]:
        page = visitor.page
        sign_up(visitor, email)
        page.goto(letter())
        page.wait_for_function("document.activeElement.tagName === 'BUTTON'")
        visitor.press("Confirm")
        page.wait_for_url("**?done=verified")
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url("**/login")
        visitor.log_in(email, PASSWORD)
        page.wait_for_url("**/console/")
        greeted = visitor.text
        top_up(visitor, "100")
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
        home = visitor.text
        page.get_by_role("link", name=f"{coin}, day by day").click()
        page.locator(".chart.drawn canvas").wait_for()
        box = page.locator(".chart-ground .u-over").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
        return greeted, done, home, page.locator(".chart-told").inner_text()

    chosen = options.override(registration="open", rate_limits=False, pages_url=f"{origin}/console")
    with chosen:
        greeted, done, home, drawn = driver.run(act, origin=origin)
    assert "not confirmed" not in greeted
    assert f"3.00000000 {coin}" in done
    assert f"3.00000000 {coin}" in home
    assert "40.00 USD" in home
    assert drawn.endswith(f" · {coin} 3 {coin}")


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


def test_buying_works_without_scripts_and_a_reload_takes_nothing(
    driver: Driver, origin: str, person: Person, shop: Stall
) -> None:
    def act(visitor: Visitor) -> tuple[str, str]:
        page = visitor.page
        visitor.log_in(person.email, PASSWORD)
        visitor.go("buy")
        page.get_by_label("What", exact=True).select_option(shop.pair.name)
        page.get_by_label("Amount", exact=True).fill("20")
        visitor.press("Show the price")
        page.reload()
        visitor.press("Ask for a new price")
        visitor.press("Buy now")
        page.reload()
        return visitor.text, page.url

    told, url = driver.run(act, origin=origin, java_script_enabled=False)
    assert "We have your order." in told
    assert "/orders/ord_" in url
    assert person.available() == "230.00"


def test_a_price_that_is_over_is_followed_by_another(
    driver: Driver, origin: str, person: Person, shop: Stall
) -> None:
    def act(visitor: Visitor) -> tuple[str, str]:
        page = visitor.page
        visitor.log_in(person.email, PASSWORD)
        visitor.go(f"buy?pair={shop.pair.name}&fixed=get&amount=3")
        visitor.press("Hold the price")
        counter = page.locator("[data-name]")
        first = counter.get_attribute("data-name") or ""
        # The clock runs out: what the page does then is what this is about.
        page.evaluate("document.body.dispatchEvent(new Event('promise-over'))")
        page.locator(f"[data-name]:not([data-name='{first}'])").wait_for()
        second = counter.get_attribute("data-name") or ""
        page.get_by_role("button", name="Buy now").dblclick()
        page.wait_for_url("**/orders/ord_*")
        return first, second

    first, second = driver.run(act, origin=origin)
    assert first != second
    assert person.available() == "190.00"
