"""Wallets over HTTP."""

import json
from typing import Any

import pytest

from fondaco.identity.states import StaffRole
from fondaco.kit.django import tenancy
from fondaco.kit.django.models import Event
from fondaco.kit.options import override
from fondaco.wallets.tests.cast import (
    PASSWORD,
    Person,
    new_client,
    new_company,
    new_operator,
    take,
)

pytestmark = pytest.mark.usefixtures("tenant")

BAD_AMOUNTS = [
    0,
    "0",
    "0.00",
    -1,
    "-1",
    "1.001",
    "NaN",
    "1e400",
    "1" + "0" * 40,
    " 1 ",
    "1_000",
    "１",
    "",
    "+1",
    "0x1",
    None,
    True,
    [1],
    {"amount": "1"},
]


def charge_body(payer: Person, amount: Any = "1.00", **more: Any) -> dict[str, Any]:
    """Give the body of a charge."""
    return {"wallet": payer.token, "amount": amount, **more}


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
        renamed = api.patch(
            f"/wallets/{first['id']}", {"label": "mine"}, token=client.access_token
        )
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
        answers = [
            api.post("/wallets", {}, token=client.access_token, key="one") for _ in range(2)
        ]
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

    def test_are_refused_to_customers_of_a_live_tenant(self, api: Any, fresh_tenant: Any) -> None:
        scope = fresh_tenant(mode="live")
        with tenancy.scope(scope):
            client = new_client()
        api.host = f"{scope.name.replace('_', '-')}.test"
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


