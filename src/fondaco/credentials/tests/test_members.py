"""Invited people, their permissions, and leaving."""

from typing import Any

import pytest
from django.db import connection

from fondaco.credentials.models import Challenge
from fondaco.credentials.tests.letters_box import newest
from fondaco.credentials.tests.people import make_person, with_totp
from fondaco.identity import personal
from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import (
    PASSWORD,
    log_in,
    make_company,
    make_operator,
    sign_in,
    unique,
)
from fondaco.kit.errors import NotFound
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def invite(api: ApiClient, head: str, role: str, **more: Any) -> str:
    """Invite and accept; give the new member's access token."""
    email = f"{unique()}@example.com"
    made = api.post("/me/invitations", {"email": email, "role": role, **more}, token=head)
    assert made.status_code == 201, made.content
    return accept(api, email)


def accept(api: ApiClient, email: str) -> str:
    body = {"token": newest(email).token, "password": PASSWORD, "first_name": "Fay"}
    assert api.post("/auth/invitations/accept", body).status_code == 204
    again = api.post("/auth/invitations/accept", body)
    assert code_of(again) == (401, "link_refused")
    return log_in(identifier=email, password=PASSWORD).access_token


class TestCompanyStaff:
    def test_is_invited_as_finance_or_viewer_and_may_do_that_alone(self, api: ApiClient) -> None:
        head = sign_in(make_company().user).access_token
        viewer = invite(api, head, "viewer")
        finance = invite(api, head, "finance", permissions=["wallets:manage"])
        assert api.get("/wallets", token=viewer).status_code == 200
        assert code_of(api.post("/wallets", {}, token=viewer)) == (403, "forbidden")
        assert api.post("/wallets", {}, token=finance).status_code == 201
        for token in (viewer, finance):
            body = {"email": "x@example.com", "role": "owner"}
            assert code_of(api.post("/me/invitations", body, token=token)) == (403, "forbidden")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"role": "supervisor"}, "role"),
            ({"role": "viewer", "permissions": ["wallets:spend"]}, "permissions"),
            ({"role": "finance", "permissions": ["*"]}, "permissions"),
            ({"role": "finance", "permissions": ["members:manage"]}, "permissions"),
        ],
    )
    def test_is_given_nothing_that_the_role_cannot_hold(
        self, api: ApiClient, body: dict[str, Any], field: str
    ) -> None:
        head = sign_in(make_company().user).access_token
        answer = api.post("/me/invitations", {"email": "x@example.com", **body}, token=head)
        assert (answer.status_code, answer.json()["field"]) == (422, field)

    def test_gets_other_rights_at_once_and_leaves(self, api: ApiClient) -> None:
        company = make_company()
        head = sign_in(company.user).access_token
        viewer = invite(api, head, "viewer")
        who = api.get("/me", token=viewer).json()["user"]["id"]
        listed = api.get("/me/members", token=head).json()["items"]
        assert [one["role"] for one in listed] == ["owner", "viewer"]
        changed = api.put(f"/me/members/{who}", {"role": "finance"}, token=head)
        assert changed.json()["permissions"] == ["orders:read", "wallets:read"]
        assert code_of(api.get("/me", token=viewer)) == (401, "session_ended")
        assert api.delete(f"/me/members/{who}", token=head).status_code == 204
        assert len(api.get("/me/members", token=head).json()["items"]) == 1
        last = api.delete(f"/me/members/{company.user.wire_id}", token=head)
        assert code_of(last) == (409, "last_owner")

    def test_of_others_is_unknown(self, api: ApiClient) -> None:
        stranger = make_company().user.wire_id
        head = sign_in(make_company().user).access_token
        answer = api.put(f"/me/members/{stranger}", {"role": "viewer"}, token=head)
        assert code_of(answer) == (404, "not_found")

    def test_has_its_invitation_taken_back(self, api: ApiClient) -> None:
        head = sign_in(make_company().user).access_token
        email = f"{unique()}@example.com"
        made = api.post("/me/invitations", {"email": email, "role": "viewer"}, token=head).json()
        listed = api.get("/me/invitations", token=head).json()["items"]
        assert [one["email"] for one in listed] == [email]
        assert api.delete(f"/me/invitations/{made['id']}", token=head).status_code == 204
        body = {"token": newest(email).token, "password": PASSWORD}
        refused = api.post("/auth/invitations/accept", body)
        assert code_of(refused) == (401, "link_refused")


