"""The exchange over HTTP: shapes, refusals, keys, and who sees what."""

from typing import Any

import pytest

from fondaco.exchange import models
from fondaco.exchange.tests.cast import Stall, together
from fondaco.identity.states import StaffRole
from fondaco.market import actions as market_actions
from fondaco.wallets.tests.cast import Person, new_client, new_operator
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")


def buy(api: ApiClient, who: Person, aban: Stall, amount: Any = "3", **more: Any) -> Any:
    """Purchase over HTTP."""
    body = {"currency": aban.coin.code, "amount": amount}
    return api.post("/purchases", body, token=who.access_token, **more)


def operator() -> str:
    """Give the token of a new operator who may do all that the exchange needs."""
    rights = ("exchange:read", "exchange:desk", "exchange:close")
    return new_operator(StaffRole.OPERATOR, *rights)


class TestPurchases:
    def test_are_made_shown_and_listed(self, api: ApiClient, aban: Stall) -> None:
        who = new_client("100.00")
        made = buy(api, who, aban)
        assert made.status_code == 201
        body = made.json()
        assert {name: body[name] for name in ("currency", "amount", "total_price", "state")} == {
            "currency": aban.coin.code,
            "amount": "3.00000000",
            "total_price": {"amount": "60.00", "currency": "USD"},
            "state": "in_progress",
        }
        aban.work()
        shown = api.get(f"/purchases/{body['id']}", token=who.access_token).json()
        assert (shown["state"], shown["amount"]) == ("closed", "3.00000000")
        listed = api.get("/purchases?state=closed", token=who.access_token).json()
        assert [one["id"] for one in listed["items"]] == [body["id"]]
        assert api.get("/exchanges", token=who.access_token).json()["items"] == []

    def test_take_numbers_as_the_readme_sends_them(self, api: ApiClient, aban: Stall) -> None:
        assert buy(api, new_client("100.00"), aban, 3).json()["amount"] == "3.00000000"

    def test_give_the_same_answer_to_the_same_key(self, api: ApiClient, aban: Stall) -> None:
        who = new_client("100.00")
        first, again = (buy(api, who, aban, key="once") for _ in range(2))
        assert (first.content, again.headers["Idempotent-Replay"]) == (again.content, "true")
        assert who.available() == "40.00"
        assert buy(api, who, aban, "2", key="once").json()["code"] == "idempotency_key_reused"

    def test_are_bought_once_by_many_of_the_same_key_at_once(
        self, api: ApiClient, aban: Stall
    ) -> None:
        who, answers = new_client("100.00"), list[Any]()
        together(lambda: answers.append(buy(api, who, aban, "2", key="rush")), times=8)
        assert {one.status_code for one in answers} == {201}
        assert len({one.content for one in answers}) == 1
        assert (
            who.available(),
            models.ExchangeOrder.objects.filter(pair=aban.pair.name).count(),
        ) == (
            "60.00",
            1,
        )

    def test_at_once_never_spend_more_than_there_is(self, api: ApiClient, aban: Stall) -> None:
        who, answers = new_client("100.00"), list[Any]()
        together(lambda: answers.append(buy(api, who, aban, "1")), times=12)
        assert sorted(one.status_code for one in answers) == [201] * 5 + [409] * 7
        assert who.available() == "0.00"

    @pytest.mark.parametrize("amount", ["0", "-5", 0, -5, "NaN", "1e3", "", "1.123456789", None])
    def test_refuse_a_bad_amount_and_write_nothing(
        self, api: ApiClient, aban: Stall, amount: Any
    ) -> None:
        who = new_client("100.00")
        answer = buy(api, who, aban, amount)
        assert (answer.status_code, answer.json()["field"]) == (422, "amount")
        assert api.get("/purchases", token=who.access_token).json()["items"] == []
        assert who.available() == "100.00"

    def test_refuse_what_comes_to_nothing(self, api: ApiClient, aban: Stall) -> None:
        answer = buy(api, new_client("100.00"), aban, "0.00000001")
        assert (answer.status_code, answer.json()["code"]) == (422, "amount_too_small")

    def test_refuse_too_little_money_and_keep_the_attempt(
        self, api: ApiClient, aban: Stall
    ) -> None:
        who = new_client("10.00")
        answer = buy(api, who, aban)
        assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_funds")
        (kept,) = api.get("/purchases", token=who.access_token).json()["items"]
        assert (kept["id"], kept["state"], kept["refusal"]) == (
            answer.json()["order"],
            "error",
            "insufficient_funds",
        )

    def test_refuse_a_currency_that_is_not_sold(self, api: ApiClient) -> None:
        body = {"currency": "NOSUCH", "amount": "1"}
        answer = api.post("/purchases", body, token=new_client("10.00").access_token)
        assert (answer.status_code, answer.json()["code"]) == (404, "pair_not_found")

    def test_honour_a_quote_and_refuse_it_again(self, api: ApiClient, aban: Stall) -> None:
        who = new_client("200.00")
        quote = market_actions.make_quote(
            customer_id=who.customer_id,
            pair=aban.pair.name,
            amount_to_get=aban.coins("3"),
            by=who.actor,
        )
        body = {"quote": quote.wire_id}
        made = api.post("/purchases", body, token=who.access_token)
        again = api.post("/purchases", body, token=who.access_token)
        assert (made.status_code, made.json()["quote"]) == (201, quote.wire_id)
        assert (again.status_code, again.json()["code"]) == (409, "quote_used")
        assert who.available() == "140.00"

    def test_that_are_refused_leave_the_quote_usable(self, api: ApiClient, aban: Stall) -> None:
        who = new_client("200.00")
        quote = market_actions.make_quote(
            customer_id=who.customer_id,
            pair=aban.pair.name,
            amount_to_get=aban.coins("3"),
            by=who.actor,
        )
        body = {"quote": quote.wire_id}
        bad = body | {"currency": aban.coin.code, "amount": "4"}
        refused = api.post("/purchases", bad, token=who.access_token)
        assert (refused.status_code, refused.json()["code"]) == (422, "quote_mismatch")
        assert api.post("/purchases", body, token=who.access_token).status_code == 201

    def test_of_others_do_not_exist(self, api: ApiClient, aban: Stall) -> None:
        body = buy(api, new_client("100.00"), aban).json()
        token = new_client().access_token
        for answer in (
            api.get(f"/purchases/{body['id']}", token=token),
            api.post(f"/purchases/{body['id']}/cancel", {}, token=token),
            api.post(f"/purchases/{body['id']}/repeat", {}, token=token),
            api.get(f"/exchanges/{body['id']}", token=token),
        ):
            assert answer.status_code == 404

    def test_are_cancelled_and_repeated(self, api: ApiClient, aban: Stall) -> None:
        who = new_client("100.00")
        made = buy(api, who, aban, "0.3").json()
        ended = api.post(f"/purchases/{made['id']}/cancel", token=who.access_token)
        assert (ended.status_code, ended.json()["state"]) == (200, "cancelled")
        late = api.post(f"/purchases/{made['id']}/cancel", token=who.access_token)
        assert (late.status_code, late.json()["code"]) == (409, "order_not_cancellable")
        again = api.post(f"/purchases/{made['id']}/repeat", token=who.access_token)
        assert (again.status_code, again.json()["amount"]) == (201, "0.30000000")


