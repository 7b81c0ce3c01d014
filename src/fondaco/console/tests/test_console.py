"""Pages show what is one's own, to whom it belongs, and take nothing from elsewhere."""

import re
from datetime import timedelta
from http.cookies import SimpleCookie
from ipaddress import ip_network
from typing import Any, Final

import pytest
from django.test import Client

from fondaco.apikeys.actions.networks import allow_network
from fondaco.identity.states import CustomerKind
from fondaco.kit import clock
from fondaco.wallets.tests.cast import PASSWORD, Person, new_person

pytestmark = pytest.mark.usefixtures("tenant")

_HIDDEN: Final = re.compile(r'name="(\w+)" value="([^"]*)"')


@pytest.fixture
def person() -> Person:
    return new_person(CustomerKind.CLIENT, "250.00")


def hidden(client: Client, path: str) -> dict[str, str]:
    """Open a page and give the hidden fields of its last form."""
    return dict(_HIDDEN.findall(client.get(path).content.decode()))


def log_in(client: Client, person: Person, **more: str) -> Any:
    given = hidden(client, "/console/login") | {"identifier": person.email, "password": PASSWORD}
    return client.post("/console/login", given | more)


def test_a_stranger_is_sent_to_the_login_and_then_where_he_wanted(
    client: Client, person: Person
) -> None:
    sent = client.get("/console/wallets")
    assert (sent.status_code, sent["Location"]) == (303, "/console/login?next=/console/wallets")
    sent = log_in(client, person, next="/console/wallets")
    assert (sent.status_code, sent["Location"]) == (303, "/console/wallets")
    assert ">250<" in client.get("/console/wallets").content.decode()


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_login_sends_nobody_out_of_the_house(client: Client, person: Person, url: str) -> None:
    assert log_in(client, person, next=url)["Location"] == "/console/"


def test_the_cookie_is_for_the_browser_alone(client: Client, person: Person) -> None:
    cookies: SimpleCookie = log_in(client, person).cookies
    assert (cookies["fondaco"]["httponly"], cookies["fondaco"]["samesite"]) == (True, "Lax")


def test_a_wrong_password_lets_nobody_in(client: Client, person: Person) -> None:
    refused = log_in(client, person, password="not-the-password-at-all")
    assert (refused.status_code, "fondaco" in refused.cookies) == (422, False)
    assert client.get("/console/").status_code == 303


def test_logging_out_ends_the_session(client: Client, person: Person) -> None:
    log_in(client, person)
    kept = client.cookies["fondaco"].value
    client.post("/console/logout", hidden(client, "/console/"))
    client.cookies["fondaco"] = kept
    assert client.get("/console/").status_code == 303


@pytest.mark.parametrize("path", ["/console/login", "/console/logout"])
def test_forms_of_other_sites_are_refused(client: Client, path: str) -> None:
    assert client.post(path, {"identifier": "x", "password": "y"}).status_code == 403


def test_the_wallet_of_somebody_else_is_not_there(client: Client, person: Person) -> None:
    log_in(client, new_person(CustomerKind.CLIENT))
    assert client.get(f"/console/wallets/{person.wallet.wire_id}").status_code == 404


def test_a_token_that_may_charge_is_no_address(client: Client, person: Person) -> None:
    log_in(client, person)
    for page in ("", "/settings", "/statement", "/statement.csv", "/cash-out"):
        assert client.get(f"/console/wallets/{person.wallet.wire_id}{page}").status_code == 200
        assert client.get(f"/console/wallets/{person.token}{page}").status_code == 404


def test_a_form_that_is_sent_twice_acts_once(client: Client, person: Person) -> None:
    log_in(client, person)
    path = f"/console/wallets/{person.wallet.wire_id}"
    given = hidden(client, path) | {"amount": "12.50", "currency": "USD"}
    sent = [client.post(path, given) for _ in range(3)]
    assert [one["Location"] for one in sent] == [f"{path}?done=topped-up"] * 3
    assert person.available() == "262.50"