class TestParties:
    def test_are_made_by_operators_and_headed_by_whom_they_invite(self, api: ApiClient) -> None:
        operator = sign_in(make_operator()).access_token
        email = f"{unique()}@example.com"
        body = {"kind": "bank", "name": "Sea Bank", "administrator_email": email}
        assert api.post("/operator/parties", body, token=operator).status_code == 201
        head = accept(api, email)
        me = api.get("/me", token=head).json()
        assert (me["role"], me["permissions"]) == ("bank", ["*"])
        supervisor = invite(api, head, "supervisor", permissions=["program:sign_a"])
        held = api.get("/me", token=supervisor).json()["permissions"]
        assert held == ["orders:read", "program:sign_a", "wallets:read"]

    def test_are_signed_for_by_no_master_admin(self, api: ApiClient) -> None:
        master = sign_in(make_operator(role=StaffRole.MASTER_ADMIN)).access_token
        assert api.get("/operator/people", token=master).status_code == 200
        assert api.get("/me", token=master).json()["customer"] is None
        body = {"email": "x@example.com", "role": "supervisor"}
        for path, sent in (("/wallets", {}), ("/me/invitations", body)):
            assert code_of(api.post(path, sent, token=master)) == (403, "forbidden")

    def test_are_made_by_nobody_else(self, api: ApiClient) -> None:
        reader = make_operator(permissions=frozenset({"customers:read"}))
        body = {"kind": "bank", "name": "B", "administrator_email": "x@example.com"}
        for token in (sign_in(reader).access_token, make_person().token):
            answer = api.post("/operator/parties", body, token=token)
            assert code_of(answer) == (403, "forbidden")


class TestLeaving:
    def test_exports_what_is_known_and_no_secret(self, api: ApiClient) -> None:
        person = make_person()
        seed, codes = with_totp(person)
        api.post("/me/verification", {}, token=person.token)
        key = api.post(
            "/me/api-keys", {"label": "till", "scopes": ["wallets:read"]}, token=person.token
        )
        assert key.status_code == 201, key.content
        answer = api.get("/me/export", token=person.token)
        told = answer.json()
        assert told["person"]["email"] == person.email
        assert told["sessions"][0]["id"]
        assert told["memberships"][0]["role"] == "owner"
        assert told["second_factors"] == {
            "has_totp": True,
            "recovery_codes_left": 10,
            "passkeys": [],
        }
        assert [one["state"] for one in told["verifications"]] == ["started"]
        assert [one["label"] for one in told["api_keys"]] == ["till"]
        for secret in ("argon2", seed, *codes, key.json()["secret"]):
            assert secret not in answer.content.decode()

    def test_closes_the_customer_and_then_destroys_the_person(self, api: ApiClient) -> None:
        person = make_person()
        with_totp(person)
        sealed = personal.seal(person.user.id, b"a paper", context="test")
        first = api.post("/me/erasure", token=person.token)
        assert code_of(first) == (409, "last_owner")
        done = api.post("/me/closing", {"erase_my_data": True}, token=person.token)
        assert done.status_code == 204, done.content
        with pytest.raises(NotFound):
            personal.unseal(person.user.id, sealed, context="test")
        with connection.cursor() as cursor:
            cursor.execute("SELECT u::text FROM identity_user u WHERE id = %s", [person.user.id])
            (kept,) = cursor.fetchone()
        assert person.email not in kept
        assert "John" not in kept
        assert not Challenge.objects.filter(user_id=person.user.id, subject__isnull=False).exists()

    def test_closes_empty_wallets_and_ends_all_sessions(self, api: ApiClient) -> None:
        body = {"kind": "client", "username": unique(), "password": PASSWORD}
        made = api.post("/auth/register", body).json()
        token, wallet = made["access_token"], made["wallet"]["token"]
        money = {"amount": "5.00", "currency": "USD"}
        api.post(f"/wallets/{wallet}/top-ups", money, token=token)
        assert code_of(api.post("/me/closing", token=token)) == (409, "wallet_not_empty")
        other = api.post("/auth/register", body | {"username": unique()}).json()["access_token"]
        assert api.post("/me/closing", token=other).status_code == 204
        assert api.get("/me", token=other).status_code == 401


