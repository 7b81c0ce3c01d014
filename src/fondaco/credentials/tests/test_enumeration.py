"""Neither answers nor the work behind them tell whether somebody is registered."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.credentials.models import Challenge
from fondaco.credentials.states import Purpose
from fondaco.credentials.tests.letters_box import letters_to, newest, post
from fondaco.credentials.tests.people import Person, make_person
from fondaco.identity import passwords
from fondaco.identity.tests.people import PASSWORD, unique
from fondaco.kit.django import tenancy
from fondaco.kit.django.models.deliveries import Delivery
from fondaco.kit.ids import uuid7
from fondaco.kit.options import override
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")


_IDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOW_AND_THEN = ("kit_maintenance", "tenancy_tenant", "identity_session")
"""Asked once a second at most, by whoever comes first."""


class Work:
    """Counts what a request costs: hashes of passwords, statements, deliveries."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hashes = 0
        for name in ("encode", "verify"):
            self._watch(monkeypatch, name, getattr(passwords.Argon2, name))

    def _watch(self, monkeypatch: pytest.MonkeyPatch, name: str, real: Callable[..., Any]) -> None:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.hashes += 1
            return real(*args, **kwargs)

        monkeypatch.setattr(passwords.Argon2, name, counted)

    def of(self, act: Callable[[], Any]) -> tuple[Any, tuple[int, list[str], int]]:
        """Give the answer, and what it cost."""
        self.hashes = 0
        before = Delivery.objects.count()
        with CaptureQueriesContext(connection) as captured:
            answer = act()
        told = [query["sql"] for query in captured]
        shapes = [_IDS.sub("…", one.split("VALUES")[0].split("WHERE")[0]) for one in told]
        shapes = [one for one in shapes if not any(name in one for name in _NOW_AND_THEN)]
        return answer, (self.hashes, shapes, Delivery.objects.count() - before)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    passwords.verify("the hash of nothing", None)  # made once in each process
    return Work(monkeypatch)


def forms(answer: Any) -> tuple[int, list[str]]:
    """Give what of an answer could tell something."""
    body = answer.json() if answer.content else {}
    if "code" in body:
        return answer.status_code, [body["code"], body["detail"]]
    return answer.status_code, sorted(body)


class TestLogin:
    def test_costs_and_tells_the_same(self, api: ApiClient, work: Work) -> None:
        known, unknown = make_person().email, f"{unique()}@example.com"
        found = []
        for identifier in (known, unknown):
            body = {"identifier": identifier, "password": "a wrong password"}
            answer, cost = work.of(lambda body=body: api.post("/auth/login", body))  # type: ignore[misc] # a loop's own value
            found.append((forms(answer), cost))
        assert found[0] == found[1]
        assert found[0][1][0] == 1


class TestPasswordReset:
    def test_costs_and_tells_the_same(self, api: ApiClient, work: Work) -> None:
        known, unknown = make_person().email, f"{unique()}@example.com"
        found = []
        for identifier in (known, unknown, "not an address"):
            body = {"identifier": identifier}
            answer, cost = work.of(lambda body=body: api.post("/auth/password-reset", body))  # type: ignore[misc] # a loop's own value
            found.append((answer.status_code, answer.content, cost))
        assert found[0] == found[1] == found[2]
        assert found[0][0] == 204


class TestLoginCode:
    def test_costs_and_tells_the_same(self, api: ApiClient, work: Work) -> None:
        known, unknown = make_person().email, f"{unique()}@example.com"
        found = []
        for identifier in (known, unknown):
            body = {"identifier": identifier}
            answer, cost = work.of(lambda body=body: api.post("/auth/login-code", body))  # type: ignore[misc] # a loop's own value
            found.append((forms(answer), cost))
        assert found[0] == found[1]


def registration(email: str) -> dict[str, str]:
    return {"kind": "client", "email": email, "password": PASSWORD}