class TestExchanges:
    def test_are_calculated_and_made(self, api: ApiClient, aban: Stall) -> None:
        who = new_client("100.00")
        ask = {"pair": aban.pair.name, "amount_to_spend": "50.00"}
        told = api.post("/exchanges/calculate", ask, token=who.access_token).json()
        assert (told["get"]["amount"], told["spend"]["amount"]) == ("2.50000000", "50.00")
        made = api.post("/exchanges", ask, token=who.access_token)
        assert (made.status_code, made.json()["state"]) == (201, "closed")
        assert made.json()["get"]["amount"] == "2.50000000"
        assert who.available() == "50.00"

    def test_with_a_price_wait_for_it(self, api: ApiClient, aban: Stall) -> None:
        who = new_client("100.00")
        ask = {"pair": aban.pair.name, "amount_to_get": "2", "price": "18"}
        made = api.post("/exchanges", ask, token=who.access_token).json()
        assert (made["kind"], made["state"], made["limit_price"]) == (
            "limit",
            "waiting_for_price",
            "18",
        )
        ended = api.post(f"/exchanges/{made['id']}/cancel", token=who.access_token).json()
        assert (ended["state"], who.available()) == ("cancelled", "100.00")
        again = api.post(f"/exchanges/{made['id']}/repeat", token=who.access_token).json()
        assert (again["state"], again["limit_price"]) == ("waiting_for_price", "18")

    @pytest.mark.parametrize(
        ("ask", "field"),
        [
            ({}, "amount_to_get"),
            ({"amount_to_get": "1", "amount_to_spend": "1"}, "amount_to_get"),
            ({"amount_to_get": "1", "price": "0"}, "price"),
            ({"amount_to_get": "1", "expires_at": "2030-01-01T00:00:00Z"}, "expires_at"),
            (
                {"amount_to_get": "1", "price": "1", "expires_at": "2020-01-01T00:00:00Z"},
                "expires_at",
            ),
            ({"amount_to_get": "1.123456789"}, "amount_to_get"),
            ({"amount_to_spend": "1.123"}, "amount_to_spend"),
        ],
    )
    def test_refuse_what_does_not_go_together(
        self, api: ApiClient, aban: Stall, ask: dict[str, str], field: str
    ) -> None:
        who = new_client("100.00")
        answer = api.post("/exchanges", ask | {"pair": aban.pair.name}, token=who.access_token)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
        assert who.available() == "100.00"


