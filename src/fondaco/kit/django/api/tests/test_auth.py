"""Who is let in, and how the operation knows."""

import pytest
from django.http import HttpRequest

from fondaco.kit import ids
from fondaco.kit.django.api.auth import Headers, principal
from fondaco.kit.errors import Unauthenticated
from fondaco.kit.tests.rows import ROWS
from tests.plumbing.api import ApiClient

THING = f"/things/{ids.encode('thg', ROWS[0].id)}"


class TestSignedIn:
    def test_is_the_default(self, api: ApiClient) -> None:
        assert api.get(THING).status_code == 401
        assert api.get(THING, token="merchant").status_code == 200

    def test_comes_before_the_body_is_read(self, api: ApiClient) -> None:
        assert api.post("/charges", body=b"{", token="wrong").status_code == 401

    def test_tells_why_a_token_opens_nothing(self, api: ApiClient) -> None:
        assert api.get(THING, token="wrong").json()["detail"] == "The token is expired."


class TestStaff:
    def test_lets_no_customer_in(self, api: ApiClient) -> None:
        assert api.get("/staff", token="operator").status_code == 204
        refused = api.get("/staff", token="merchant")
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


class TestOpen:
    def test_lets_everybody_in_and_knows_whom(self, api: ApiClient) -> None:
        assert api.get("/open").json()["label"] == "None"
        assert api.get("/open", token="merchant").json()["label"] == "user:usr_merchant"

    def test_refuses_wrong_credentials(self, api: ApiClient) -> None:
        assert api.get("/open", token="wrong").status_code == 401


class TestPrincipal:
    def test_is_demanded_where_there_is_none(self) -> None:
        with pytest.raises(Unauthenticated):
            principal(HttpRequest())


class TestHeaders:
    def test_are_looked_up_in_any_case_and_counted(self) -> None:
        headers = Headers({"HTTP_X_OWN": "1", "HTTP_AUTHORIZATION": "2", "PATH_INFO": "/"})
        assert (headers["x-own"], headers["X-Own"], headers.get("AUTHORIZATION")) == ("1", "1", "2")
        assert headers.get("path-info") is None
        assert set(headers) == {"x-own", "authorization"}
        assert len(headers) == 2


class TestVerbs:
    @pytest.mark.parametrize("verb", ["put", "patch"])
    def test_that_change_take_strict_bodies(self, api: ApiClient, verb: str) -> None:
        send = getattr(api, verb)
        assert send(THING, {"price": {"amount": "1"}}, token="merchant").status_code == 204
        assert send(THING, {"prize": 1}, token="merchant").json()["code"] == "unknown_field"

    def test_that_remove_answer_with_nothing(self, api: ApiClient) -> None:
        answer = api.delete(THING, token="merchant")
        assert (answer.status_code, answer.content) == (204, b"")