class TestRegistrationWhereAddressesAreProvedFirst:
    def test_costs_and_tells_the_same_and_the_letter_alone_tells(
        self, api: ApiClient, work: Work
    ) -> None:
        known, unknown = make_person().email, f"{unique()}@example.com"
        found = []
        with override(registration="verified"):
            for email in (known, unknown):
                body = registration(email)
                answer, cost = work.of(lambda body=body: api.post("/auth/register", body))  # type: ignore[misc] # a loop's own value
                found.append((forms(answer), cost))
                post(Purpose.EMAIL_LINK)
        assert found[0] == found[1]
        assert found[0][0] == (202, ["expires_at", "handle"])
        assert found[0][1][0] == 1
        assert "there is an account" in newest(known).text
        assert newest(unknown).token

    def test_makes_the_customer_when_the_link_comes_back_once(self, api: ApiClient) -> None:
        email = f"{unique()}@example.com"
        with override(registration="verified"):
            assert api.post("/auth/register", registration(email)).status_code == 202
        login = {"identifier": email, "password": PASSWORD}
        assert api.post("/auth/login", login).status_code == 401
        post(Purpose.EMAIL_LINK)
        token = newest(email).token
        made = api.post("/auth/register/confirm", {"token": token})
        assert made.status_code == 201, made.content
        me = api.get("/me", token=made.json()["access_token"]).json()
        assert me["user"]["email"] == email
        assert me["user"]["is_email_verified"]
        assert made.json()["wallet"]["id"]
        assert api.post("/auth/login", login).status_code == 200
        again = api.post("/auth/register/confirm", {"token": token})
        assert (again.status_code, again.json()["code"]) == (401, "link_refused")

    def test_makes_the_customer_when_the_telephones_code_comes_back(self, api: ApiClient) -> None:
        phone = f"+346{uuid7().int % 10**8:08}"
        body = {"kind": "client", "phone": phone, "password": PASSWORD}
        with override(registration="verified"):
            asked = api.post("/auth/register", body)
        post(Purpose.PHONE_CODE)
        handle, code = asked.json()["handle"], newest(phone).code
        wrong = api.post("/auth/register/confirm", {"token": handle, "code": "x"})
        assert wrong.json()["code"] == "wrong_code"
        made = api.post("/auth/register/confirm", {"token": handle, "code": code})
        assert made.status_code == 201, made.content
        me = api.get("/me", token=made.json()["access_token"]).json()
        assert me["user"]["is_phone_verified"]

    def test_keeps_no_password_and_no_address_in_clear(self, api: ApiClient) -> None:
        email = f"{unique()}@example.com"
        with override(registration="verified"):
            api.post("/auth/register", registration(email))
        row = Challenge.objects.filter(purpose=Purpose.EMAIL_LINK).latest("created_at")
        with connection.cursor() as cursor:
            cursor.execute("SELECT subject FROM credentials_challenge WHERE id = %s", [row.id])
            (kept,) = cursor.fetchone()
        assert email.encode() not in bytes(kept)
        assert PASSWORD not in str(row.subject)

    def test_takes_an_address_that_somebody_takes_meanwhile_from_nobody(
        self, api: ApiClient
    ) -> None:
        email = f"{unique()}@example.com"
        with override(registration="verified"):
            api.post("/auth/register", registration(email))
            post(Purpose.EMAIL_LINK)
            first = newest(email).token
            api.post("/auth/register", registration(email))
            post(Purpose.EMAIL_LINK)
            second = newest(email).token
        assert api.post("/auth/register/confirm", {"token": second}).status_code == 201
        lost = api.post("/auth/register/confirm", {"token": first})
        assert (lost.status_code, lost.json()["code"]) == (409, "identifier_taken")

    def test_is_how_live_tenants_do_it(self, live_tenant: Any) -> None:
        with tenancy.scope(live_tenant):
            taken = make_person().email
        live = ApiClient(f"{live_tenant.name.replace('_', '-')}.test")
        told = []
        for email in (taken, f"{unique()}@example.com"):
            body = {"identifier": email}
            told.append(
                [
                    forms(live.post("/auth/register", registration(email))),
                    forms(live.post("/auth/login", body | {"password": "a wrong password"})),
                    forms(live.post("/auth/login-code", body)),
                    forms(live.post("/auth/password-reset", body)),
                ]
            )
        assert told[0] == told[1]
        assert [status for status, _ in told[0]] == [202, 401, 200, 204]


class TestEmailChange:
    def test_tells_the_same_for_an_address_that_somebody_has(self, api: ApiClient) -> None:
        person, other = make_person(), make_person()
        answers = [self._ask(api, person, to) for to in (other.email, f"{unique()}@example.com")]
        assert answers[0] == answers[1] == (200, ["expires_at", "handle"])
        assert "Somebody tried to use this address" in newest(other.email).text
        assert all("is your code" not in letter.text for letter in letters_to(other.email))

    def _ask(self, api: ApiClient, person: Person, to: str) -> tuple[int, list[str]]:
        return forms(api.post("/me/email/change", {"email": to}, token=person.token))


class TestInvitations:
    def test_tell_the_same_for_an_address_that_somebody_has(self, api: ApiClient) -> None:
        from_company = make_person()
        body = {"email": from_company.email, "role": "owner"}
        fresh = {"email": f"{unique()}@example.com", "role": "owner"}
        answers = [
            forms(api.post("/me/invitations", one, token=from_company.token))
            for one in (body, fresh)
        ]
        assert answers[0] == answers[1]
        assert answers[0][0] == 201
