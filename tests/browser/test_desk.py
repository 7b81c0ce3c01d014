"""The house's people at the desk: a suspicious order is judged, a rule is proposed, signed and explained."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from fondaco.console.tests.desk_cast import desk_house, new_signer
from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import PASSWORD, make_operator
from fondaco.identity.types import User, customer_wire
from fondaco.kit.access import SYSTEM
from fondaco.kit.ids import encode, uuid7
from fondaco.operators.rights import Right
from fondaco.orders.queries import get_order
from fondaco.policies.actions import fraud_rules, stops
from fondaco.policies.errors import UnderReview
from fondaco.policies.queries.risk import list_cases
from fondaco.policies.queries.rules import list_fraud_rules, list_rules
from fondaco.policies.rows import fraud_rule_wire, rule_wire
from fondaco.policies.signed import LIFT, RULE, LiftTerms
from fondaco.policies.types import (
    CASE_PREFIX,
    STOP_PREFIX,
    FraudRule,
    Operation,
    StopScope,
    Verdict,
)
from fondaco.signing import actions as signing
from fondaco.signing.tests.cast import band, decide
from fondaco.signing.types import Person
from fondaco.wallets.actions import cashouts
from fondaco.wallets.tests.cast import GROUNDS, new_client, usd
from fondaco.wallets.types import CashOutAsk
from tests.browser.conftest import Driver
from tests.browser.looking import SHOTS, looked, looked_here
from tests.browser.pages import Visitor
from tests.plumbing.serving import platform

pytestmark = pytest.mark.needs_tool("chromium-headless-shell")

PAGES: Final = (
    "desk",
    "policies",
    "policies/new",
    "stops",
    "risk",
    "risk/rules",
    "risk/rules/new",
    "settings",
    "pairs",
    "pairs/new",
    "pairs/formula",
    "pairs/currencies",
    "pairs/currencies/USD",
    "pairs/sources",
    "assets",
    "providers",
    "providers/new",
    "templates",
    "templates/new_device/email/en",
    "messages",
    "mailings",
    "mailings/new",
    "webhooks",
    "jobs",
    "audit",
    "signatures",
    "signatures/delegations",
    "signatures/policies",
    f"signatures/policies/{RULE}",
    "people",
    "people/new",
    "adjustments",
)


@pytest.fixture(scope="module")
def house() -> Iterator[Any]:
    """Give a house where rules are signed by another, and withdrawals are held for a look."""
    with desk_house("watched") as scope:
        new_signer(Right.POLICIES_SIGN, Right.POLICIES_STOP)
        decide(None, RULE, band((Right.POLICIES_SIGN, 1), currency=""))
        rule = FraudRule(
            id=uuid7(),
            name="every withdrawal",
            kind="velocity",
            operation=Operation.WITHDRAWAL,
            verdict=Verdict.HOLD,
            parameters={"window_s": 3600, "count_max": 0},
            version=0,
        )
        fraud_rules.put_fraud_rule(rule=rule, by=SYSTEM)
        yield scope


@pytest.fixture
def origin(house: Any) -> Iterator[str]:
    with platform(house.name) as address:
        yield address


def withdraw(amount: str) -> tuple[Any, Any, str]:
    """Have a customer ask for money; gives the customer, the order and the page of its case."""
    who = new_client("100.00")
    ask = CashOutAsk(wallet_id=who.wallet_id, amount=usd(amount), destination="ES01")
    order = cashouts.ask_cash_out(customer_id=who.customer_id, ask=ask, by=who.actor)
    (case,) = list_cases(customer_id=who.customer_id).items
    return who, order, f"operator/risk/{encode(CASE_PREFIX, case.id)}"


def enter(visitor: Visitor, user: User) -> None:
    visitor.log_in(str(user.email), PASSWORD)
    visitor.page.wait_for_url("**/console/**")


def test_a_held_order_is_released_and_goes_on_and_another_is_rejected_and_paid_back(
    driver: Driver, origin: str
) -> None:
    keeper = new_signer(Right.RISK_READ, Right.RISK_DECIDE)
    good, first, good_case = withdraw("30.00")
    bad, second, bad_case = withdraw("40.00")
    with pytest.raises(UnderReview):
        cashouts.confirm_cash_out(order_id=first.id, grounds=GROUNDS, by=SYSTEM)
    assert (good.available(), bad.available()) == ("70.00", "60.00")

    def judge(visitor: Visitor) -> list[str]:
        enter(visitor, keeper)
        visitor.go("operator/risk")
        told = [visitor.text]
        visitor.page.locator(f'a[href$="{good_case}"]').click()
        visitor.page.wait_for_url(f"**/{good_case}")
        told.append(visitor.text)
        visitor.page.locator("#release").get_by_label("What you found").fill(
            "called back, all well"
        )
        visitor.press("Release")
        visitor.page.wait_for_url("**?done=released")
        told.append(visitor.text)
        visitor.go(bad_case)
        visitor.page.locator("#reject").get_by_label("What you found").fill(
            "nobody knows the payee"
        )
        visitor.press("Reject")
        visitor.page.wait_for_url("**?done=rejected")
        return [*told, visitor.text]

    queue, facts, released, rejected = driver.run(judge, origin=origin)
    assert "every withdrawal" in queue
    assert "1 times within 3600 s, more than 0" in facts
    assert "It is released: what waited goes on." in released
    assert "the money is back where it came from" in rejected
    cashouts.confirm_cash_out(order_id=first.id, grounds=GROUNDS, by=SYSTEM)
    states = [get_order(order_id=one.id).state.value for one in (first, second)]
    assert states == ["closed", "rejected"]
    assert (good.available(), bad.available()) == ("70.00", "100.00")


def test_one_proposes_a_rule_another_signs_and_explain_shows_it(
    driver: Driver, origin: str
) -> None:
    rights = (Right.POLICIES_READ, Right.POLICIES_PROPOSE, Right.SIGNING_READ)
    maker, signer = new_signer(*rights), new_signer(Right.POLICIES_SIGN, *rights)
    who = customer_wire(new_client().customer_id)

    def propose(visitor: Visitor) -> tuple[str, str]:
        enter(visitor, maker)
        visitor.go("operator/policies/new")
        visitor.page.get_by_label("Operation").select_option("withdrawal")
        visitor.page.get_by_role("textbox", name="Currency").fill("USD")
        visitor.page.get_by_label("One customer (cus_…)").fill(who)
        visitor.page.get_by_text("Limits", exact=True).click()
        visitor.page.get_by_label("At most a day").fill("123.45")
        visitor.press("Try it against past orders")
        visitor.page.wait_for_url("**?try=1")
        tried = visitor.text
        visitor.press("Propose")
        visitor.page.wait_for_url("**?done=proposed")
        return tried, visitor.page.url.partition("/console/")[2].partition("?")[0]

    tried, request = driver.run(propose, origin=origin)
    assert "Operations looked at" in tried
    assert [
        one for one in list_rules(limit=200).items if one.values.get("day_max") == "123.45"
    ] == []

    def sign(visitor: Visitor) -> tuple[str, str]:
        enter(visitor, signer)
        visitor.go("operator/signatures")
        visitor.page.locator(f'a[href$="{request}"]').first.click()
        visitor.page.wait_for_url(f"**/{request}")
        shown = visitor.text
        visitor.press("Sign")
        visitor.page.wait_for_url("**?done=effective")
        visitor.go(f"operator/policies/explain?operation=withdrawal&currency=USD&customer={who}")
        return shown, visitor.text

    shown, explained = driver.run(sign, origin=origin)
    assert '"day_max": "123.45"' in shown
    assert "Day max 123.45 customer" in explained
    (rule,) = [one for one in list_rules(limit=200).items if one.values.get("day_max") == "123.45"]
    assert rule_wire(rule.id) in explained


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("theme", "part"), [("light", 0), ("light", 1), ("dark", 0), ("dark", 1)], ids=str
)
def test_every_page_is_fit_for_everybody(
    driver: Driver, origin: str, theme: str, part: int
) -> None:
    """Look at half of the pages at a time; in the dark at each fourth, unless pictures are wanted."""
    admin = make_operator(role=StaffRole.MASTER_ADMIN)
    paths = [f"operator/{path}" for path in (*PAGES, *_objects(admin))][part::2]
    if theme == "dark" and not SHOTS:
        paths = paths[::4]

    def look(visitor: Visitor) -> dict[str, list[str]]:
        enter(visitor, admin)
        wrong = looked(visitor, paths, theme)
        visitor.go("operator/policies/explain?operation=withdrawal&currency=USD")
        return wrong | looked_here(visitor, "operator/policies/explain", theme)

    assert driver.run(look, origin=origin, color_scheme=theme) == {}


def _objects(admin: User) -> list[str]:
    """Make one of each sort that has a page of its own; gives the pages, each with a name."""
    _, _, case = withdraw("10.00")
    stop = stops.set_stop(
        scope=StopScope.CUSTOMER,
        value=customer_wire(new_client().customer_id),
        reason="The bank is closed today.",
        by=admin.actor,
    )
    wire = encode(STOP_PREFIX, stop.id)
    person = Person(user_id=admin.id, owner=None, actor=admin.actor)
    asked = signing.propose(kind=LIFT, terms=LiftTerms(stop=wire), maker=person)
    (rule,) = (one for one in list_fraud_rules() if one.name == "every withdrawal")
    return [
        f"{case.removeprefix('operator/')}=risk/case",
        f"stops/{wire}=stops/one",
        f"risk/rules/{fraud_rule_wire(rule.id)}=risk/rules/one",
        f"signatures/{asked.wire_id}=signatures/one",
        f"people/{admin.wire_id}=people/one",
    ]
