"""Wallets, their rules and top-ups over HTTP."""

import json
from typing import Any
from uuid import uuid4

import pytest

from fondaco.identity.states import StaffRole
from fondaco.kit.django import tenancy
from fondaco.kit.django.models import Event
from fondaco.kit.options import override
from fondaco.wallets.tests.cast import PASSWORD, new_client, new_company, new_operator, take

pytestmark = pytest.mark.usefixtures("tenant")


class TestRegister:
    def test_gives_tokens_and_a_first_wallet(self, api: Any) -> None:
        answer = api.post(
            "/auth/register",
            {
                "kind": "company",
                "password": PASSWORD,
                "first_name": "Ada",
                "last_name": "Merchant",
                "email": "shop-register@example.com",
                "phone": "+34666000111",
                "name": "Shop",
                "url": "https://shop.example",
            },
        )
        told = answer.json()
        assert answer.status_code == 201, told
        assert told["token_type"] == "Bearer"
        assert told["wallet"]["token"].startswith("wt_")
        shown = api.get(f"/wallets/{told['wallet']['id']}", token=told["access_token"])
        assert shown.json()["token"] == told["wallet"]["token"]

    def test_takes_a_user_name_alone_which_then_logs_in(self, api: Any) -> None:
        name = f"reader-{uuid4().hex[:12]}"
        person = {"kind": "client", "username": name, "password": PASSWORD}
        told = api.post("/auth/register", person | {"first_name": "R", "last_name": "S"})
        assert told.status_code == 201, told.json()
        logged_in = api.post("/auth/login", {"identifier": name, "password": PASSWORD})
        assert {"access_token", "refresh_token"} <= set(logged_in.json())

    def test_refuses_kinds_that_nobody_registers_himself(self, api: Any) -> None:
        answer = api.post("/auth/register", {"kind": "bank", "password": PASSWORD})
        assert (answer.status_code, answer.json()["field"]) == (422, "kind")


class TestWallets:
    def test_are_opened_listed_shown_and_renamed(self, api: Any) -> None:
        client = new_client("5.00")
        opened = api.post("/wallets", {"label": "second"}, token=client.access_token)
        assert opened.status_code == 201
        listed = api.get("/wallets", token=client.access_token).json()
        assert [one["label"] for one in listed["items"]] == ["second", ""]
        first = api.get(f"/wallets/{client.token}", token=client.access_token).json()
        assert first["balances"] == [
            {"currency": "USD", "total": "5.00", "reserved": "0.00", "available": "5.00"}
        ]
        renamed = api.patch(f"/wallets/{first['id']}", {"label": "mine"}, token=client.access_token)
        assert renamed.json()["label"] == "mine"
        page = api.get("/wallets?limit=1", token=client.access_token).json()
        rest = api.get(f"/wallets?limit=1&cursor={page['next']}", token=client.access_token)
        assert [one["label"] for one in rest.json()["items"]] == ["mine"]

    def test_are_frozen_unfrozen_rotated_and_closed(self, api: Any) -> None:
        client = new_client()
        path = f"/wallets/{client.wallet.wire_id}"
        for verb, state in (("freeze", "frozen"), ("unfreeze", "open")):
            answer = api.post(f"{path}/{verb}", token=client.access_token)
            assert (answer.status_code, answer.json()["state"]) == (200, state)
        rotated = api.post(f"{path}/token", token=client.access_token).json()
        assert rotated["token"] != client.token
        assert api.get(f"/wallets/{client.token}", token=client.access_token).status_code == 404
        assert api.post(f"{path}/close", token=client.access_token).json()["state"] == "closed"
        assert api.post(f"{path}/freeze", token=client.access_token).status_code == 409

    def test_keep_of_a_card_what_they_may(self, api: Any) -> None:
        client = new_client()
        path = f"/wallets/{client.token}/card"
        put = api.put(path, {"number": "4111111111111111"}, token=client.access_token)
        assert put.json()["card"] == {"last_four": "1111", "bank": ""}
        wrong = api.put(path, {"number": "4111111111111112"}, token=client.access_token)
        assert (wrong.status_code, wrong.json()["field"]) == (422, "number")
        assert api.delete(path, token=client.access_token).status_code == 204
        shown = api.get(f"/wallets/{client.token}", token=client.access_token)
        assert shown.json()["card"] is None

    def test_of_others_are_unknown(self, api: Any) -> None:
        client, stranger = new_client(), new_client()
        for reference in (client.token, client.wallet.wire_id, "wal_x", "nothing"):
            answer = api.get(f"/wallets/{reference}", token=stranger.access_token)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    def test_are_limited(self, api: Any) -> None:
        client, company = new_client(), new_company()
        with override(wallets_per_client_max=1):
            answer = api.post("/wallets", {}, token=client.access_token)
        assert (answer.status_code, answer.json()["code"]) == (409, "wallet_limit_reached")
        answer = api.post("/wallets", {}, token=company.access_token)
        assert answer.status_code == 409

    def test_demand_a_key_and_open_one_per_key(self, api: Any) -> None:
        client = new_client()
        missing = api.post("/wallets", {}, token=client.access_token, key=None)
        assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_required")
        answers = [api.post("/wallets", {}, token=client.access_token, key="one") for _ in range(2)]
        assert answers[0].json() == answers[1].json()
        assert answers[1].headers["Idempotent-Replay"] == "true"

    def test_demand_a_login(self, api: Any) -> None:
        assert api.get("/wallets").status_code == 401