@pytest.mark.parametrize(
    ("amount", "currency"), [("0", "USD"), ("-1", "USD"), ("1e3", "USD"), ("1", "XXX"), ("", "USD")]
)
def test_a_wrong_amount_is_told_and_moves_nothing(
    client: Client, person: Person, amount: str, currency: str
) -> None:
    log_in(client, person)
    path = f"/console/wallets/{person.wallet.wire_id}"
    refused = client.post(path, hidden(client, path) | {"amount": amount, "currency": currency})
    assert (refused.status_code, person.available()) == (422, "250.00")
    assert 'role="alert"' in refused.content.decode()


def test_every_page_says_what_it_may_load(client: Client, person: Person) -> None:
    log_in(client, person)
    for path in ("/console/", "/console/wallets", "/console/security", "/console/login"):
        policy = client.get(path, follow=True)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_what_pages_load_may_be_kept_for_ever_and_is_small(client: Client) -> None:
    page = client.get("/console/login").content.decode()
    sizes = []
    for url in re.findall(r'(?:href|src)="(/console/assets/[^"]+)"', page):
        answer = client.get(url)
        assert (answer.status_code, "immutable" in answer["Cache-Control"]) == (200, True)
        sizes.append(len(answer.content))
    assert len(sizes) == 5
    assert sum(sizes) + len(page) < 80_000


def test_assets_are_those_of_the_console_alone(client: Client) -> None:
    for name in ("../models.py", "none.css", "%2e%2e/apps.py", "vendor"):
        assert client.get(f"/console/assets/{name}").status_code == 404


def test_another_device_can_be_logged_out(client: Client, person: Person) -> None:
    log_in(client, person)
    other = Client(SERVER_NAME="localhost")
    log_in(other, person)
    page = client.get("/console/security").content.decode()
    url, *_ = re.findall(r'action="(/console/security/sessions/ses_[^"]+)"', page)
    assert client.post(url, hidden(client, "/console/security"))["Location"].endswith("done=left")
    assert (other.get("/console/").status_code, client.get("/console/").status_code) == (303, 200)


class TestPasswords:
    def test_are_masked_and_may_be_pasted_and_kept_by_the_browser(self, client: Client) -> None:
        page = client.get("/console/login").content.decode()
        [field] = re.findall(r'<input[^>]*name="password"[^>]*>', page)
        assert 'type="password"' in field
        assert 'autocomplete="current-password"' in field
        scripts = re.findall(r'src="(/console/assets/[^"]+)"', page)
        assert not any(b"paste" in client.get(url).content for url in scripts)


class TestSessions:
    def test_end_from_every_page(self, client: Client, person: Person) -> None:
        log_in(client, person)
        for path in (
            "",
            "wallets",
            f"wallets/{person.wallet.wire_id}",
            "activity",
            "security",
            "components",
        ):
            page = client.get(f"/console/{path}").content.decode()
            assert 'action="/console/logout"' in page

    def test_slide_ahead_while_they_are_used_and_end_after_ninety_days(
        self, client: Client, person: Person
    ) -> None:
        log_in(client, person)
        begun = clock.now()
        for days, status in ((25, 200), (50, 200), (75, 200), (89, 200), (91, 303)):
            with clock.set_to(begun + timedelta(days=days)):
                assert (days, client.get("/console/").status_code) == (days, status)

    def test_end_when_nobody_uses_them(self, client: Client, person: Person) -> None:
        log_in(client, person)
        with clock.set_to(clock.now() + timedelta(days=31)):
            assert client.get("/console/").status_code == 303

    def test_show_nothing_to_addresses_that_the_customer_does_not_allow(
        self, client: Client, person: Person
    ) -> None:
        log_in(client, person)
        allow_network(
            customer_id=person.customer_id,
            network=ip_network("192.0.2.0/24"),
            label="Office",
            here=None,
            by=person.actor,
        )
        refused = client.get("/console/wallets")
        assert (refused.status_code, "250" in refused.content.decode()) == (403, False)
        allowed = client.get("/console/wallets", REMOTE_ADDR="192.0.2.7")
        assert allowed.status_code == 200
