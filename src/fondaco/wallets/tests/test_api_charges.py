"""Charges over HTTP: bad input first."""

from typing import Any

import pytest

from fondaco.wallets.tests.cast import Person, new_client, new_company

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
            api.post("/charges/batches", body, token=company.access_token, key="b")
            for _ in range(2)
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

    def test_of_one_are_answered_alike(self, api: Any) -> None:
        client, company = new_client("1.00"), new_company()
        body = {"charges": [charge_body(client)]}
        told = api.post("/charges/batches", body, token=company.access_token).json()
        assert (told["succeeded"], told["failed"]) == (1, 0)

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