class TestNames:
    def test_may_be_left_out_at_registration_and_be_given_later(self, api: ApiClient) -> None:
        name = unique()
        body = {"kind": "client", "username": name, "email": f"{name}@example.com"}
        made = api.post("/auth/register", body | {"password": PASSWORD})
        assert made.status_code == 201, made.content
        token = made.json()["access_token"]
        assert api.get("/me", token=token).json()["customer"]["name"] == name
        renamed = api.patch("/me", {"first_name": "Ann"}, token=token)
        assert renamed.json()["user"]["first_name"] == "Ann"


class TestRegistration:
    @pytest.mark.parametrize(
        "chosen",
        [
            {"level": "business"},
            {"is_email_verified": True},
            {"staff_role": "master_admin"},
            {"permissions": ["*"]},
            {"customer_id": "cus_00000000000000000000000000"},
        ],
        ids=lambda one: next(iter(one)),
    )
    def test_takes_nothing_that_is_the_houses_to_give(
        self, api: ApiClient, chosen: dict[str, Any]
    ) -> None:
        body = {"kind": "client", "username": unique(), "password": PASSWORD}
        answer = api.post("/auth/register", body | chosen)
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")
        assert answer.json()["field"] == next(iter(chosen))
        login = {"identifier": body["username"], "password": PASSWORD}
        assert api.post("/auth/login", login).status_code == 401


class TestSettings:
    def test_are_shown_and_changed_in_part(self, api: ApiClient) -> None:
        token = make_person().token
        before = api.get("/me/settings", token=token).json()
        assert before == {
            "language": "en",
            "time_zone": "UTC",
            "currency": "",
            "notifications": {},
        }
        change = {"time_zone": "Europe/Madrid", "notifications": {"orders": ["email", "telegram"]}}
        after = api.patch("/me/settings", change, token=token).json()
        assert after == before | change
        assert api.get("/me/settings", token=token).json() == after

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"language": "tlh"}, "language"),
            ({"time_zone": "Mars/Olympus"}, "time_zone"),
            ({"time_zone": "../../etc/passwd"}, "time_zone"),
            ({"currency": "usd!"}, "currency"),
            ({"notifications": {"security": []}}, "notifications"),
            ({"notifications": {"orders": ["pigeon"]}}, "notifications"),
        ],
    )
    def test_take_nothing_unknown(self, api: ApiClient, change: dict[str, Any], field: str) -> None:
        answer = api.patch("/me/settings", change, token=make_person().token)
        assert (answer.status_code, answer.json()["field"]) == (422, field)


class TestGroups:
    def test_are_made_and_filled_by_operators_with_the_right(self, api: ApiClient) -> None:
        operator, name = sign_in(make_operator()).access_token, unique("group")
        made = api.post("/operator/customer-groups", {"name": name}, token=operator)
        assert made.status_code == 201, made.content
        taken = api.post("/operator/customer-groups", {"name": name}, token=operator)
        assert code_of(taken) == (409, "group_name_taken")
        customer = make_company().customer.wire_id
        path, group = f"/operator/customers/{customer}/group", made.json()["id"]
        put = api.put(path, {"group_id": group}, token=operator)
        assert put.json()["group_id"] == group
        assert api.put(path, {"group_id": None}, token=operator).json()["group_id"] is None
        listed = api.get("/operator/customer-groups", token=operator).json()["items"]
        assert name in [one["name"] for one in listed]
        reader = make_operator(permissions=frozenset({"customers:read"}))
        refused = api.put(path, {"group_id": group}, token=sign_in(reader).access_token)
        assert code_of(refused) == (403, "forbidden")


class TestSocketTickets:
    def test_are_given_to_who_is_logged_in(self, api: ApiClient) -> None:
        answer = api.post("/me/socket-ticket", token=make_person().token)
        assert answer.json()["ticket"].startswith("fst_")
        assert code_of(api.post("/me/socket-ticket")) == (401, "unauthenticated")
