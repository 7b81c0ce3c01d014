"""One's own account on pages: entering, security, notifications, settings, members."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fondaco.apikeys.queries import list_keys, list_networks
from fondaco.credentials.factors import code_at
from fondaco.credentials.queries import get_factors
from fondaco.credentials.states import Purpose
from fondaco.credentials.tests.letters_box import newest, post
from fondaco.identity import queries as people
from fondaco.identity.states import CustomerKind
from fondaco.identity.types import User, user_wire
from fondaco.kit import clock, options
from fondaco.kyc.queries import get_latest
from fondaco.wallets.tests.cast import PASSWORD, Person, new_person
from tests.plumbing.counting import count_queries

pytestmark = pytest.mark.usefixtures("tenant")

_HIDDEN: Final = re.compile(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"')
_PNG: Final = b"\x89PNG\r\n\x1a\n" + b"0" * 64
PAGES: Final = (
    "security",
    "security/password",
    "security/authenticator",
    "security/passkeys",
    "security/api-keys",
    "security/addresses",
    "security/email/change",
    "security/phone/change",
    "verification",
    "notifications",
    "notifications/preferences",
    "settings",
    "settings/leave",
)


@pytest.fixture
def later() -> Any:
    """Let the proof that a log-in is fade away."""

    @contextmanager
    def act() -> Iterator[None]:
        with clock.set_to(clock.now() + timedelta(minutes=6)):
            yield

    return act


@pytest.fixture
def person() -> Person:
    return new_person(CustomerKind.CLIENT)


@pytest.fixture
def company() -> Person:
    return new_person(CustomerKind.COMPANY)


def hidden(client: Client, path: str) -> dict[str, str]:
    """Open a page and give the hidden fields of all its forms; the last of a name counts."""
    return dict(_HIDDEN.findall(client.get(f"/console/{path}").content.decode()))


def send(client: Client, path: str, *, page: str = "", **given: Any) -> Any:
    """Fill in a page's form and send it."""
    return client.post(f"/console/{path}", hidden(client, page or path) | given)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def log_in(client: Client, person: Person) -> None:
    sent = send(client, "login", identifier=person.email, password=PASSWORD)
    assert sent.status_code == 303


def prove(client: Client) -> None:
    """Step up by the password."""
    assert send(client, "step-up", password=PASSWORD).status_code == 303


def enrol(client: Client) -> tuple[str, list[str]]:
    """Set up an authenticator on the page; gives its seed and the recovery codes."""
    prove(client)
    given = hidden(client, "security/authenticator")
    step = int(clock.now().timestamp()) // 30
    done = client.post(
        "/console/security/authenticator", given | {"code": code_at(given["secret"], step)}
    )
    return given["secret"], re.findall(r"<li><code>(\w+)</code></li>", text(done))


def user_of(person: Person) -> User:
    user = people.find_user(identifier=person.email)
    assert user is not None
    return user


class TestSignUp:
    def test_opens_an_account_and_asks_to_confirm_the_e_mail(self, client: Client) -> None:
        email = f"{uuid4().hex}@example.com"
        given = {"first_name": "Ada", "last_name": "Moro", "email": email, "password": PASSWORD}
        with options.override(registration="open"):
            sent = send(client, "sign-up", **given)
        assert sent["Location"] == "/console/verify-email?sent=1"
        confirmed = send(client, "verify-email", token=newest(email).token)
        assert confirmed["Location"] == "/console/?done=verified"
        user = people.find_user(identifier=email)
        assert user is not None
        assert user.email_verified_at is not None

    def test_waits_for_the_letter_where_addresses_are_proved_first(self, client: Client) -> None:
        email = f"{uuid4().hex}@example.com"
        given = {"first_name": "Ada", "last_name": "Moro", "email": email, "password": PASSWORD}
        with options.override(registration="verified"):
            sent = send(client, "sign-up/company", name="Moro and Daughters", **given)
            assert sent["Location"] == "/console/confirm-registration?sent=1"
            assert people.find_user(identifier=email) is None
            post(Purpose.EMAIL_LINK)
            token = newest(email).token
            done = send(client, "confirm-registration", token=token)
            again = send(Client(SERVER_NAME="localhost"), "confirm-registration", token=token)
        assert done["Location"] == "/console/?done=welcome"
        assert again.status_code == 422
        customer = people.find_customer_by_identifier(email)
        assert customer is not None
        assert (customer.name, customer.kind) == ("Moro and Daughters", "company")

    def test_tells_what_is_wrong_beside_the_field(self, client: Client) -> None:
        given = {"first_name": "Ada", "last_name": "Moro", "email": "ada@example.com"}
        refused = send(client, "sign-up", **given, password="short")
        assert refused.status_code == 422
        assert 'id="id_password_error"' in text(refused)


