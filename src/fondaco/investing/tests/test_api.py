"""Investing over HTTP: what the first system offered, and what it got wrong."""

from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from fondaco.identity.states import StaffRole
from fondaco.instruments.tests.cast import new_share, tell
from fondaco.investing.tests.cast import want
from fondaco.wallets.tests.cast import Person, new_client, new_operator
from tests.plumbing.api import ApiClient
from tests.plumbing.counting import count_queries

pytestmark = pytest.mark.usefixtures("tenant")


def order(api: ApiClient, person: Person, **body: Any) -> Any:
    return api.post("/portfolio/orders", body, token=person.access_token)


def quantity(symbol: str, shares: str) -> dict[str, str]:
    return {"asset_name": symbol, "quantity": shares}


class TestAssets:
    def test_show_price_change_ranges_and_source(self, api: ApiClient) -> None:
        symbol, person = new_share("10", "8", "10"), new_client()
        told = api.get(f"/assets/{symbol}/stats?days=2", token=person.access_token).json()
        assert told["price"] | {"priced_on": ""} == {
            "previous_close": "8",
            "current_price": "10",
            "change_for_day": "25",
            "change_for_day_sum": "2",
            "change_for_day_direction": "+",
            "priced_on": "",
            "stale": False,
        }
        assert (told["year_range_low"], told["year_range_high"]) == ("8", "10")
        assert [one["close"] for one in told["history"]] == ["8", "10"]
        assert told["source"]["title"] == "Made up for tests"
        assert told["asset"]["execution"] == "paper"

    def test_are_listed_by_symbol_and_kind(self, api: ApiClient) -> None:
        symbol, person = new_share("10"), new_client()
        one = api.get(f"/assets/{symbol}", token=person.access_token).json()
        assert (one["symbol"], one["step"], one["tradable"]) == (symbol, "0.000001", True)
        page = api.get("/assets?limit=1&kind=share", token=person.access_token).json()
        assert len(page["items"]) == 1
        assert api.get("/assets/NOBODY", token=person.access_token).status_code == 404

    def test_are_declared_and_priced_by_operators(self, api: ApiClient) -> None:
        token = new_operator(StaffRole.MASTER_ADMIN)
        symbol = f"XOPS.T{uuid4().hex[:8].upper()}"
        body = {"symbol": symbol, "long_name": "New", "kind": "share", "currency": "USD"}
        assert api.post("/operator/assets", body, token=token).status_code == 201
        csv = f"symbol,day,close\n{symbol},2026-01-02,10\n{symbol},2026-01-05,nothing"
        prices = {"source": "tests", "title": "Made up for tests", "csv": csv}
        wrong = api.post("/operator/assets/prices", prices, token=token)
        assert (wrong.status_code, wrong.json()["code"]) == (422, "prices_unreadable")
        assert wrong.json()["field"] == "line 3"
        prices["csv"] = csv.replace("nothing", "11")
        done = api.post("/operator/assets/prices", prices, token=token).json()
        assert done == {"written": 2, "known": 0}
        told = api.get(f"/assets/{symbol}/stats", token=new_client().access_token).json()
        assert told["price"]["stale"]


class TestOrders:
    def test_are_quoted_and_taken_at_the_house_s_prices(self, api: ApiClient) -> None:
        symbol, person = new_share("87.50"), new_client("500.00")
        body = {"targets": [quantity(symbol, "2")]}
        quote = api.post("/portfolio/quotes", body, token=person.access_token).json()
        assert (quote["purchases"]["amount"], quote["fee"]["amount"]) == ("175.00", "0.18")
        assert (quote["cash_after"]["amount"], quote["can_be_paid"]) == ("324.82", True)
        made = order(api, person, quote=quote["id"])
        assert made.status_code == 201
        assert [(one["kind"], one["price"]) for one in made.json()["fills"]] == [
            ("buy", "87.5"),
            ("fee", None),
        ]
        assert person.available() == "324.82"
        shown = api.get(
            f"/portfolio/orders/{made.json()['order']['id']}", token=person.access_token
        )
        assert shown.json() == made.json()
        again = api.get(f"/portfolio/quotes/{quote['id']}", token=person.access_token).json()
        assert again["order"] == made.json()["order"]["id"]

    def test_have_no_field_for_a_price_or_for_metrics(self, api: ApiClient) -> None:
        # There, 500 became 4,375,000 by a stated price of 0.01.
        symbol, person = new_share("87.50"), new_client("500.00")
        for more in ({"current_price": "0.01"}, {"statistics": {"current_price": "0.01"}}):
            answer = order(api, person, targets=[quantity(symbol, "50000") | more])
            assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")
        answer = order(api, person, targets=[], metrics={})
        assert answer.json()["code"] == "unknown_field"
        assert person.available() == "500.00"

    def test_count_what_the_sale_brings(self, api: ApiClient) -> None:
        old, new, person = new_share("100"), new_share("100"), new_client("500.50")
        assert order(api, person, targets=[quantity(old, "5")]).status_code == 201
        assert person.available() == "0.00"
        tell(old, "101")
        assert order(api, person, targets=[quantity(new, "5")]).status_code == 201

    def test_that_cannot_be_paid_are_refused_whole(self, api: ApiClient) -> None:
        symbol, person = new_share("100"), new_client("50.00")
        key = str(uuid4())
        for _ in range(2):
            answer = api.post(
                "/portfolio/orders",
                {"targets": [quantity(symbol, "1")]},
                token=person.access_token,
                key=key,
            )
            assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_funds")
        listed = api.get("/portfolio/orders", token=person.access_token).json()["items"]
        assert [one["state"] for one in listed] == ["error"]
        assert person.available() == "50.00"

    def test_take_effect_once_for_one_key(self, api: ApiClient) -> None:
        symbol, person, key = new_share("10"), new_client("50.00"), str(uuid4())
        body = {"targets": [quantity(symbol, "1")]}
        first, second = (
            api.post("/portfolio/orders", body, token=person.access_token, key=key)
            for _ in range(2)
        )
        assert first.content == second.content
        assert person.available() == "39.99"

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"targets": [{"asset_name": "A"}]},
            {"targets": [{"asset_name": "XTST.NOBODY", "quantity": "1"}]},
            {"targets": [], "advice": "adv_00000000000000000000000000"},
        ],
    )
    def test_refuse_what_is_no_order(self, api: ApiClient, body: Any) -> None:
        person = new_client("5.00")
        answer = order(api, person, **body)
        assert answer.status_code == 422
        assert person.available() == "5.00"

    def test_take_parts_of_a_sum(self, api: ApiClient) -> None:
        first, second, person = new_share("10"), new_share("20"), new_client("100.00")
        parts = [
            {"asset_name": first, "part_of_portfolio": "60"},
            {"asset_name": second, "part_of_portfolio": "40.0001"},
        ]
        sum_ = {"amount": "50.00"}
        assert order(api, person, targets=parts, sum=sum_).status_code == 422
        parts[1]["part_of_portfolio"] = "40"
        assert order(api, person, targets=parts, sum=sum_).status_code == 201
        assert Decimal(person.available()) >= 50