class TestRules:
    def test_cap_block_list_and_free_a_merchant(self, api: Any) -> None:
        client, company = new_client("5.00"), new_company()
        merchant = api.get("/me", token=company.access_token).json()["customer"]["id"]
        path = f"/wallets/{client.token}/merchants"
        capped = api.put(
            f"{path}/{merchant}", {"day_max": {"amount": "2.00"}}, token=client.access_token
        )
        assert capped.json()["day_max"] == {"amount": "2.00", "currency": "USD"}
        assert take(company, client, "2.01").code == "limit_exceeded"
        blocked = api.put(f"{path}/{merchant}", {"blocked": True}, token=client.access_token)
        assert blocked.json()["blocked"]
        listed = api.get(path, token=client.access_token).json()["items"]
        assert [one["merchant"] for one in listed] == [merchant]
        assert api.delete(f"{path}/{merchant}", token=client.access_token).status_code == 204
        assert take(company, client, "2.01").code == "done"

    def test_name_the_wrong_field(self, api: Any) -> None:
        client, company = new_client(), new_company()
        merchant = api.get("/me", token=company.access_token).json()["customer"]["id"]
        answer = api.put(
            f"/wallets/{client.token}/merchants/{merchant}",
            {"day_max": {"amount": "2.001"}},
            token=client.access_token,
        )
        assert (answer.status_code, answer.json()["field"]) == (422, "day_max.amount")


class TestBlocks:
    def test_are_for_operators_with_the_right(self, api: Any) -> None:
        client = new_client()
        path = f"/operator/wallets/{client.wallet.wire_id}"
        operator = new_operator(StaffRole.OPERATOR, "wallets:freeze")
        body = {"reason": "a court's order"}
        assert api.post(f"{path}/freeze", body, token=client.access_token).status_code == 403
        assert api.post(f"{path}/freeze", body, token=operator).status_code == 204
        own = api.post(f"/wallets/{client.token}/unfreeze", token=client.access_token)
        assert (own.status_code, own.json()["code"]) == (409, "illegal_move")
        assert api.post(f"{path}/unfreeze", body, token=operator).status_code == 204
        assert api.post(f"{path}/unfreeze", body, token=operator).status_code == 409


class TestTopUps:
    def test_bring_money_in(self, api: Any) -> None:
        client = new_client()
        answer = api.post(
            f"/wallets/{client.token}/top-ups", {"amount": "12.50"}, token=client.access_token
        )
        told = answer.json()
        assert answer.status_code == 201, told
        assert told["wallet"] == client.wallet.wire_id
        assert told["balance"] == {"amount": "12.50", "currency": "USD"}

    def test_are_refused_to_customers_of_a_live_tenant(self, api: Any, live_tenant: Any) -> None:
        with tenancy.scope(live_tenant):
            client = new_client()
        api.host = f"{live_tenant.name.replace('_', '-')}.test"
        answer = api.post(
            f"/wallets/{client.token}/top-ups", {"amount": "1"}, token=client.access_token
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "top_up_disabled")

    def test_are_posted_by_operators_with_the_right_alone(self, api: Any) -> None:
        client = new_client()
        body = {
            "wallet": client.wallet.wire_id,
            "amount": "7.00",
            "reason": "cash at the counter",
            "evidence": "receipt 12",
        }
        allowed = new_operator(StaffRole.OPERATOR, "wallets:top_up")
        answer = api.post("/operator/top-ups", body, token=allowed)
        assert (answer.status_code, client.available()) == (201, "7.00")
        without = new_operator(StaffRole.OPERATOR)
        auditor = new_operator(StaffRole.AUDITOR)
        for token in (without, auditor, client.access_token):
            assert api.post("/operator/top-ups", body, token=token).status_code == 403
        incomplete = {name: text for name, text in body.items() if name != "evidence"}
        answer = api.post("/operator/top-ups", incomplete, token=allowed)
        assert (answer.status_code, answer.json()["field"]) == (422, "evidence")
        assert client.available() == "7.00"


class TestSecrets:
    def test_no_event_holds_a_token(self, api: Any) -> None:
        client, company = new_client("5.00"), new_company()
        take(company, client, "1.00")
        api.post(f"/wallets/{client.token}/token", token=client.access_token)
        from_events = json.dumps(list(_events_about(client.wallet.wire_id)))
        assert client.wallet.wire_id in from_events
        assert "wt_" not in from_events


def _events_about(wire_id: str) -> Any:
    rows = Event.objects.filter(data__icontains=wire_id)
    return rows.values_list("type", "subject", "data")
