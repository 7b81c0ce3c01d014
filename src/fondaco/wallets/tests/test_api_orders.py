"""What has an order, over HTTP: movements, requests and cash-outs."""

from typing import Any

import pytest

from fondaco.identity.states import StaffRole
from fondaco.wallets.tests.cast import new_client, new_operator

pytestmark = pytest.mark.usefixtures("tenant")


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