class TestCharges:
    def test_answer_with_the_charge_and_the_balance_of_the_merchant(self, api: Any) -> None:
        client, company = new_client("5.00"), new_company()
        answer = api.post(
            "/charges", charge_body(client, "1.25", summary="tea"), token=company.access_token
        )
        told = answer.json()
        assert answer.status_code == 201, told
        assert told["id"].startswith("tr_")
        assert (told["state"], told["summary"]) == ("posted", "tea")
        assert told["balance"] == {"amount": "1.25", "currency": "USD"}
        assert told["wallet"] == company.wallet.wire_id
        assert client.token not in answer.content.decode()
        shown = api.get(f"/charges/{told['id']}", token=company.access_token).json()
        assert (shown["state"], shown["taken"]["amount"]) == ("posted", "1.25")

    @pytest.mark.parametrize("amount", [5, "5", 2.5, "2.50"])
    def test_take_numbers_and_text(self, api: Any, amount: Any) -> None:
        client, company = new_client("5.00"), new_company()
        answer = api.post("/charges", charge_body(client, amount), token=company.access_token)
        assert answer.status_code == 201, answer.json()

    @pytest.mark.parametrize("amount", BAD_AMOUNTS, ids=repr)
    def test_refuse_a_bad_amount_and_write_nothing(self, api: Any, amount: Any) -> None:
        client, company = new_client("5.00"), new_company()
        answer = api.post("/charges", charge_body(client, amount), token=company.access_token)
        told = answer.json()
        assert (answer.status_code, told["field"]) == (422, "amount"), told
        history = api.get(f"/wallets/{client.token}/history", token=client.access_token).json()
        assert [one["kind"] for one in history["items"]] == ["wallets.top_up"]

    @pytest.mark.parametrize(
        "raw", ["1e400", "-1", "NaN", "Infinity", "1" + "0" * 5000], ids=lambda raw: raw[:9]
    )
    def test_refuse_a_bad_number(self, api: Any, raw: str) -> None:
        client, company = new_client("5.00"), new_company()
        body = f'{{"wallet": "{client.token}", "amount": {raw}}}'
        answer = api.post("/charges", body=body, token=company.access_token)
        assert answer.status_code in (400, 422)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert client.available() == "5.00"

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"{", 400),
            (b'{"amount": "1", "amount": "2"}', 400),
            (b"[" * 10_000 + b"]" * 10_000, 400),
            (b'{"wallet": "\\u0000", "amount": "1"}', 422),
            (b'{"wallet": "\\ud800", "amount": "1"}', 422),
            (b'{"wallet": 1, "amount": "1"}', 422),
            (b'{"wallet": "wt_x", "amount": "1", "tip": "1"}', 422),
            (b"[]", 422),
            (b'"' + b"x" * 2_000_000 + b'"', 413),
        ],
        ids=["broken", "twice", "deep", "nul", "surrogate", "number", "unknown", "list", "large"],
    )
    def test_refuse_a_bad_body(self, api: Any, body: bytes, status: int) -> None:
        company = new_company()
        answer = api.post("/charges", body=body, token=company.access_token)
        assert answer.status_code == status, answer.content[:300]
        assert answer.headers["Content-Type"] == "application/problem+json"

    def test_are_refused_with_the_codes_of_the_books(self, api: Any) -> None:
        client, company = new_client("1.00"), new_company()
        answer = api.post("/charges", charge_body(client, "1.01"), token=company.access_token)
        assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_funds")
        line = api.get(f"/wallets/{client.token}/history", token=client.access_token).json()
        attempt = line["items"][0]
        assert (attempt["success"], attempt["refusal"]) == (False, "insufficient_funds")
        assert attempt["target"] == company.wallet.wire_id

    def test_are_for_companies(self, api: Any) -> None:
        client, other = new_client("1.00"), new_client()
        answer = api.post("/charges", charge_body(client), token=other.access_token)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")

    def test_refuse_an_unknown_currency_and_too_many_places(self, api: Any) -> None:
        client, company = new_client("1.00"), new_company()
        wrong = charge_body(client, currency="XXX")
        answer = api.post("/charges", wrong, token=company.access_token)
        assert (answer.status_code, answer.json()["field"]) == (422, "currency")
        small = charge_body(client, "0.000000001", currency="BTC")
        answer = api.post("/charges", small, token=company.access_token)
        assert (answer.status_code, answer.json()["field"]) == (422, "amount")

    def test_are_replayed_by_key_and_refuse_another_body(self, api: Any) -> None:
        client, company = new_client("5.00"), new_company()
        answers = [
            api.post("/charges", charge_body(client), token=company.access_token, key="k-1")
            for _ in range(3)
        ]
        assert len({one.content for one in answers}) == 1
        assert [one.headers.get("Idempotent-Replay") for one in answers] == [None, "true", "true"]
        other = api.post(
            "/charges", charge_body(client, "2.00"), token=company.access_token, key="k-1"
        )
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        assert client.available() == "4.00"

    def test_of_two_companies_with_the_same_key_are_two(self, api: Any) -> None:
        client = new_client("5.00")
        for _ in range(2):
            token = new_company().access_token
            api.post("/charges", charge_body(client), token=token, key="same")
        assert client.available() == "3.00"

    def test_are_authorised_captured_voided_and_refunded(self, api: Any) -> None:
        client, company = new_client("10.00"), new_company("5.00")
        token = company.access_token
        held = api.post("/charges", charge_body(client, "4.00", capture=False), token=token).json()
        assert held["state"] == "authorised"
        part = {"amount": {"amount": "3.00"}}
        captured = api.post(f"/charges/{held['id']}/capture", part, token=token)
        assert (captured.status_code, captured.json()["state"]) == (200, "captured")
        refund = api.post(f"/charges/{held['id']}/refunds", part, token=token)
        assert (refund.status_code, refund.json()["amount"]["amount"]) == (201, "3.00")
        more = api.post(f"/charges/{held['id']}/refunds", {}, token=token)
        assert (more.status_code, more.json()["code"]) == (409, "exceeds_charge")
        second = api.post("/charges", charge_body(client, capture=False), token=token).json()
        voided = api.post(f"/charges/{second['id']}/void", token=token)
        assert (voided.status_code, voided.json()["state"]) == (200, "voided")
        unknown = api.post(f"/charges/{client.wallet.wire_id}/void", token=token)
        assert unknown.status_code == 404
        assert client.available() == "10.00"


