"""The market over HTTP."""

from decimal import Decimal
from typing import Any

import pytest

from fondaco.identity import actions as identity
from fondaco.identity.models import Membership, User
from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import make_operator, unique
from fondaco.kit import clock
from fondaco.market import actions, queries
from fondaco.market.tests.cast import BY, new_currency, new_pair, new_source
from fondaco.operators.rights import Right, rights_of
from fondaco.signing.tests.cast import side
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")


def operator(*rights: Right) -> str:
    user = make_operator(
        role=StaffRole.OPERATOR, permissions=rights_of(StaffRole.OPERATOR, frozenset(rights))
    )
    return identity.open_session(user_id=user.id).access_token


@pytest.fixture
def keeper() -> str:
    return operator(Right.MARKET_READ, Right.MARKET_MANAGE)


@pytest.fixture
def customer() -> str:
    user = User.objects.create(username=unique("buyer"), created_at=clock.now())
    Membership.objects.create(
        user=user,
        customer_id=side(),
        role="administrator",
        permissions=["*"],
        created_at=clock.now(),
    )
    return identity.open_session(user_id=user.id).access_token


class TestReading:
    def test_needs_no_account(self, api: ApiClient) -> None:
        currencies = {one["code"]: one for one in api.get("/market/currencies").json()["items"]}
        assert {"USD", "EUR", "UAH", "RUB", "BTC", "ETH", "USDT"} <= set(currencies)
        assert (currencies["ETH"]["scale"], currencies["ETH"]["kind"]) == (18, "crypto")
        tether = currencies["USDT"]
        assert (tether["kind"], tether["network"], tether["scale"]) == ("token", "ERC20", 6)
        assert tether["contract"].startswith("0xdac17f")

    def test_shows_both_directions_of_a_pair_and_their_rates(self, api: ApiClient) -> None:
        pair = new_pair(static="20.00")
        turned = f"USD_{pair.get.code}"
        found = {one["name"]: one for one in api.get("/market/pairs").json()["items"]}
        assert found[pair.name]["currency_to_get"] == pair.get.code
        assert found[turned]["base_currency"] == found[pair.name]["base_currency"] == pair.get.code
        (rate,) = api.get(f"/market/rates?pair={turned}").json()["items"]
        assert (rate["price"], rate["base_currency_price"]) == ("0.05", "20")
        assert pair.name in {one["pair"] for one in api.get("/market/rates").json()["items"]}

    def test_calculates_from_one_amount(self, api: ApiClient) -> None:
        pair = new_pair(static="20.00")
        made = api.get(f"/market/calculate?pair={pair.name}&amount_to_get=3").json()
        assert made["amount_to_spend"] == {"amount": "60.00", "currency": "USD"}
        made = api.get(f"/market/calculate?pair={pair.name}&amount_to_spend=60.00").json()
        assert made["amount_to_get"] == {"amount": "3.00000000", "currency": pair.get.code}
        assert made["fee"] == {"amount": "0.00", "currency": "USD"}

    @pytest.mark.parametrize(
        ("query", "status", "code"),
        [
            ("amount_to_get=1&amount_to_spend=1", 422, "invalid_field"),
            ("", 422, "invalid_field"),
            ("amount_to_get=-1", 422, "invalid_field"),
            ("amount_to_get=0", 422, "invalid_field"),
            ("amount_to_get=0.000000001", 422, "invalid_field"),
            ("amount_to_get=0.0001", 422, "amount_too_small"),
            ("amount_to_get=NaN", 422, "invalid_field"),
            ("amount_to_get=1e9", 422, "invalid_field"),
        ],
    )
    def test_refuses_amounts_that_are_none(
        self, api: ApiClient, query: str, status: int, code: str
    ) -> None:
        pair = new_pair(static="20.00")
        answer = api.get(f"/market/calculate?pair={pair.name}&{query}")
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    def test_of_what_is_not_there_or_stopped_says_so(self, api: ApiClient) -> None:
        assert api.get("/market/rates?pair=NO_PAIR").json()["code"] == "pair_not_found"
        pair = new_pair()
        actions.suspend_pair(name=pair.name, reason="a test", by=BY)
        answer = api.get(f"/market/rates?pair={pair.name}")
        assert (answer.status_code, answer.json()["code"]) == (409, "pair_suspended")
        silent = new_source()
        waiting = new_pair(sources=(silent.code,))
        answer = api.get(f"/market/rates?pair={waiting.name}")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert waiting.name not in {x["pair"] for x in api.get("/market/rates").json()["items"]}

    def test_gives_history(self, api: ApiClient) -> None:
        pair = new_pair()
        answer = api.get(f"/market/rates/history?pair={pair.name}&step=1h")
        assert answer.json() == {"pair": pair.name, "step": "1h", "items": []}
        swapped = "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"
        assert api.get(f"/market/rates/history?pair={pair.name}&{swapped}").status_code == 422


