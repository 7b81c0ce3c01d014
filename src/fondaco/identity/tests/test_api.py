"""Identity over HTTP."""

from typing import Any

import pytest

from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import (
    PASSWORD,
    make_client,
    make_company,
    make_operator,
    sign_in,
    unique,
)
from fondaco.kit.django.tenancy import TenantScope
from fondaco.kit.options import override
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")

NEW = "saffron-galley-topaz-cedar"


def token_of(user: Any) -> str:
    return sign_in(user).access_token


def assert_problem(answer: Any, status: int, code: str, field: str | None = None) -> None:
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == code
    assert problem.get("field") == field


class TestLogin:
    def test_gives_tokens_that_open_me(self, api: ApiClient) -> None:
        made = make_client()
        answer = api.post("/auth/login", {"identifier": made.user.username, "password": PASSWORD})
        assert answer.status_code == 200
        body = answer.json()
        assert body["token_type"] == "Bearer"
        assert body["expires_in"] == 900
        assert body["user_id"] == made.user.wire_id
        assert body["customer_id"] == made.customer.wire_id
        assert body["role"] == "client"
        me = api.get("/me", token=body["access_token"])
        assert me.status_code == 200
        assert me.json()["session_id"] == body["session_id"]

    def test_is_never_kept_by_caches(self, api: ApiClient) -> None:
        made = make_client()
        answer = api.post("/auth/login", {"identifier": made.user.email, "password": PASSWORD})
        assert answer.headers["Cache-Control"] == "no-store"

    def test_answers_unknown_and_wrong_with_the_same_bytes(self, api: ApiClient) -> None:
        known = make_client().user.username
        answers = []
        for identifier, password in ((known, NEW), (unique(), PASSWORD), ("a@b.example", NEW)):
            answer = api.post(
                "/auth/login",
                {"identifier": identifier, "password": password},
                headers={"X-Request-Id": "the-same-id"},
            )
            assert_problem(answer, 401, "wrong_credentials")
            answers.append(answer.content)
        assert answers[0] == answers[1] == answers[2]

    @pytest.mark.parametrize(
        ("body", "status", "field"),
        [
            ({}, 422, "identifier"),
            ({"identifier": "x"}, 422, "password"),
            ({"identifier": "x", "password": "y", "role": "master_admin"}, 422, "role"),
            ({"identifier": "x", "password": "y", "is_staff": True}, 422, "is_staff"),
            ({"identifier": ["x"], "password": "y"}, 422, "identifier"),
            ({"identifier": "x\u0000", "password": "y"}, 422, "identifier"),
            ({"identifier": "x", "password": "\ud800"}, 422, "password"),
            ({"identifier": "x" * 321, "password": "y"}, 422, "identifier"),
            ({"identifier": "x", "password": "y" * 1_000_000}, 422, "password"),
        ],
    )
    def test_refuses_bad_bodies_by_the_name_of_the_field(
        self, api: ApiClient, body: dict[str, Any], status: int, field: str
    ) -> None:
        answer = api.post("/auth/login", body)
        assert answer.status_code == status
        assert answer.json()["field"] == field

    def test_is_limited_per_account_however_it_is_spelled(self, api: ApiClient) -> None:
        made = make_client()
        spellings = [str(made.user.email), str(made.user.email).upper(), f" {made.user.email} "]
        with override(rate_limits=True, rate_login_per_minute=3):
            for identifier in spellings:
                answer = api.post("/auth/login", {"identifier": identifier, "password": NEW})
                assert_problem(answer, 401, "wrong_credentials")
            answer = api.post("/auth/login", {"identifier": made.user.email, "password": PASSWORD})
        assert_problem(answer, 429, "too_many_requests")
        assert int(answer.headers["Retry-After"]) >= 1

    def test_lets_header_injection_neither_fail_nor_through(self, api: ApiClient) -> None:
        made = make_client()
        body = api.post(
            "/auth/login",
            {"identifier": made.user.username, "password": PASSWORD},
            headers={"User-Agent": "Browser\tX\x1b[31m"},
        ).json()
        (device,) = api.get("/me/sessions", token=body["access_token"]).json()["items"]
        assert device["agent"] == "BrowserX[31m"
        assert device["is_this"] is True