class TestBatches:
    def test_tell_for_each_item_how_it_came_out(self, api: Any) -> None:
        rich, poor, company = new_client("5.00"), new_client("1.00"), new_company()
        body = {
            "charges": [
                charge_body(rich, "2.00"),
                charge_body(poor, "2.00"),
                {"wallet": "wt_" + "0" * 32, "amount": "2.00"},
                charge_body(rich, "2.00"),
                charge_body(rich, "2.00"),
                charge_body(company, "1.00"),
            ]
        }
        answers = [
            api.post("/charges/batches", body, token=company.access_token, key="b") for _ in range(2)
        ]
        told = answers[0].json()
        assert (told["succeeded"], told["failed"]) == (2, 4)
        assert [one["status"] for one in told["items"]] == [201, 409, 404, 201, 409, 409]
        assert told["items"][1]["problem"]["code"] == "insufficient_funds"
        assert told["items"][0]["charge"]["amount"]["amount"] == "2.00"
        assert answers[1].json() == told
        assert (rich.available(), poor.available()) == ("1.00", "1.00")
        body["charges"].pop()
        other = api.post("/charges/batches", body, token=company.access_token, key="b")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")

    def test_of_a_thousand_are_one_pass(self, api: Any) -> None:
        client, company = new_client("9.99"), new_company()
        body = {"charges": [charge_body(client, "0.01")] * 1000}
        told = api.post("/charges/batches", body, token=company.access_token).json()
        assert (told["succeeded"], told["failed"]) == (999, 1)
        assert company.available() == "9.99"

    @pytest.mark.parametrize("count", [0, 1001])
    def test_refuse_none_and_too_many(self, api: Any, count: int) -> None:
        company = new_company()
        body = {"charges": [{"wallet": "wt_x", "amount": "1"}] * count}
        answer = api.post("/charges/batches", body, token=company.access_token)
        assert (answer.status_code, answer.json()["field"]) == (422, "charges")

    def test_name_the_item_that_is_wrong(self, api: Any) -> None:
        client, company = new_client(), new_company()
        body = {"charges": [charge_body(client), charge_body(client, "0.001")]}
        answer = api.post("/charges/batches", body, token=company.access_token)
        assert (answer.status_code, answer.json()["field"]) == (422, "charges.1.amount")


class TestHistory:
    def test_is_narrowed_by_everything_that_is_promised(self, api: Any) -> None:
        client, company, other = new_client("50.00"), new_company(), new_company()
        take(company, client, "5.00", summary="Green tea")
        take(other, client, "6.00", summary="Black tea")
        take(other, client, "60.00", summary="too much")
        path = f"/wallets/{client.token}/history"

        def amounts(query: str) -> list[str]:
            answer = api.get(f"{path}?{query}", token=client.access_token)
            assert answer.status_code == 200, answer.json()
            return [one["amount"]["amount"] for one in answer.json()["items"]]

        assert amounts("") == ["60.00", "6.00", "5.00", "50.00"]
        assert amounts("success=true") == ["6.00", "5.00", "50.00"]
        assert amounts("success=false") == ["60.00"]
        assert amounts("kind=wallets.top_up") == ["50.00"]
        assert amounts("text=GREEN") == ["5.00"]
        assert amounts("amount_min=6&amount_max=50.00") == ["6.00", "50.00"]
        assert amounts(f"counterparty={company.wallet.wire_id}") == ["5.00"]
        merchant = api.get("/me", token=other.access_token).json()["customer"]["id"]
        assert amounts(f"counterparty={merchant}") == ["60.00", "6.00"]
        assert amounts("counterparty=cus_nobody") == []
        assert amounts(f"counterparty={new_client().wallet.wire_id}") == ["60.00"][:0]
        assert amounts("currency=EUR") == []
        assert amounts("from=2200-01-01T00:00:00Z") == []
        assert amounts("to=2000-01-01T00:00:00Z") == []
        assert amounts("limit=2") == ["60.00", "6.00"]

    def test_goes_on_where_the_page_ended(self, api: Any) -> None:
        client, company = new_client("50.00"), new_company()
        for amount in ("1.00", "2.00", "100.00", "3.00"):
            take(company, client, amount)
        seen, query = [], "limit=2"
        while True:
            path = f"/wallets/{client.token}/history?{query}"
            told = api.get(path, token=client.access_token).json()
            seen += [one["amount"]["amount"] for one in told["items"]]
            if told["next"] is None:
                break
            query = f"limit=2&cursor={told['next']}"
        assert seen == ["3.00", "100.00", "2.00", "1.00", "50.00"]

    def test_refuses_a_foreign_cursor_and_unknown_filters(self, api: Any) -> None:
        client = new_client()
        path = f"/wallets/{client.token}/history"
        answer = api.get(f"{path}?cursor=abc", token=client.access_token)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")
        answer = api.get(f"{path}?colour=red", token=client.access_token)
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")

    def test_comes_as_csv_with_formulas_made_harmless(self, api: Any) -> None:
        client, company = new_client("50.00"), new_company()
        take(company, client, "5.00", summary="=1+1")
        answer = api.get(
            f"/wallets/{client.token}/history",
            token=client.access_token,
            headers={"Accept": "text/csv"},
        )
        lines = b"".join(answer.streaming_content).decode().splitlines()
        assert answer.headers["Content-Type"].startswith("text/csv")
        assert lines[0].startswith("id,kind,step,source,target,summary,amount.amount")
        assert len(lines) == 3
        assert "'=1+1" in lines[1]