class TestQuotes:
    def test_are_made_once_per_key_and_shown(self, api: ApiClient, customer: str) -> None:
        pair = new_pair(static="20.00")
        body = {"pair": pair.name, "amount_to_get": "3"}
        made = api.post("/quotes", body, token=customer, key="one")
        again = api.post("/quotes", body, token=customer, key="one")
        assert (made.status_code, again.headers["Idempotent-Replay"]) == (201, "true")
        assert again.json() == made.json()
        assert made.json()["amount_to_spend"] == {"amount": "60.00", "currency": "USD"}
        shown = api.get(f"/quotes/{made.json()['id']}", token=customer)
        assert shown.json() == made.json()

    def test_are_not_for_guests(self, api: ApiClient) -> None:
        body = {"pair": new_pair().name, "amount_to_get": "3"}
        assert api.post("/quotes", body).status_code == 401


class TestOperators:
    def test_add_and_change_a_currency(self, api: ApiClient, keeper: str) -> None:
        code = new_currency().code[:9] + "XY"
        body = {"code": code, "name": "New coin", "kind": "crypto", "scale": 4}
        made = api.post("/operator/market/currencies", body, token=keeper)
        assert (made.status_code, made.json()["uses"]) == (201, [])
        again = api.post("/operator/market/currencies", body, token=keeper)
        assert again.json()["code"] == "currency_differs"
        change = {"name": "Newer", "uses": ["exchange"], "is_enabled": True, "version": 1}
        path = f"/operator/market/currencies/{code}"
        assert api.put(path, change, token=keeper).json()["version"] == 2
        assert api.put(path, change, token=keeper).json()["code"] == "outdated"

    def test_refuse_a_token_without_a_network(self, api: ApiClient, keeper: str) -> None:
        body = {"code": "TOKENX", "name": "x", "kind": "token", "scale": 6}
        answer = api.post("/operator/market/currencies", body, token=keeper)
        assert (answer.status_code, answer.json()["field"]) == (422, "network")

    def test_set_up_a_manual_source_and_a_pair_by_formula(
        self, api: ApiClient, keeper: str
    ) -> None:
        coin, code = new_currency(), "m" + unique("x")[-8:].lower().replace("-", "_")
        source = {"code": code, "kind": "manual", "max_age_s": 3600}
        assert api.post("/operator/market/sources", source, token=keeper).status_code == 201
        symbol = f"{coin.code}/USD"
        prices = {"prices": {symbol: {"bid": "9.90", "ask": "10.10"}}}
        path = f"/operator/market/sources/{code}/prices"
        assert api.put(path, prices, token=keeper).json()["error"] == ""
        formula = f'{code}("{symbol}") * 1.1'
        asked = {"formula": formula, "base": coin.code, "quote": "USD"}
        shown = api.post("/operator/market/formulas/preview", asked, token=keeper).json()
        assert shown["ask"]["price"] == "11.11"
        assert shown["bid"]["price"] == "10.89"
        assert [step["value"] for step in shown["ask"]["steps"]] == ["10.1", "11.11"]
        pair = {"base": coin.code, "quote": "USD", "mode": "formula", "formula": formula}
        made = api.post("/operator/market/pairs", pair, token=keeper)
        assert made.status_code == 201, made.content
        assert queries.get_rate(pair=made.json()["name"]).base_price == Decimal("11.11")
        twice = api.post("/operator/market/pairs", pair, token=keeper)
        assert twice.json()["code"] == "pair_exists"

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"mode": "static", "static_price": "0"}, "invalid_field"),
            ({"mode": "static"}, "invalid_field"),
            ({"mode": "static", "static_price": "-1"}, "invalid_field"),
            ({"mode": "static", "static_price": "NaN"}, "invalid_field"),
            ({"mode": "static", "static_price": "1", "markup_bps": 10_000}, "invalid_field"),
            ({"mode": "formula", "formula": "__import__(1)"}, "formula_refused"),
            ({"mode": "sources", "sources": []}, "invalid_field"),
            ({"mode": "sources", "sources": ["nosuch"]}, "invalid_field"),
            ({"mode": "static", "static_price": "1", "quote_lifetime_s": 0}, "invalid_field"),
        ],
    )
    def test_cannot_give_a_pair_no_price(
        self, api: ApiClient, keeper: str, changed: dict[str, Any], code: str
    ) -> None:
        pair = new_pair()
        path, body = f"/operator/market/pairs/{pair.name}", {"version": 1, **changed}
        answer = api.put(path, body, token=keeper)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert queries.get_rate(pair=pair.name).base_price == Decimal(20)

    def test_stop_a_pair_and_let_it_go(self, api: ApiClient, keeper: str) -> None:
        pair = new_pair()
        path = f"/operator/market/pairs/{pair.name}"
        stopped = api.post(f"{path}/suspend", {"reason": "strange"}, token=keeper)
        assert stopped.json()["suspended_reason"] == "strange"
        gone_on = api.post(f"{path}/resume", {"reason": "fine"}, token=keeper)
        assert gone_on.json()["suspended_at"] is None

    def test_read_with_one_right_and_write_with_another(self, api: ApiClient) -> None:
        reader = operator(Right.MARKET_READ)
        for path in ("sources", "pairs"):
            assert api.get(f"/operator/market/{path}", token=reader).status_code == 200
        pair = new_pair()
        path = f"/operator/market/pairs/{pair.name}/suspend"
        assert api.post(path, {"reason": "x"}, token=reader).status_code == 403
        assert not queries.get_pair(name=pair.name).is_suspended