class TestLogin:
    def test_by_password_and_second_factor(self, client: Client, person: Person) -> None:
        log_in(client, person)
        seed, codes = enrol(client)
        assert len(codes) == 10
        client.post("/console/logout", hidden(client, ""))
        awaited = send(client, "login", identifier=person.email, password=PASSWORD)
        given = dict(_HIDDEN.findall(text(awaited)))
        wrong = client.post("/console/login/factor", given | {"code": "000000"})
        assert wrong.status_code == 422
        step = int(clock.now().timestamp()) // 30 + 1
        done = client.post("/console/login/factor", given | {"code": code_at(seed, step)})
        assert (done.status_code, done["Location"]) == (303, "/console/")

    def test_by_recovery_code_once(self, client: Client, person: Person) -> None:
        log_in(client, person)
        _, codes = enrol(client)
        for status in (303, 422):
            client.cookies.clear()
            awaited = send(client, "login", identifier=person.email, password=PASSWORD)
            given = dict(_HIDDEN.findall(text(awaited)))
            done = client.post("/console/login/factor", given | {"code": codes[0]})
            assert done.status_code == status

    def test_by_a_code_that_is_sent(self, client: Client, person: Person) -> None:
        log_in(client, person)
        send(client, "security/email/proof", page="security")
        send(client, "verify-email", token=newest(person.email).token)
        client.cookies.clear()
        asked = send(client, "login/code", identifier=person.email)
        given = dict(_HIDDEN.findall(text(asked)))
        post(Purpose.LOGIN_CODE)
        done = client.post(
            "/console/login/code/confirm", given | {"code": newest(person.email).code}
        )
        assert (done.status_code, done["Location"]) == (303, "/console/")

    def test_asks_for_a_code_of_nobody_in_the_same_words(
        self, client: Client, person: Person
    ) -> None:
        pages = []
        for identifier in (person.email, f"{uuid4().hex}@example.com"):
            asked = send(client, "login/code", identifier=identifier)
            pages.append(re.sub(r'value="[^"]*"', "", text(asked)))
        assert pages[0] == pages[1]

    def test_by_a_passkey_of_nobody_is_refused(self, client: Client) -> None:
        given = hidden(client, "login")
        options_of = client.post("/console/login/passkey/options", given)
        handle = json.loads(options_of.content)["handle"]
        for credential in ("nonsense", "[]", '{"id": "AAAA", "response": {}}'):
            answer = given | {"handle": handle, "credential": credential}
            refused = client.post("/console/login/passkey", answer)
            assert refused.status_code == 422
            assert 'role="alert"' in text(refused)


class TestForgottenPassword:
    def test_is_chosen_anew_by_the_letter_once(self, client: Client, person: Person) -> None:
        sent = send(client, "forgotten", identifier=person.email)
        assert sent["Location"] == "/console/reset-password?sent=1"
        post(Purpose.PASSWORD_RESET)
        token, new = newest(person.email).token, "marble-otter-31-weathervane"
        assert send(client, "reset-password", token=token, password="short").status_code == 422
        done = send(client, "reset-password", token=token, password=new)
        assert done["Location"] == "/console/login?done=reset"
        assert send(client, "reset-password", token=token, password=new).status_code == 422
        assert send(client, "login", identifier=person.email, password=new).status_code == 303

    def test_says_the_same_of_nobody(self, client: Client) -> None:
        sent = send(client, "forgotten", identifier=f"{uuid4().hex}@example.com")
        assert sent["Location"] == "/console/reset-password?sent=1"


class TestStepUp:
    @pytest.mark.parametrize("path", ["security/authenticator", "settings/leave"])
    def test_is_asked_before_what_is_dangerous_and_leads_back(
        self, client: Client, person: Person, path: str, later: Any
    ) -> None:
        log_in(client, person)
        with later():
            sent = client.get(f"/console/{path}")
            assert sent["Location"] == f"/console/step-up?next=/console/{path}"
            done = send(client, f"step-up?next=/console/{path}", password=PASSWORD)
            assert done["Location"] == f"/console/{path}"
            assert client.get(f"/console/{path}").status_code == 200

    def test_leads_nobody_out_of_the_house(self, client: Client, person: Person) -> None:
        log_in(client, person)
        done = send(client, "step-up?next=https://evil.example/", password=PASSWORD)
        assert done["Location"] == "/console/security"

    def test_is_refused_to_a_wrong_password(
        self, client: Client, person: Person, later: Any
    ) -> None:
        log_in(client, person)
        with later():
            assert send(client, "step-up", password="not-the-password").status_code == 422
            assert client.get("/console/security/authenticator").status_code == 303

    def test_is_asked_before_a_form_acts(self, client: Client, company: Person, later: Any) -> None:
        log_in(client, company)
        given = {"label": "Till", "scopes": "wallets:read", "days": "90"}
        with later():
            sent = send(client, "security/api-keys", **given)
        assert sent["Location"].startswith("/console/step-up")
        assert list_keys(customer_id=company.customer_id) == []