class TestTransactions:
    def test_are_listed_over_all_wallets_and_shown_one_by_one(self, api: Any) -> None:
        client, company = new_client("50.00"), new_company()
        take(company, client, "5.00")
        take(company, client, "500.00")
        listed = api.get("/transactions", token=client.access_token).json()["items"]
        assert [(one["type"], one["direction"]) for one in listed] == [
            ("wallets.charge", "out"),
            ("wallets.top_up", "in"),
        ]
        shown = api.get(f"/transactions/{listed[0]['id']}", token=company.access_token).json()
        assert (shown["direction"], shown["amount"]["amount"]) == ("in", "5.00")
        stranger = new_client().access_token
        answer = api.get(f"/transactions/{listed[0]['id']}", token=stranger)
        assert answer.status_code == 404
        one = api.get(f"/transactions?wallet={client.token}", token=client.access_token)
        assert len(one.json()["items"]) == 2
        assert api.get(f"/transactions?wallet={client.token}", token=stranger).status_code == 404

    def test_of_holds_are_none(self, api: Any) -> None:
        client, company = new_client("5.00"), new_company()
        held = take(company, client, "1.00", capture=False)
        identifier = api.get(
            f"/wallets/{client.token}/history?limit=1", token=client.access_token
        ).json()["items"][0]["id"]
        assert held.code == "done"
        answer = api.get(f"/transactions/{identifier}", token=client.access_token)
        assert answer.status_code == 404


class TestStatement:
    def test_runs_with_the_balance_between_both_ends(self, api: Any) -> None:
        client, company = new_client("50.00"), new_company()
        take(company, client, "5.00")
        ends = api.get(f"/wallets/{client.token}/statement", token=client.access_token).json()
        assert (ends["opening"]["amount"], ends["closing"]["amount"]) == ("0.00", "45.00")
        path = f"/wallets/{client.token}/statement/lines"
        lines = api.get(path, token=client.access_token).json()["items"]
        assert [(one["debit"], one["credit"], one["balance"]) for one in lines] == [
            ("5.00", "", "45.00"),
            ("", "50.00", "50.00"),
        ]
        middle = lines[0]["date"].replace("+00:00", "Z")
        since = api.get(
            f"/wallets/{client.token}/statement?from={middle}", token=client.access_token
        ).json()
        assert (since["opening"]["amount"], since["closing"]["amount"]) == ("50.00", "45.00")
        csv = api.get(path, token=client.access_token, headers={"Accept": "text/csv"})
        assert len(b"".join(csv.streaming_content).splitlines()) == 3

    def test_of_a_currency_never_held_is_nothing(self, api: Any) -> None:
        client = new_client("50.00")
        path = f"/wallets/{client.token}/statement"
        ends = api.get(f"{path}?currency=EUR", token=client.access_token).json()
        assert (ends["opening"]["amount"], ends["closing"]["amount"]) == ("0.00", "0.00")
        lines = api.get(f"{path}/lines?currency=EUR", token=client.access_token)
        assert lines.json() == {"items": [], "next": None}
        unknown = api.get(f"{path}?currency=XXX", token=client.access_token)
        assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_currency")


class TestBalances:
    def test_tell_total_reserved_and_available(self, api: Any) -> None:
        client, company = new_client("50.00"), new_company()
        take(company, client, "5.00", capture=False)
        told = api.get("/me/balances", token=client.access_token).json()
        assert told["items"] == [
            {"currency": "USD", "total": "50.00", "reserved": "5.00", "available": "45.00"}
        ]


