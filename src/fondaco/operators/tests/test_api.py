"""Who works for the house, over HTTP."""

from typing import Any

import pytest

from fondaco.identity import queries as people
from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import (
    PASSWORD,
    make_client,
    make_operator,
    sign_in,
    unique,
)
from fondaco.operators.rights import READING, rights_of
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def master() -> str:
    """Give the token of a master admin."""
    return sign_in(make_operator(role=StaffRole.MASTER_ADMIN)).access_token


def appointment(**changed: Any) -> dict[str, Any]:
    return {
        "email": f"{unique()}@example.com",
        "first_name": "Olga",
        "last_name": "Keeper",
        "role": "operator",
        "rights": ["wallets:top_up"],
    } | changed


class TestAppoint:
    def test_leads_over_the_set_up_token_to_a_log_in(self, api: ApiClient, master: str) -> None:
        body = appointment()
        made = api.post("/operator/people", body, token=master)
        assert made.status_code == 201
        login = {"identifier": body["email"], "password": PASSWORD}
        assert api.post("/auth/login", login).status_code == 401
        set_up = {"token": made.json()["set_up_token"], "password": PASSWORD}
        assert api.post("/auth/set-up", set_up).status_code == 204
        assert api.post("/auth/set-up", set_up).json()["code"] == "set_up_refused"
        signed_in = api.post("/auth/login", login).json()
        assert (signed_in["role"], signed_in["customer_id"]) == ("operator", None)
        me = api.get("/me", token=signed_in["access_token"]).json()
        assert me["permissions"] == ["wallets:top_up"]

    @pytest.mark.parametrize(
        ("changed", "status", "code", "field"),
        [
            ({"email": "nobody"}, 422, "invalid_field", "email"),
            ({"role": "king"}, 422, "invalid_field", "role"),
            ({"rights": ["everything"]}, 422, "invalid_field", "rights.0"),
            ({"permissions": ["*"]}, 422, "unknown_field", "permissions"),
            ({"first_name": "A\r\nB"}, 422, "invalid_field", "first_name"),
        ],
    )
    def test_refuses_a_value_by_the_name_of_its_field(
        self,
        api: ApiClient,
        master: str,
        changed: dict[str, Any],
        status: int,
        code: str,
        field: str,
    ) -> None:
        body = appointment(**changed)
        answer = api.post("/operator/people", body, token=master)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["field"] == field
        assert people.find_user(identifier=body["email"]) is None

    def test_refuses_the_email_of_another(self, api: ApiClient, master: str) -> None:
        taken = appointment(email=make_client().user.email)
        answer = api.post("/operator/people", taken, token=master)
        assert (answer.status_code, answer.json()["code"]) == (409, "identifier_taken")


class TestWhoMayAppoint:
    @pytest.mark.parametrize("role", [StaffRole.OPERATOR, StaffRole.AUDITOR])
    def test_is_no_operator_whatever_rights_he_holds(self, api: ApiClient, role: StaffRole) -> None:
        operator = make_operator(role=role)  # holds every right
        token = sign_in(operator).access_token
        path = f"/operator/people/{operator.wire_id}"
        rights = {"role": "master_admin", "rights": []}
        answers = [
            api.post("/operator/people", appointment(), token=token),
            api.put(f"{path}/rights", rights, token=token),
            api.post(f"{path}/set-up-token", token=token),
            api.post(f"{path}/dismiss", {"reason": "Coup"}, token=token),
        ]
        assert [answer.status_code for answer in answers] == [403] * 4
        assert people.get_user(operator.id) == operator

    def test_is_no_customer(self, api: ApiClient) -> None:
        token = sign_in(make_client().user).access_token
        assert api.post("/operator/people", appointment(), token=token).status_code == 403
        assert api.get("/operator/people", token=token).status_code == 403


class TestPeople:
    def test_are_listed_for_who_may_read(self, api: ApiClient) -> None:
        auditor = make_operator(
            role=StaffRole.AUDITOR, permissions=rights_of(StaffRole.AUDITOR, frozenset())
        )
        items = api.get("/operator/people", token=sign_in(auditor).access_token).json()["items"]
        (shown,) = [item for item in items if item["id"] == auditor.wire_id]
        assert shown["role"] == "auditor"
        assert shown["permissions"] == sorted(right.value for right in READING)
        assert "password" not in shown

    def test_get_other_rights_at_once(self, api: ApiClient, master: str) -> None:
        operator = make_operator()
        old = sign_in(operator).access_token
        path = f"/operator/people/{operator.wire_id}/rights"
        shown = api.put(
            path, {"role": "operator", "rights": ["customers:read"]}, token=master
        ).json()
        assert shown["permissions"] == ["customers:read"]
        assert api.get("/me", token=old).json()["code"] == "session_ended"

    def test_are_dismissed_at_once(self, api: ApiClient, master: str) -> None:
        operator = make_operator()
        old = sign_in(operator).access_token
        path = f"/operator/people/{operator.wire_id}/dismiss"
        assert api.post(path, {"reason": "Left"}, token=master).json()["disabled_at"]
        assert api.get("/me", token=old).json()["code"] == "session_ended"
        again = api.post(path, {"reason": "Left"}, token=master)
        assert (again.status_code, again.json()["code"]) == (404, "not_found")
