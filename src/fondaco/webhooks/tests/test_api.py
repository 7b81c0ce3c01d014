"""Endpoints as people manage them, and events as programs fetch them."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from fondaco.identity.tests.people import bearer, make_company, sign_in
from fondaco.kit import clock
from fondaco.kit.django.tests.samples import settle
from fondaco.webhooks.tests.cast import rename
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")


class Head:
    """Somebody who heads a company."""

    def __init__(self, api: ApiClient) -> None:
        made = make_company()
        self.customer_id = made.customer.id
        self._headers, self._api = bearer(sign_in(made.user)), api

    def send(self, method: str, path: str, json: Any = None) -> Any:
        return self._api.send(method, path, json, headers=self._headers)


def all_events(head: Head, **asked: str) -> list[Any]:
    """Read to the end, a page at a time: the house may have more events than one page looks through."""
    found: list[Any] = []
    after = ""
    while True:
        query = urlencode({"limit": 2, "after": after, **asked})
        page = head.send("GET", f"/events?{query}").json()
        found, after = found + page["items"], page["next"]
        if not page["has_more"]:
            return found


class TestEndpoints:
    def test_are_made_shown_and_deleted(self, api: ApiClient) -> None:
        head = Head(api)
        made = head.send("POST", "/webhooks", {"url": "https://hooks.example.com/in"})
        assert made.status_code == 201
        assert made.json()["secret"].startswith("whsec_")
        endpoint = made.json()["endpoint"]
        assert head.send("GET", "/webhooks").json() == {"items": [endpoint]}
        assert made.json()["secret"] not in head.send("GET", "/webhooks").content.decode()
        path = f"/webhooks/{endpoint['id']}"
        assert Head(api).send("GET", path).status_code == 404
        assert head.send("DELETE", path).status_code == 204
        assert head.send("GET", path).status_code == 404

    def test_are_switched_off_and_on_by_their_owner(self, api: ApiClient) -> None:
        head = Head(api)
        made = head.send("POST", "/webhooks", {"url": "https://hooks.example.com/in"}).json()
        path = f"/webhooks/{made['endpoint']['id']}"
        sent = head.send("POST", f"{path}/test").json()
        assert Head(api).send("POST", f"{path}/disable").status_code == 404
        off = [head.send("POST", f"{path}/disable").json() for _ in range(2)]
        assert off[0] == off[1]
        assert (bool(off[0]["disabled_at"]), off[0]["disabled_reason"]) == (
            True,
            "you switched it off",
        )
        told = head.send("GET", f"/webhooks/deliveries/{sent['id']}").json()["delivery"]
        assert told["state"] == "cancelled"
        refused = head.send("POST", f"{path}/test")
        assert (refused.status_code, refused.json()["code"]) == (409, "endpoint_disabled")
        assert head.send("POST", f"{path}/enable").json()["disabled_at"] is None
        assert head.send("POST", f"{path}/test").status_code == 201

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"url": "https://127.0.0.1/"}, "url"),
            ({"url": "https://a@example.com/"}, "url"),
            ({"url": "https://example.com/", "types": ["identity.session.opened"]}, "types"),
        ],
    )
    def test_are_refused_with_the_field(self, api: ApiClient, body: Any, field: str) -> None:
        answer = Head(api).send("POST", "/webhooks", body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)


class TestEvents:
    def test_are_one_s_own_in_order_and_go_on_after_the_last(self, api: ApiClient) -> None:
        head, stranger = Head(api), Head(api)
        mine = []
        for number in range(3):
            mine.append(rename(head.customer_id, label=str(number)))
            rename(stranger.customer_id)
        settle()
        found = [one for one in all_events(head) if one["type"] == "wallets.wallet.renamed"]
        assert [one["subject"] for one in found] == mine
        rest = head.send("GET", f"/events?after={found[1]['id']}").json()["items"]
        assert [one["subject"] for one in rest] == mine[2:]
        answer = stranger.send("GET", f"/events?after={found[1]['id']}")
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_event")

    def test_can_be_replayed_for_a_time(self, api: ApiClient) -> None:
        head, at = Head(api), clock.now()
        for hours in range(4):
            with clock.set_to(at - timedelta(hours=hours)):
                rename(head.customer_id, label=f"{hours} hours ago")
        settle()
        since, until = at - timedelta(hours=2, minutes=30), at - timedelta(minutes=30)
        found = all_events(head, **{"from": since.isoformat(), "to": until.isoformat()})
        assert [one["data"]["label"] for one in found] == ["1 hours ago", "2 hours ago"]