class TestExpenses:
    def test_are_summed_by_day_kind_and_counterparty(self, api: Any) -> None:
        client, company = new_client("50.00"), new_company()
        take(company, client, "5.00")
        take(company, client, "6.00")
        told = api.get("/statistics/expenses", token=client.access_token).json()
        (day,) = told["days"]
        assert (day["purchases"]["amount"], day["sells"]["amount"]) == ("11.00", "0.00")
        assert [(one["kind"], one["amount"]["amount"]) for one in told["by_kind"]] == [
            ("wallets.charge", "11.00")
        ]
        merchant = api.get("/me", token=company.access_token).json()["customer"]["id"]
        assert [one["counterparty"] for one in told["by_counterparty"]] == [merchant]
        sold = api.get("/statistics/expenses", token=company.access_token).json()["days"][0]
        assert (sold["purchases"]["amount"], sold["sells"]["amount"]) == ("0.00", "11.00")

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("time_zone=Mars/Base", "time_zone"),
            ("time_zone=../etc", "time_zone"),
            ("from=2026-02-01&to=2026-01-01", "from"),
            ("from=2020-01-01&to=2026-01-01", "from"),
            ("from=yesterday", "from"),
        ],
    )
    def test_refuse_what_cannot_be_summed(self, api: Any, query: str, field: str) -> None:
        client = new_client()
        answer = api.get(f"/statistics/expenses?{query}", token=client.access_token)
        assert (answer.status_code, answer.json()["field"]) == (422, field)


class TestInternalMovements:
    def test_are_sent_listed_shown_and_repeated(self, api: Any) -> None:
        sender, receiver = new_client("10.00"), new_client()
        body = {
            "recipient": {"email": receiver.email},
            "amount": "2.00",
            "comment": "rent",
            "callback_url": "https://shop.example/hook",
        }
        sent = api.post("/internal-movements", body, token=sender.access_token)
        order = sent.json()
        assert (sent.status_code, order["state"]) == (201, "closed"), order
        assert (order["kind"], order["fee"]["amount"]) == ("internal_movement", "0.00")
        listed = api.get("/internal-movements", token=sender.access_token).json()["items"]
        assert [one["id"] for one in listed] == [order["id"]]
        shown = api.get(f"/orders/{order['id']}", token=sender.access_token).json()
        assert [one["state"] for one in shown["steps"]] == ["new", "closed"]
        assert (shown["can_cancel"], shown["can_repeat"]) == (False, True)
        path = f"/orders/{order['id']}/callbacks"
        (callback,) = api.get(path, token=sender.access_token).json()["items"]
        assert callback["payload"]["order"] == order["id"]
        again = api.post(
            f"/internal-movements/{order['id']}/repeat",
            {"amount": {"amount": "1.00"}},
            token=sender.access_token,
        )
        assert (again.status_code, again.json()["repeats"]) == (201, order["id"])
        for hidden in (f"/orders/{order['id']}", path):
            assert api.get(hidden, token=receiver.access_token).status_code == 404
        assert receiver.available() == "3.00"

    def test_tell_a_refusal_as_a_problem_and_keep_the_order(self, api: Any) -> None:
        sender, receiver = new_client("1.00"), new_client()
        body = {"recipient": {"wallet": receiver.token}, "amount": "2.00"}
        answers = [
            api.post("/internal-movements", body, token=sender.access_token, key="m")
            for _ in range(2)
        ]
        told = answers[0].json()
        assert (answers[0].status_code, told["code"]) == (409, "insufficient_funds")
        assert answers[0].headers["Content-Type"] == "application/problem+json"
        assert answers[1].json() == told
        order = api.get(f"/orders/{told['order']}", token=sender.access_token).json()["order"]
        assert order["state"] == "error"
        listed = api.get("/orders?state=error", token=sender.access_token).json()["items"]
        assert [one["id"] for one in listed] == [told["order"]]

    @pytest.mark.parametrize(
        "recipient", [{}, {"email": "a@example.com", "phone": "+34666666666"}, {"email": ""}]
    )
    def test_demand_exactly_one_recipient(self, api: Any, recipient: dict[str, str]) -> None:
        sender = new_client("1.00")
        body = {"recipient": recipient, "amount": "1.00"}
        answer = api.post("/internal-movements", body, token=sender.access_token)
        assert (answer.status_code, answer.json()["field"]) == (422, "recipient")


