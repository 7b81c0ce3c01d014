"""The header ``Idempotency-Key``: one effect, one answer."""

from typing import TYPE_CHECKING, Any

import pytest

from fondaco.kit.django.api.tests import tiny_api
from tests.plumbing.api import ApiClient

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

BODY = {"wallet": "w1", "amount": "1.50"}


def send(api: ApiClient, path: str = "/once", **options: Any) -> "Answer":
    """Send the body as the merchant."""
    return api.post(path, options.pop("json", BODY), token="merchant", **options)


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """Give a key that no other test uses."""
    return f"{request.node.nodeid}-{id(request)}"[-200:].replace(" ", "")


@pytest.mark.usefixtures("tenant")
class TestKey:
    def test_is_demanded(self, api: ApiClient) -> None:
        for path in ("/once", "/keyed"):
            response = send(api, path, key=None)
            assert (response.status_code, response.json()["code"]) == (
                400,
                "idempotency_key_required",
            )
        assert tiny_api.effects == []

    @pytest.mark.parametrize("wrong", ["", " ", "a b", "é", "a\x7f", "x" * 256])
    def test_is_visible_ascii_of_at_most_255(self, api: ApiClient, wrong: str) -> None:
        response = send(api, headers={"Idempotency-Key": wrong}, key=None)
        assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_invalid")
        assert tiny_api.effects == []

    def test_may_have_255_characters(self, api: ApiClient, key: str) -> None:
        assert send(api, key=key.ljust(255, "~")).status_code == 201

    def test_replays_the_first_answer(self, api: ApiClient, key: str) -> None:
        first, second = send(api, key=key), send(api, key=key)
        assert first.status_code == second.status_code == 201
        assert first.content == second.content
        assert "Idempotent-Replay" not in first.headers
        assert second.headers["Idempotent-Replay"] == "true"
        assert second.headers["Content-Type"] == "application/json"
        assert tiny_api.effects == ["w1"]

    def test_replays_refusals_too(self, api: ApiClient, key: str) -> None:
        refused = BODY | {"summary": "refuse"}
        first, second = send(api, json=refused, key=key), send(api, json=refused, key=key)
        assert first.status_code == second.status_code == 409
        assert first.content == second.content
        assert second.json()["left"] == "0.00"
        assert second.headers["Content-Type"] == "application/problem+json"
        assert tiny_api.effects == ["w1"]

    def test_keeps_nothing_of_our_own_failures(self, api: ApiClient, key: str) -> None:
        broken = BODY | {"summary": "break"}
        assert send(api, json=broken, key=key).status_code == 500
        assert send(api, json=broken, key=key).status_code == 500
        assert tiny_api.effects == ["w1", "w1"]

    def test_is_bound_to_the_body(self, api: ApiClient, key: str) -> None:
        send(api, key=key)
        response = send(api, json=BODY | {"amount": "2"}, key=key)
        assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
        assert tiny_api.effects == ["w1"]

    def test_minds_neither_spaces_nor_the_order_of_names(self, api: ApiClient, key: str) -> None:
        send(api, key=key)
        body = '{ "amount": "1.50",\n "wallet": "w1" }'
        response = api.post("/once", body=body, token="merchant", key=key)
        assert response.headers["Idempotent-Replay"] == "true"

    def test_belongs_to_the_customer(self, api: ApiClient, key: str) -> None:
        send(api, key=key)
        response = api.post("/once", BODY, token="operator", key=key)
        assert "Idempotent-Replay" not in response.headers
        assert tiny_api.effects == ["w1", "w1"]

    def test_is_not_spent_by_a_body_that_cannot_be_read(self, api: ApiClient, key: str) -> None:
        assert send(api, json={"wallet": "w1"}, key=key).status_code == 422
        assert send(api, key=key).status_code == 201

    def test_is_handed_on_where_the_operation_wants_it_itself(
        self, api: ApiClient, key: str
    ) -> None:
        first, second = send(api, "/keyed", key=key), send(api, "/keyed", key=key)
        assert first.content == second.content
        assert len(first.content) == 32
        assert send(api, "/keyed", key=f"{key}2").content != first.content
