"""A customer asks for advice, accepts it, and sees it in the portfolio."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from fondaco.instruments.tests.cast import new_share
from fondaco.investing.actions.outside import import_activities, save_mapping
from fondaco.investing.queries.portfolio import get_portfolio
from fondaco.investing.tests.cast import advise, follow, positions, want, wild_shares
from fondaco.investing.types import BrokerMapping
from fondaco.kit import clock
from fondaco.orders.queries import list_orders
from fondaco.orders.types import OrderFilter
from fondaco.wallets.tests.cast import PASSWORD, Person, new_client, usd
from tests.browser.conftest import Driver
from tests.browser.looking import looked
from tests.browser.pages import Visitor

pytestmark = [pytest.mark.needs_tool("chromium-headless-shell"), pytest.mark.usefixtures("tenant")]


@pytest.fixture
def shares() -> Sequence[str]:
    return wild_shares()


@pytest.fixture
def person(shares: Sequence[str]) -> Person:
    del shares  # without them nobody can be advised
    return new_client("1000.00")


def hold_elsewhere(person: Person, symbol: str) -> None:
    """Have somebody hold a share at another broker for a week, so that there is a history."""
    columns = {name: name for name in ("date", "kind", "symbol", "quantity", "price")}
    mapping = BrokerMapping(columns=columns)
    save_mapping(customer_id=person.customer_id, name="List", mapping=mapping, by=person.actor)
    day = (clock.today() - timedelta(days=7)).isoformat()
    import_activities(
        customer_id=person.customer_id,
        account="Bank",
        mapping_name="List",
        text=f"date,kind,symbol,quantity,price\n{day},buy,{symbol},2,50\n",
        by=person.actor,
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_fit_for_everybody(
    driver: Driver, origin: str, person: Person, theme: str
) -> None:
    hold_elsewhere(person, wild_shares()[2])
    follow(person, advise(person, wild_shares(), risk=60, total=usd("600.00")))
    want(person, (wild_shares()[0], "2"), (new_share("12"), "3"))
    (first, *_) = list_orders(customer_id=person.customer_id, narrow=OrderFilter(), limit=1).items
    given = advise(person, wild_shares(), risk=80)
    paths = (
        "invest/",
        "invest/activities",
        "invest/advice",
        f"invest/advice/{given.wire_id}=invest-given",
        "invest/orders",
        f"invest/orders/{first.wire_id}=invest-order",
        "invest/check",
        "invest/settings",
        "invest/imports",
        "invest/imports/mapping",
        "invest/assets",
        f"invest/assets/{wild_shares()[1]}=invest-asset",
    )

    def look(visitor: Visitor) -> dict[str, list[str]]:
        visitor.log_in(person.email, PASSWORD)
        wrong = looked(visitor, paths, theme)
        visitor.go(f"invest/advice/{given.wire_id}")
        visitor.press("Show the trades")
        there = visitor.page.url.partition("/console/")[2]
        return wrong | looked(visitor, [f"{there}=invest-proposal"], theme)

    assert driver.run(look, origin=origin, color_scheme=theme) == {}


def test_advice_is_accepted_and_stands_in_the_portfolio(
    driver: Driver, origin: str, person: Person
) -> None:
    hold_elsewhere(person, wild_shares()[0])

    def act(visitor: Visitor) -> list[str]:
        page = visitor.page
        visitor.log_in(person.email, PASSWORD)
        visitor.go("invest/")
        page.locator("main .head").get_by_role("link", name="Ask for advice").click()
        slider = page.get_by_label("Risk, from 1 (least) to 10 (most)")
        slider.focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        level = page.locator("output.level").filter(
            has_text="8 ·"
        )  # once the page's script has begun
        level.wait_for()
        told = level.inner_text()
        page.get_by_role("textbox", name="How much").fill("400")
        visitor.press("Show me")
        page.locator(".chart.drawn canvas").wait_for()
        proposed = visitor.text
        visitor.press("Accept and trade")
        page.wait_for_url("**?done=accepted")
        page.get_by_role("link", name="See the portfolio").click()
        page.locator(".chart.drawn canvas").wait_for()
        box = page.locator(".chart-ground .u-over").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
        last = page.locator(".chart-told").inner_text()
        return [told, proposed, visitor.text, page.content(), last]

    told, proposed, portfolio, source, last = driver.run(act, origin=origin)
    assert told == "8 · Dynamic"
    assert "What is left" in proposed
    assert "Positions" in portfolio
    held = positions(person)
    assert len(held) > 1
    # One share may be held here and elsewhere: two positions of one symbol.
    found = get_portfolio(customer_id=person.customer_id, at=clock.now())
    worth = sum(Decimal(one.value.to_text()) for one in found.positions)
    assert Decimal(last.rpartition("Value ")[2].removesuffix(" USD").replace(",", "")) == worth
    assert all(symbol in source for symbol in held)


def test_advice_works_without_scripts(driver: Driver, origin: str, person: Person) -> None:
    def act(visitor: Visitor) -> str:
        visitor.log_in(person.email, PASSWORD)
        visitor.go("invest/advice")
        visitor.page.get_by_role("textbox", name="How much").fill("100.00")
        visitor.press("Show me")
        visitor.page.get_by_text("The numbers as a table").click()
        table = visitor.text
        visitor.press("Accept and trade")
        return table + visitor.text

    told = driver.run(act, origin=origin, java_script_enabled=False)
    assert "You are here" in told
    assert "the shares are yours" in told
