"""Keys and address lists as people manage them."""

from datetime import timedelta
from typing import Any

import pytest

from fondaco.apikeys.tests.programs import ALL_SCOPES, Program, make_key
from fondaco.audit import queries as audit
from fondaco.identity.tests.people import bearer, make_company, sign_in
from fondaco.identity.types import Registered
from fondaco.kit import clock
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")

LATER = timedelta(minutes=6)
"""More than a proof of oneself lasts, less than an access token lives."""


class Head:
    """Somebody who heads a company and logged in a moment ago."""

    def __init__(self, api: ApiClient) -> None:
        self.made: Registered = make_company()
        self.headers = bearer(sign_in(self.made.user))
        self._api = api

    def send(self, method: str, path: str, json: Any = None) -> Any:
        return self._api.send(method, path, json, headers=self.headers)

    def make_key(self, **ask: Any) -> Any:
        asked = {"label": "Till", "scopes": ["wallets:read"]} | ask
        return self.send("POST", "/me/api-keys", asked)


@pytest.fixture
def head(api: ApiClient) -> Head:
    return Head(api)


class TestKeys:
    def test_are_made_listed_and_deleted(self, head: Head) -> None:
        answer = head.make_key(networks=["192.0.2.1"])
        assert answer.status_code == 201
        key = answer.json()["key"]
        assert answer.json()["secret"].startswith("fks_")
        assert (key["label"], key["scopes"]) == ("Till", ["wallets:read"])
        assert key["networks"] == ["192.0.2.1/32"]
        assert head.send("GET", "/me/api-keys").json() == {"items": [key]}
        assert head.send("DELETE", f"/me/api-keys/{key['id']}").status_code == 204
        assert head.send("GET", "/me/api-keys").json() == {"items": []}
        assert head.send("DELETE", f"/me/api-keys/{key['id']}").status_code == 404

    def test_show_their_secret_once(self, head: Head) -> None:
        secret = head.make_key().json()["secret"]
        listed = head.send("GET", "/me/api-keys").content.decode()
        told = audit.list_entries(action="apikeys.key.create", limit=5).items
        assert secret not in listed
        assert secret not in str(told)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"scopes": []}, "scopes"),
            ({"scopes": ["*"]}, "scopes.0"),
            ({"scopes": ["wallets:read", "operators:read"]}, "scopes.1"),
            ({"label": ""}, "label"),
            ({"label": "a\nb"}, "label"),
            ({"networks": ["192.0.2.1/24"]}, "networks"),
            ({"networks": ["here"]}, "networks"),
            ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
            ({"mode": "both"}, "mode"),
            ({"secret": "mine"}, "secret"),
        ],
    )
    def test_are_refused_with_the_field(self, head: Head, wrong: Any, field: str) -> None:
        answer = head.make_key(**wrong)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
        assert head.send("GET", "/me/api-keys").json() == {"items": []}

    def test_need_a_recent_proof_of_who_asks(self, head: Head) -> None:
        key = head.make_key().json()["key"]
        with clock.set_to(clock.now() + LATER):
            answers = [
                head.make_key(),
                head.send("DELETE", f"/me/api-keys/{key['id']}"),
                head.send("POST", "/me/ip-allowlist", {"network": "127.0.0.1"}),
            ]
            assert [answer.json()["code"] for answer in answers] == ["step_up_required"] * 3
            assert head.send("GET", "/me/api-keys").json() == {"items": [key]}

    def test_are_for_the_head_of_a_customer(self, head: Head, api: ApiClient) -> None:
        other = Head(api)
        key = head.make_key().json()["key"]
        assert other.send("DELETE", f"/me/api-keys/{key['id']}").status_code == 404
        assert other.send("GET", "/me/api-keys").json() == {"items": []}

    def test_for_the_sandbox_need_one(self, head: Head) -> None:
        answer = head.make_key(mode="test")
        assert (answer.status_code, answer.json()["code"]) == (409, "no_sandbox")
        assert head.send("GET", "/me/api-keys?mode=test").json() == {"items": []}

    def test_are_fifty_at_most(self, head: Head) -> None:
        for _ in range(50):
            make_key(head.made)
        answer = head.make_key()
        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_keys")


class TestVerify:
    def test_shows_the_key_that_signed(self, head: Head) -> None:
        issued = make_key(head.made)
        path = f"/me/api-keys/{issued.key.wire_id}/verify"
        shown = Program(issued).send("POST", path).json()
        assert (shown["id"], shown["scopes"]) == (issued.key.wire_id, sorted(ALL_SCOPES))

    def test_knows_no_other_key(self, head: Head) -> None:
        one, other = make_key(head.made), make_key(head.made)
        path = f"/me/api-keys/{other.key.wire_id}/verify"
        assert Program(one).send("POST", path).status_code == 404
        assert head.send("POST", path).status_code == 404
        assert head.send("POST", "/me/api-keys/key_live_x/verify").status_code == 404


class TestTheAddressList:
    def test_warns_before_one_locks_oneself_out(self, head: Head) -> None:
        asked = {"network": "192.0.2.0/24", "label": "Office"}
        answer = head.send("POST", "/me/ip-allowlist", asked)
        assert (answer.status_code, answer.json()["code"]) == (409, "would_lock_out")
        assert head.send("GET", "/me/ip-allowlist").json() == {
            "items": [],
            "your_address": "127.0.0.1",
        }

    def test_lets_one_lock_oneself_out_who_means_it(self, head: Head) -> None:
        asked = {"network": "192.0.2.0/24", "confirm": True}
        assert head.send("POST", "/me/ip-allowlist", asked).status_code == 201
        answer = head.send("GET", "/me/ip-allowlist")
        assert (answer.status_code, answer.json()["code"]) == (403, "address_refused")

    def test_grows_and_shrinks(self, head: Head) -> None:
        home = head.send("POST", "/me/ip-allowlist", {"network": "127.0.0.0/8"}).json()
        office = head.send("POST", "/me/ip-allowlist", {"network": "2001:db8::/48"}).json()
        again = head.send("POST", "/me/ip-allowlist", {"network": "2001:db8::/48"})
        assert again.json() == office
        items = head.send("GET", "/me/ip-allowlist").json()["items"]
        assert [one["network"] for one in items] == ["2001:db8::/48", "127.0.0.0/8"]
        refused = head.send("DELETE", f"/me/ip-allowlist/{home['id']}")
        assert (refused.status_code, refused.json()["code"]) == (409, "would_lock_out")
        for one in (office, home):
            assert head.send("DELETE", f"/me/ip-allowlist/{one['id']}").status_code == 204
        assert head.send("GET", "/me/ip-allowlist").json()["items"] == []

    def test_refuses_what_is_no_network(self, head: Head) -> None:
        for text in ("", "here", "192.0.2.1/24", "192.0.2.0/33"):
            answer = head.send("POST", "/me/ip-allowlist", {"network": text, "confirm": True})
            assert (answer.status_code, answer.json()["field"]) == (422, "network")

    def test_is_not_anothers(self, head: Head, api: ApiClient) -> None:
        mine = head.send("POST", "/me/ip-allowlist", {"network": "127.0.0.0/8"}).json()
        other = Head(api)
        assert other.send("DELETE", f"/me/ip-allowlist/{mine['id']}").status_code == 404
        assert len(head.send("GET", "/me/ip-allowlist").json()["items"]) == 1