class TestRefresh:
    def test_gives_the_next_pair_and_kills_the_family_on_reuse(self, api: ApiClient) -> None:
        first = sign_in(make_client().user)
        spend = {"refresh_token": first.refresh_token}
        second = api.post("/auth/refresh", spend)
        assert second.status_code == 200
        assert second.json()["refresh_token"] != first.refresh_token
        assert_problem(api.post("/auth/refresh", spend), 401, "refresh_refused")
        third = api.post("/auth/refresh", {"refresh_token": second.json()["refresh_token"]})
        assert_problem(third, 401, "refresh_refused")
        assert_problem(api.get("/me", token=second.json()["access_token"]), 401, "session_ended")

    def test_needs_no_access_token_and_no_idempotency_key(self, api: ApiClient) -> None:
        token = sign_in(make_client().user).refresh_token
        answer = api.post("/auth/refresh", {"refresh_token": token}, key=None)
        assert answer.status_code == 200

    def test_does_not_know_a_token_of_another_tenant(
        self, api: ApiClient, other_tenant: TenantScope
    ) -> None:
        token = sign_in(make_client().user).refresh_token
        other = ApiClient(f"{other_tenant.name}.test")
        answer = other.post("/auth/refresh", {"refresh_token": token})
        assert_problem(answer, 401, "refresh_refused")
        assert api.post("/auth/refresh", {"refresh_token": token}).status_code == 200


class TestLogout:
    @pytest.mark.parametrize("body", [None, {}, {"everywhere": False}])
    def test_ends_this_device(self, api: ApiClient, body: dict[str, bool] | None) -> None:
        made = make_client()
        here, there = sign_in(made.user), sign_in(made.user)
        answer = api.post("/auth/logout", body, token=here.access_token)
        assert (answer.status_code, answer.content) == (204, b"")
        assert_problem(api.get("/me", token=here.access_token), 401, "session_ended")
        assert api.get("/me", token=there.access_token).status_code == 200

    def test_everywhere_ends_all_devices(self, api: ApiClient) -> None:
        made = make_client()
        here, there = sign_in(made.user), sign_in(made.user)
        api.post("/auth/logout", {"everywhere": True}, token=here.access_token)
        for signed_in in (here, there):
            assert_problem(api.get("/me", token=signed_in.access_token), 401, "session_ended")

    def test_refuses_other_fields(self, api: ApiClient) -> None:
        signed_in = sign_in(make_client().user)
        answer = api.post("/auth/logout", {"user_id": "usr_x"}, token=signed_in.access_token)
        assert_problem(answer, 422, "unknown_field", "user_id")
        assert api.get("/me", token=signed_in.access_token).status_code == 200

    def test_demands_a_token(self, api: ApiClient) -> None:
        assert_problem(api.post("/auth/logout", {}), 401, "unauthenticated")


class TestMe:
    def test_shows_person_customer_and_rights(self, api: ApiClient) -> None:
        made = make_company()
        body = api.get("/me", token=token_of(made.user)).json()
        assert body["user"]["id"] == made.user.wire_id
        assert body["user"]["email"] == made.user.email
        assert body["customer"]["name"] == "Harbour Books"
        assert body["customer"]["level"] == "not_verified"
        assert (body["role"], body["permissions"]) == ("company", ["*"])
        assert "password" not in str(body)

    def test_shows_an_operator_without_customer(self, api: ApiClient) -> None:
        operator = make_operator(permissions=frozenset({"customers:read"}))
        body = api.get("/me", token=token_of(operator)).json()
        assert body["customer"] is None
        assert (body["role"], body["permissions"]) == ("operator", ["customers:read"])

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Authorization": "Bearer x.y.z"},
            {"Authorization": "Basic am9objp3aWNr"},
            {"Authorization": "Bearer " + "x" * 5000},
        ],
    )
    def test_is_for_nobody_else(self, api: ApiClient, headers: dict[str, str]) -> None:
        assert_problem(api.get("/me", headers=headers), 401, "unauthenticated")

    def test_opens_to_no_token_of_another_tenant(
        self, api: ApiClient, other_tenant: TenantScope
    ) -> None:
        token = token_of(make_client().user)
        other = ApiClient(f"{other_tenant.name}.test")
        assert_problem(other.get("/me", token=token), 401, "unauthenticated")
        assert api.get("/me", token=token).status_code == 200

    def test_takes_no_field_that_is_not_the_persons_to_change(self, api: ApiClient) -> None:
        token = token_of(make_client().user)
        for field in ("role", "permissions", "level", "is_staff", "customer_id", "email"):
            answer = api.patch("/me", {field: "bank"}, token=token)
            assert_problem(answer, 422, "unknown_field", field)

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    def test_cannot_be_written_to(self, api: ApiClient, method: str) -> None:
        answer = api.send(method, "/me", {"role": "bank"}, token=token_of(make_client().user))
        assert_problem(answer, 405, "method_not_allowed")