class TestTheDesk:
    def test_sees_orders_batches_covers_trades_and_shares(
        self, api: ApiClient, aban: Stall
    ) -> None:
        token, who = operator(), new_client("100.00")
        made = buy(api, who, aban).json()
        aban.work()
        seen = api.get(f"/operator/exchange/orders/{made['id']}", token=token).json()
        assert seen["share"]["profit"] == {"amount": "0.24", "currency": "USD"}
        whole = api.get(f"/operator/exchange/batches/{seen['batch']}", token=token).json()
        assert whole["batch"]["state"] == "done"
        (cover,) = whole["covers"]
        assert (cover["venue"], len(cover["trades"])) == (aban.bourse.label, 1)
        assert cover["reason"]["because"] == "the only one that fits"
        assert [one["order"] for one in whole["shares"]] == [made["id"], None]
        for path in (
            "orders",
            "batches",
            "covering-orders",
            "queue",
            "positions",
            "gains",
            "desks",
        ):
            assert api.get(f"/operator/exchange/{path}", token=token).status_code == 200, path

    def test_says_how_a_pair_is_traded(self, api: ApiClient, aban: Stall) -> None:
        token = operator()
        body = {"cover": "off", "venues": [aban.bourse.label], "threshold_minor": 500}
        path = f"/operator/exchange/desks/{aban.pair.name}"
        answer = api.put(path, body, token=token)
        assert (answer.status_code, answer.json()["cover"]) == (200, "off")
        made = buy(api, new_client("100.00"), aban).json()
        assert made["state"] == "closed"
        wrong = api.put(path, body | {"symbol": "BTC/USD"}, token=token)
        assert (wrong.status_code, wrong.json()["field"]) == (422, "symbol")

    def test_ends_stuck_orders_with_a_reason(self, api: ApiClient, aban: Stall) -> None:
        token, who = operator(), new_client("100.00")
        made = buy(api, who, aban).json()
        path = f"/operator/exchange/orders/{made['id']}/close"
        bare = api.post(path, {"ending": "refund"}, token=token)
        assert bare.status_code == 422
        body = {"ending": "refund", "reason": "stuck", "evidence": "ticket 7"}
        ended = api.post(path, body, token=token)
        assert (ended.status_code, ended.json()["order"]["state"]) == (200, "rejected")
        assert who.available() == "100.00"

    def test_is_closed_to_customers(self, api: ApiClient, aban: Stall) -> None:
        token = new_client().access_token
        assert api.get("/operator/exchange/orders", token=token).status_code == 403
        body = {"cover": "off"}
        path = f"/operator/exchange/desks/{aban.pair.name}"
        assert api.put(path, body, token=token).status_code == 403