class TestPaymentRequests:
    def test_are_asked_listed_shown_and_accepted(self, api: Any) -> None:
        asker, payer = new_client(), new_client("5.00")
        body = {"payer": {"email": payer.email}, "amount": "2.00", "summary": "dinner"}
        asked = api.post("/payment-requests", body, token=asker.access_token).json()
        assert asked["state"] == "asked"
        listed = api.get("/payment-requests?state=asked", token=payer.access_token).json()["items"]
        assert [one["id"] for one in listed] == [asked["id"]]
        path = f"/payment-requests/{asked['id']}"
        assert api.get(path, token=payer.access_token).json()["summary"] == "dinner"
        paid = api.post(f"{path}/accept", {}, token=payer.access_token)
        assert (paid.status_code, paid.json()["state"]) == (200, "accepted")
        assert paid.json()["order"].startswith("ord_")
        assert asker.available() == "2.00"

    def test_stay_open_when_the_money_is_short(self, api: Any) -> None:
        asker, payer = new_client(), new_client()
        body = {"payer": {"email": payer.email}, "amount": "2.00"}
        asked = api.post("/payment-requests", body, token=asker.access_token).json()
        path = f"/payment-requests/{asked['id']}"
        answer = api.post(f"{path}/accept", {}, token=payer.access_token)
        assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_funds")
        assert api.get(path, token=asker.access_token).json()["state"] == "asked"
        declined = api.post(f"{path}/decline", token=payer.access_token)
        assert declined.json()["state"] == "declined"
        late = api.post(f"{path}/withdraw", token=asker.access_token)
        assert (late.status_code, late.json()["code"]) == (409, "illegal_move")


class TestCashOuts:
    def test_wait_for_an_operator(self, api: Any) -> None:
        client = new_client("9.00")
        operator = new_operator(StaffRole.OPERATOR, "wallets:cash_out", "wallets:read")
        body = {"amount": "4.00", "destination": "account 12"}
        path = f"/wallets/{client.token}/cash-outs"
        asked = [api.post(path, body, token=client.access_token).json() for _ in range(2)]
        assert {one["state"] for one in asked} == {"waiting_for_operator"}
        waiting = api.get("/operator/cash-outs?state=waiting_for_operator", token=operator).json()
        assert {one["id"] for one in asked} <= {one["id"] for one in waiting["items"]}
        decision = {"reason": "paid", "evidence": "bank reference 7"}
        confirm = f"/operator/cash-outs/{asked[0]['id']}/confirm"
        assert api.post(confirm, decision, token=operator).json()["state"] == "closed"
        assert api.post(confirm, decision, token=operator).status_code == 409
        reject = f"/operator/cash-outs/{asked[1]['id']}/reject"
        assert api.post(reject, decision, token=operator).json()["state"] == "rejected"
        assert client.available() == "5.00"

    def test_are_cancelled_by_their_customer(self, api: Any) -> None:
        client = new_client("9.00")
        body = {"amount": "4.00", "destination": "account 12"}
        asked = api.post(
            f"/wallets/{client.token}/cash-outs", body, token=client.access_token
        ).json()
        path = f"/cash-outs/{asked['id']}/cancel"
        assert api.post(path, token=new_client().access_token).status_code == 404
        assert api.post(path, token=client.access_token).json()["state"] == "cancelled"
        assert client.available() == "9.00"

    def test_beyond_the_balance_are_refused(self, api: Any) -> None:
        client = new_client("1.00")
        answer = api.post(
            f"/wallets/{client.token}/cash-outs",
            {"amount": "4.00", "destination": "account 12"},
            token=client.access_token,
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_funds")


class TestTotals:
    def test_set_obligations_against_funds(self, api: Any, fresh_tenant: Any) -> None:
        scope = fresh_tenant()
        api.host = f"{scope.name.replace('_', '-')}.test"
        with tenancy.scope(scope):
            new_client("10.00")
            new_company("5.00")
            auditor = new_operator(StaffRole.AUDITOR)
            told = api.get("/operator/totals", token=auditor).json()
            (dollars,) = told["items"]
            client = new_client()
        assert (dollars["obligations"], dollars["difference"]) == ("15.00", "0.00")
        assert dollars["funds"] == [{"account": "providers:manual:USD", "amount": "15.00"}]
        assert dollars["explained_by"] == []
        assert api.get("/operator/totals", token=client.access_token).status_code == 403


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