class TestPassword:
    def test_is_changed_by_who_knows_it(self, api: ApiClient) -> None:
        made = make_client()
        here, there = sign_in(made.user), sign_in(made.user)
        answer = api.post(
            "/me/password",
            {"current_password": PASSWORD, "new_password": NEW},
            token=here.access_token,
        )
        assert answer.status_code == 204
        assert api.get("/me", token=here.access_token).status_code == 200
        assert_problem(api.get("/me", token=there.access_token), 401, "session_ended")
        again = api.post("/auth/login", {"identifier": made.user.username, "password": NEW})
        assert again.status_code == 200

    @pytest.mark.parametrize(
        ("current", "new", "status", "code", "field"),
        [
            (NEW, NEW, 403, "password_wrong", "current_password"),
            (PASSWORD, "short", 422, "weak_password", "new_password"),
            (PASSWORD, "passwordpassword", 422, "weak_password", "new_password"),
        ],
    )
    def test_stays_when_the_change_is_refused(
        self, api: ApiClient, current: str, new: str, status: int, code: str, field: str
    ) -> None:
        made = make_client()
        answer = api.post(
            "/me/password",
            {"current_password": current, "new_password": new},
            token=token_of(made.user),
        )
        assert_problem(answer, status, code, field)
        body = {"identifier": made.user.username, "password": PASSWORD}
        assert api.post("/auth/login", body).status_code == 200

    def test_cannot_be_guessed_with_a_stolen_token(self, api: ApiClient) -> None:
        token = token_of(make_client().user)
        body = {"current_password": NEW, "new_password": NEW}
        with override(rate_limits=True, rate_login_per_minute=3):
            answers = [api.post("/me/password", body, token=token) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [403, 403, 403, 429]


class TestDevices:
    def test_are_listed_and_made_to_leave(self, api: ApiClient) -> None:
        made = make_client()
        here, there = sign_in(made.user), sign_in(made.user)
        items = api.get("/me/sessions", token=here.access_token).json()["items"]
        assert [item["is_this"] for item in items] == [False, True]
        answer = api.delete(f"/me/sessions/{items[0]['id']}", token=here.access_token)
        assert answer.status_code == 204
        assert_problem(api.get("/me", token=there.access_token), 401, "session_ended")

    def test_of_others_are_unknown(self, api: ApiClient) -> None:
        others = sign_in(make_client().user)
        listed = api.get("/me/sessions", token=others.access_token).json()["items"]
        answer = api.delete(f"/me/sessions/{listed[0]['id']}", token=token_of(make_client().user))
        assert_problem(answer, 404, "not_found")
        assert api.get("/me", token=others.access_token).status_code == 200

    @pytest.mark.parametrize(
        "wire_id", ["x", "ses_", "cus_" + "0" * 26, "01a1fc7a-85cc-7000-bf1a-8333b344a6fc"]
    )
    def test_with_odd_names_are_unknown(self, api: ApiClient, wire_id: str) -> None:
        answer = api.delete(f"/me/sessions/{wire_id}", token=token_of(make_client().user))
        assert answer.status_code == 404


class TestSetUp:
    def test_refuses_what_is_no_token(self, api: ApiClient) -> None:
        body = {"token": "fsu_unknown", "password": PASSWORD}
        assert_problem(api.post("/auth/set-up", body), 401, "set_up_refused")


class TestOperatorsCustomers:
    def test_are_listed_searched_and_shown_with_their_people(self, api: ApiClient) -> None:
        made, token = make_client(), token_of(make_operator())
        shown = api.get(f"/operator/customers/{made.customer.wire_id}", token=token).json()
        assert shown["customer"]["name"] == "John Wick"
        assert [member["id"] for member in shown["members"]] == [made.user.wire_id]
        listed = api.get("/operator/customers?kind=client&text=wick&limit=1", token=token).json()
        assert [item["id"] for item in listed["items"]] == [made.customer.wire_id]
        assert listed["next"]

    def test_are_shut_out_within_the_second_and_let_in_again(self, api: ApiClient) -> None:
        made, token = make_client(), token_of(make_operator())
        victim = token_of(made.user)
        path = f"/operator/customers/{made.customer.wire_id}"
        answer = api.post(f"{path}/disable", {"reason": "Fraud"}, token=token)
        assert answer.status_code == 200
        assert answer.json()["disabled_at"]
        assert_problem(api.get("/me", token=victim), 401, "session_ended")
        login = {"identifier": made.user.username, "password": PASSWORD}
        assert_problem(api.post("/auth/login", login), 403, "customer_disabled")
        answer = api.post(f"{path}/enable", {"reason": "Mistake"}, token=token)
        assert answer.json()["disabled_at"] is None
        assert api.post("/auth/login", login).status_code == 200

    def test_get_their_level_by_the_table(self, api: ApiClient) -> None:
        made, token = make_client(), token_of(make_operator())
        path = f"/operator/customers/{made.customer.wire_id}/level"
        verified = {"level": "verified", "reason": "Passport seen"}
        assert api.put(path, verified, token=token).json()["level"] == "verified"
        back = {"level": "not_verified", "reason": "Forged"}
        assert api.put(path, back, token=token).json()["level"] == "not_verified"
        refused = api.put(path, {"level": "business", "reason": "Hurry"}, token=token)
        assert_problem(refused, 409, "illegal_move")
        unknown = api.put(path, {"level": "king", "reason": "Hurry"}, token=token)
        assert unknown.status_code == 422

    @pytest.mark.parametrize("who", ["client", "company", "reader", "auditor", "nobody"])
    @pytest.mark.parametrize("what", ["disable", "enable", "level"])
    def test_are_changed_by_nobody_without_the_right(
        self, api: ApiClient, who: str, what: str
    ) -> None:
        made = make_client()
        path = f"/operator/customers/{made.customer.wire_id}/{what}"
        body = {"reason": "Because"} | ({"level": "verified"} if what == "level" else {})
        send = api.put if what == "level" else api.post
        token = _token_for(who)
        answer = send(path, body, token=token)
        if who == "nobody":
            assert_problem(answer, 401, "unauthenticated")
        else:
            assert_problem(answer, 403, "forbidden")
        shown = api.get(path.rpartition("/")[0], token=token_of(make_operator())).json()
        assert shown["customer"]["disabled_at"] is None
        assert shown["customer"]["level"] == "not_verified"

    def test_of_another_tenant_are_unknown(self, api: ApiClient, other_tenant: TenantScope) -> None:
        made, token = make_client(), token_of(make_operator())
        other = ApiClient(f"{other_tenant.name}.test")
        path = f"/operator/customers/{made.customer.wire_id}"
        assert_problem(other.get(path, token=token), 401, "unauthenticated")
        assert api.get(path, token=token).status_code == 200


def _token_for(who: str) -> str | None:
    if who == "nobody":
        return None
    if who == "client":
        return token_of(make_client().user)
    if who == "company":
        return token_of(make_company().user)
    if who == "reader":
        return token_of(make_operator(permissions=frozenset({"customers:read"})))
    return token_of(make_operator(role=StaffRole.AUDITOR))  # even with all rights written down