class TestPortfolio:
    def test_shows_profit_with_its_sign_apart(self, api: ApiClient) -> None:
        symbol, person = new_share("10"), new_client("100.10")
        order(api, person, targets=[quantity(symbol, "10")])
        tell(symbol, "5")
        told = api.get("/portfolio", token=person.access_token).json()
        (one,) = told["assets"]
        assert (one["profit"]["amount"], one["profit_direction"]) == ("50.00", "-")
        assert (one["profit_percent"], one["part_of_portfolio"]) == ("50", "100.0000")
        assert told["invested_sum"]["amount"] == "100.00"
        assert told["sums"]["difference"]["amount"] == "0.00"
        assert told["sums"]["fees"]["amount"] == "0.10"

    def test_of_nobody_yet_is_empty(self, api: ApiClient) -> None:
        person = new_client()
        assert api.get("/portfolio", token=person.access_token).json()["assets"] == []
        answer = api.get("/portfolio/performance", token=person.access_token)
        assert (answer.status_code, answer.json()["code"]) == (409, "no_target")
        assert api.get("/portfolio/rebalancing", token=person.access_token).status_code == 409

    def test_of_a_hundred_lots_takes_ten_queries_at_most(self, api: ApiClient) -> None:
        person, symbols = new_client("1000.00"), [new_share("1") for _ in range(10)]
        for count in range(1, 11):
            want(person, *[(symbol, str(count)) for symbol in symbols])
        told = api.get("/portfolio", token=person.access_token)
        assert len(told.json()["assets"]) == 10
        assert count_queries(partial(api.get, "/portfolio", token=person.access_token)) <= 10
        lots = api.get("/portfolio/lots", token=person.access_token).json()["items"]
        assert len(lots) == 100

    def test_is_looked_through_by_rules(self, api: ApiClient) -> None:
        person = new_client("100.00")
        order(api, person, targets=[quantity(new_share("10"), "5")])
        found = api.get("/portfolio/xray", token=person.access_token).json()["items"]
        broken = {one["code"] for one in found if one["broken"]}
        assert {"position_above_a_quarter", "no_funds"} <= broken

    def test_is_kept_as_its_owner_wishes(self, api: ApiClient) -> None:
        person, benchmark = new_client("100.00"), new_share("10", "11")
        body = {"lot_method": "average", "band_bps": 300, "benchmark": benchmark}
        told = api.patch("/portfolio/settings", body, token=person.access_token).json()
        assert told == body | {"currency": "USD"}
        told = api.patch("/portfolio/settings", {"benchmark": ""}, token=person.access_token)
        assert told.json()["benchmark"] is None
        assert told.json()["lot_method"] == "average"

    def test_tells_all_that_happened(self, api: ApiClient) -> None:
        symbol, person = new_share("10"), new_client("100.00")
        order(api, person, targets=[quantity(symbol, "5")])
        order(api, person, targets=[])
        page = api.get("/portfolio/activities?limit=3", token=person.access_token).json()
        assert [one["kind"] for one in page["items"]] == ["fee", "sell", "fee"]
        rest = api.get(
            f"/portfolio/activities?limit=3&cursor={page['next']}", token=person.access_token
        ).json()
        assert [one["kind"] for one in rest["items"]] == ["buy"]
