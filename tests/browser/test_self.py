"""People open an account, guard it and come back to it, in a real browser."""

import re
from typing import Any, Final
from uuid import uuid4

import pytest

from fondaco.credentials.factors import code_at
from fondaco.credentials.tests.letters_box import newest
from fondaco.identity import queries as people
from fondaco.identity.states import CustomerKind
from fondaco.kit import clock, options
from fondaco.wallets.tests.cast import PASSWORD, Person, new_person
from tests.browser.conftest import Driver
from tests.browser.looking import looked, looked_here
from tests.browser.pages import Visitor

pytestmark = [pytest.mark.needs_tool("chromium-headless-shell"), pytest.mark.usefixtures("tenant")]

OPEN: Final = (
    "start",
    "status",
    "login",
    "login/code",
    "sign-up",
    "sign-up/company",
    "forgotten",
    "reset-password",
    "verify-email",
    "accept-invitation",
)
PAGES: Final = (
    "step-up",
    "security",
    "security/password",
    "security/authenticator",
    "security/passkeys",
    "security/api-keys",
    "security/addresses",
    "security/email/change",
    "verification",
    "notifications",
    "notifications/preferences",
    "settings",
    "settings/leave",
    "members",
)


@pytest.fixture
def company() -> Person:
    return new_person(CustomerKind.COMPANY)


@pytest.fixture
def secure_origin(origin: str) -> str:
    """Give the address under which browsers allow passkeys: the machine's own name."""
    return origin.replace("127.0.0.1", "localhost")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_open_page_is_fit_for_everybody(driver: Driver, origin: str, theme: str) -> None:
    def look(visitor: Visitor) -> dict[str, list[str]]:
        return looked(visitor, OPEN, theme)

    assert driver.run(look, origin=origin, color_scheme=theme) == {}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_ones_own_is_fit_for_everybody(
    driver: Driver, origin: str, company: Person, theme: str
) -> None:
    def look(visitor: Visitor) -> dict[str, list[str]]:
        visitor.log_in(company.email, PASSWORD)
        wrong = looked(visitor, PAGES, theme)
        visitor.go("security/api-keys")
        visitor.page.get_by_label("Name", exact=True).fill("Till at the door")
        visitor.page.get_by_label("See wallets").check()
        visitor.press("Make the key")
        return wrong | looked_here(visitor, "security/api-keys/new", theme)

    assert driver.run(look, origin=origin, color_scheme=theme) == {}


def test_sign_up_confirm_enrol_and_come_back_with_the_second_factor(
    driver: Driver, origin: str
) -> None:
    email = f"{uuid4().hex}@example.com"

    def join(visitor: Visitor) -> None:
        visitor.go("start")
        visitor.page.locator("main").get_by_role("link", name="Open an account").first.click()
        for label, value in (("First name", "Ada"), ("Last name", "Moro"), ("E-mail", email)):
            visitor.page.get_by_label(label, exact=True).fill(value)
        visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
        visitor.press("Open the account")
        visitor.page.wait_for_url("**/verify-email?sent=1")

    def rest(visitor: Visitor, token: str) -> tuple[str, str, str]:
        page = visitor.page
        visitor.log_in(email, PASSWORD)
        page.goto(f"/verify-email#{token}")
        page.wait_for_function("document.activeElement.tagName === 'BUTTON'")
        assert token not in page.url
        visitor.press("Confirm")
        page.wait_for_url("**?done=verified")
        visitor.go("security")
        page.get_by_role("link", name="Set up an authenticator").first.click()
        secret = page.locator("input[name=secret]").input_value()
        step = int(clock.now().timestamp()) // 30
        page.get_by_label("The six digits").fill(code_at(secret, step))
        visitor.press("Switch it on")
        codes = page.locator(".codes code").all_inner_texts()
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url("**/login")
        visitor.log_in(email, PASSWORD)
        page.get_by_label("Code of your authenticator").fill(code_at(secret, step + 1))
        visitor.press("Go on")
        page.wait_for_url("**/console/")
        visitor.go("security")
        return secret, " ".join(codes), visitor.text

    with options.override(registration="open", rate_limits=False):
        driver.run(join, origin=origin)
        token = newest(email).token
        secret, codes, told = driver.run(lambda visitor: rest(visitor, token), origin=origin)
    user = people.find_user(identifier=email)
    assert user is not None
    assert user.email_verified_at is not None
    assert user.second_factor_at is not None
    assert secret
    assert len(codes.split()) == 10
    assert "10 left" in told


def test_a_passkey_is_made_named_and_logs_in_by_itself(
    driver: Driver, secure_origin: str, company: Person
) -> None:
    def act(visitor: Visitor) -> tuple[str, str, str]:
        page = visitor.page
        _plug_in(page)
        visitor.log_in(company.email, PASSWORD)
        visitor.go("security/passkeys")
        page.get_by_label("Name").fill("Key on my ring")
        visitor.press("Add a passkey")
        page.wait_for_url("**?done=added")
        added = visitor.text
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url("**/login")
        visitor.press("Log in with a passkey")
        page.wait_for_url("**/console/")
        visitor.go("security/passkeys")
        visitor.press("Remove Key on my ring")
        page.wait_for_url("**?done=removed")
        return added, visitor.text, page.url

    added, removed, _ = driver.run(act, origin=secure_origin)
    assert "Key on my ring" in added
    assert "Key on my ring" not in removed


def test_a_key_is_shown_once_and_sending_again_makes_no_second(
    driver: Driver, origin: str, company: Person
) -> None:
    def act(visitor: Visitor) -> tuple[list[str], str]:
        page = visitor.page
        visitor.log_in(company.email, PASSWORD)
        visitor.go("security/api-keys")
        page.get_by_label("Name", exact=True).fill("Till")
        page.get_by_label("See orders").check()
        visitor.press("Make the key")
        shown = re.findall(r"fks_[\w-]+", visitor.text)
        page.reload()
        page.wait_for_url("**?done=before")
        return shown, visitor.text

    shown, told = driver.run(act, origin=origin)
    assert len(shown) == 1
    assert shown[0] not in told
    assert told.count("orders:read") == 1


def _plug_in(page: Any) -> None:
    """Give the browser an authenticator that says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