class TestKeys:
    def test_show_their_secret_once_however_often_the_form_is_sent(
        self, client: Client, company: Person
    ) -> None:
        log_in(client, company)
        prove(client)
        path = "/console/security/api-keys"
        given = hidden(client, "security/api-keys") | {
            "label": "Till",
            "mode": "live",
            "scopes": ["wallets:read", "wallets:charge"],
            "days": "90",
        }
        first, second = client.post(path, given), client.post(path, given)
        assert "fks_" in text(first)
        assert (second.status_code, second["Location"]) == (303, f"{path}?done=before")
        [key] = list_keys(customer_id=company.customer_id)
        assert key.scopes == {"wallets:read", "wallets:charge"}
        assert "fks_" not in text(client.get(path))
        send(client, f"security/api-keys/{key.wire_id}/delete", page="security/api-keys")
        assert list_keys(customer_id=company.customer_id) == []

    def test_of_others_are_not_there(self, client: Client, company: Person) -> None:
        log_in(client, company)
        prove(client)
        for key in ("key_live_00000000000000000000000000", "nonsense"):
            gone = send(client, f"security/api-keys/{key}/delete", page="security/api-keys")
            assert gone.status_code == 404


class TestAddresses:
    def test_are_not_changed_so_that_one_is_locked_out_unless_one_means_it(
        self, client: Client, person: Person
    ) -> None:
        log_in(client, person)
        prove(client)
        warned = send(client, "security/addresses", network="192.0.2.0/24")
        assert warned.status_code == 422
        assert "127.0.0.1" in text(warned)
        assert 'name="confirm"' in text(warned)
        assert list_networks(customer_id=person.customer_id) == []
        for network in ("127.0.0.1", "192.0.2.0/24"):
            assert send(client, "security/addresses", network=network).status_code == 303
        mine = {str(one.network): one for one in list_networks(customer_id=person.customer_id)}
        page = text(client.get("/console/security/addresses"))
        urls = re.findall(r'action="/console/(security/addresses/net_\w+/remove)"', page)
        asked = [send(client, url, page="security/addresses").status_code for url in urls]
        assert (len(mine), asked) == (2, [303, 303])

    def test_ask_once_more_before_the_entry_goes_by_which_one_comes_in(
        self, client: Client, person: Person
    ) -> None:
        log_in(client, person)
        prove(client)
        for network in ("127.0.0.1", "192.0.2.0/24"):
            send(client, "security/addresses", network=network)
        page = text(client.get("/console/security/addresses"))
        urls = re.findall(r'action="/console/(security/addresses/net_\w+/remove)"', page)
        warned = send(client, urls[-1], page="security/addresses")
        assert (warned.status_code, "confirm" in text(warned)) == (409, True)
        send(client, urls[-1], page="security/addresses", confirm="1")
        assert client.get("/console/").status_code == 403


class TestVerification:
    def test_is_begun_shown_and_handed_in(self, client: Client, person: Person) -> None:
        log_in(client, person)
        send(client, "verification", level="verified")
        page = hidden(client, "verification")
        wrong = {"kind": "passport", "file": SimpleUploadedFile("a.txt", b"no picture")}
        refused = client.post("/console/verification/documents", page | wrong)
        assert refused.status_code == 422
        for _ in range(2):
            right = {"kind": "passport", "file": SimpleUploadedFile("a.png", _PNG)}
            client.post("/console/verification/documents", page | right)
        assert text(client.get("/console/verification")).count("a.png") == 1
        send(client, "verification/submit", page="verification")
        assert get_latest(customer_id=person.customer_id).state == "in_review"


class TestSettings:
    def test_change_name_language_clock_and_colours(self, client: Client, person: Person) -> None:
        log_in(client, person)
        given = hidden(client, "settings") | {
            "form": "looks",
            "looks-language": "de",
            "looks-time_zone": "Europe/Berlin",
            "looks-currency": "",
            "looks-theme": "dark",
        }
        client.post("/console/settings", given)
        names = {"form": "person", "person-first_name": "Eva", "person-last_name": "Sol"}
        client.post("/console/settings", hidden(client, "settings") | names)
        page = text(client.get("/console/settings"))
        user = user_of(person)
        assert (user.settings.language, user.settings.time_zone) == ("de", "Europe/Berlin")
        assert (user.first_name, user.last_name) == ("Eva", "Sol")
        assert '<html lang="de" data-theme="dark">' in page

    def test_hand_over_ones_own_data_after_a_proof(
        self, client: Client, person: Person, later: Any
    ) -> None:
        log_in(client, person)
        with later():
            assert send(client, "settings/export", page="settings").status_code == 303
            prove(client)
            found = send(client, "settings/export", page="settings")
        assert json.loads(found.content)["person"]["email"] == person.email


class TestMembers:
    def test_are_invited_once_accept_and_are_removed(self, client: Client, company: Person) -> None:
        log_in(client, company)
        prove(client)
        email = f"{uuid4().hex}@example.com"
        given = hidden(client, "members") | {
            "email": email,
            "role": "finance",
            "rights": ["wallets:spend"],
        }
        for _ in range(2):
            assert client.post("/console/members", given).status_code == 303
        assert text(client.get("/console/members")).count("/take-back") == 1
        guest = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
        named = {"first_name": "Bo", "last_name": "Lind", "password": PASSWORD}
        done = send(guest, "accept-invitation", token=newest(email).token, **named)
        assert done["Location"] == "/console/login?done=accepted"
        members = people.list_memberships(customer_id=company.customer_id)
        assert "wallets:spend" in members[1].permissions
        wire = user_wire(members[1].user.id)
        changed = send(client, f"members/{wire}", role="viewer")
        assert changed.status_code == 303
        send(client, f"members/{wire}/remove", page="members")
        assert len(people.list_memberships(customer_id=company.customer_id)) == 1

    def test_are_the_business_of_who_heads_the_company_alone(
        self, client: Client, company: Person, person: Person
    ) -> None:
        log_in(client, person)
        prove(client)
        wire = user_wire(user_of(company).id)
        assert client.get(f"/console/members/{wire}").status_code == 404


class TestNotifications:
    def test_can_be_switched_off_unless_they_are_about_ones_safety(
        self, client: Client, person: Person
    ) -> None:
        log_in(client, person)
        page = text(client.get("/console/notifications/preferences"))
        on = re.findall(r'value="([\w:]+)" aria-label="[^"]*" checked>', page)
        fixed = re.findall(r'value="([\w:]+)" aria-label="[^"]*" checked disabled>', page)
        assert "welcome:email" in on
        assert "new_device:email" in fixed
        wanted = [one for one in on if one != "welcome:email"]
        send(client, "notifications/preferences", wish=wanted)
        after = text(client.get("/console/notifications/preferences"))
        assert re.findall(r'value="([\w:]+)" aria-label="[^"]*" checked>', after) == wanted
        assert re.findall(r'value="([\w:]+)" aria-label="[^"]*" checked disabled>', after) == fixed

    def test_of_others_are_not_there(self, client: Client, person: Person) -> None:
        log_in(client, person)
        for message in ("msg_00000000000000000000000000", "nonsense"):
            gone = send(client, f"notifications/{message}/read", page="notifications")
            assert gone.status_code == 404


class TestPages:
    def test_are_drawn_with_few_queries(self, client: Client, company: Person) -> None:
        log_in(client, company)
        prove(client)
        client.get("/console/security")
        counted = {}
        for path in (*PAGES, "members"):
            assert client.get(f"/console/{path}").status_code == 200, path
            counted[path] = count_queries(partial(client.get, f"/console/{path}"))
        # It draws a seed and keeps it for the code that follows: a transaction more.
        assert counted.pop("security/authenticator") <= 16
        assert {path: count for path, count in counted.items() if count > 12} == {}

    def test_are_open_to_strangers_only_where_they_should_be(self, client: Client) -> None:
        for path in ("start", "status", "login", "sign-up", "sign-up/company", "forgotten"):
            assert client.get(f"/console/{path}").status_code == 200, path
        for path in (*PAGES, "members", "step-up"):
            assert client.get(f"/console/{path}")["Location"].startswith("/console/login"), path

    def test_begin_at_the_start_page_and_lead_letters_on(self, client: Client) -> None:
        assert client.get("/")["Location"] == "/console/start"
        assert client.get("/reset-password")["Location"] == "/console/reset-password"

    def test_tell_everybody_how_things_are(self, client: Client) -> None:
        assert "Everything works." in text(client.get("/console/status"))


def test_a_second_factor_is_shown_as_a_picture_and_can_be_switched_off(
    client: Client, person: Person
) -> None:
    log_in(client, person)
    prove(client)
    page = text(client.get("/console/security/authenticator"))
    assert 'src="data:image/svg+xml;base64,' in page
    seed, codes = enrol(client)
    user_id = user_of(person).id
    assert get_factors(user_id=user_id).has_totp
    with clock.set_to(clock.now() + timedelta(minutes=1)):
        made = send(client, "security/recovery-codes")
        fresh = re.findall(r"<li><code>(\w+)</code></li>", text(made))
        assert (len(fresh), set(fresh) & set(codes)) == (10, set())
        send(client, "security/authenticator/off")
    assert not get_factors(user_id=user_id).has_totp
    assert seed
