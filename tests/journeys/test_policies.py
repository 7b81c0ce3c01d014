"""Policies over HTTP: operators propose and stop, customers see what applies to them and why."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from fondaco.identity.tests.people import make_operator, sign_in
from fondaco.identity.types import customer_wire
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.options import override
from fondaco.policies.actions import settings
from fondaco.policies.queries.stops import list_stops
from fondaco.policies.signed import NOBODY, RULE
from fondaco.policies.tests.cast import check, customer, host_of, made_house, write
from fondaco.policies.types import Operation
from fondaco.signing.tests.cast import band, decide
from fondaco.wallets.tests.cast import new_client, new_company, take
from tests.plumbing.api import ApiClient

ALL = ("policies:read", "policies:propose", "policies:stop", "policies:sign", "risk:read")


@pytest.fixture
def web() -> Iterator[ApiClient]:
    with made_house() as house:
        yield ApiClient(host_of(house.name))


def operator(*rights: str) -> str:
    return sign_in(make_operator(permissions=frozenset(rights or ALL))).access_token


def body(who: Any, **values: Any) -> dict[str, Any]:
    return {
        "operation": "withdrawal",
        "currency": "USD",
        "customer": customer_wire(who),
        "values": values,
    }


class TestARule:
    def test_is_written_changed_and_removed_by_proposals(self, web: ApiClient) -> None:
        who, token = customer(), operator()
        made = web.post("/operator/policies/rule-proposals", body(who, max="5"), token=token)
        assert (made.status_code, made.json()["state"]) == (201, "done"), made.content
        wire = made.json()["result"]["rule"]
        shown = web.get(f"/operator/policies/rules/{wire}", token=token).json()
        assert (shown["version"], shown["owner"], shown["values"]) == (1, "customer", {"max": "5"})
        again = {**body(who, max="6"), "rule": wire, "version": 1}
        assert web.post("/operator/policies/rule-proposals", again, token=token).status_code == 201
        stale = web.post("/operator/policies/rule-proposals", again, token=token)
        assert (stale.status_code, stale.json()["field"]) == (422, "version")
        listed = web.get(
            f"/operator/policies/rules?customer={customer_wire(who)}", token=token
        ).json()["items"]
        assert [(one["version"], one["values"]) for one in listed] == [(2, {"max": "6"})]
        gone = {**again, "version": 2, "remove": True}
        assert web.post("/operator/policies/rule-proposals", gone, token=token).status_code == 201
        assert web.get(f"/operator/policies/rules/{wire}", token=token).status_code == 404

    def test_waits_for_signatures_where_the_house_has_it_signed(self, web: ApiClient) -> None:
        who, maker, second = customer(), operator(), operator()
        decide(None, RULE, band(("policies:sign", 1), currency=""))
        try:
            made = web.post("/operator/policies/rule-proposals", body(who, max="5"), token=maker)
            assert made.json()["state"] == "waiting"
            check(who, "6.00")
            path = f"/signatures/{made.json()['id']}/sign"
            digest = {"digest": made.json()["digest"]}
            assert web.post(path, digest, token=maker).json()["code"] == "maker_may_not_sign"
            assert web.post(path, digest, token=second).json()["state"] == "done"
        finally:
            decide(None, RULE, *NOBODY)
        shown = web.get(
            f"/operator/policies/explain?operation=withdrawal&currency=USD&customer={customer_wire(who)}",
            token=maker,
        ).json()["values"]
        (found,) = [one for one in shown if one["field"] == "max"]
        assert (found["value"], found["owner"]) == ("5", "customer")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"currency": ""}, "currency"),
            ({"currency": "usd"}, "currency"),
            ({"level": "verified"}, "level"),
            ({"priority": 3}, "priority"),
            ({"values": {}}, "values"),
            ({"values": {"max": "-1"}}, "values.max"),
            ({"values": {"min": "2", "max": "1"}}, "values"),
            ({"operation": "theft"}, "operation"),
            ({"version": 3}, "version"),
            (
                {"starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"},
                "ends_at",
            ),
        ],
    )
    def test_is_refused_when_it_makes_no_sense(
        self, web: ApiClient, change: Any, field: str
    ) -> None:
        asked = {**body(customer(), max="5"), **change}
        answer = web.post("/operator/policies/rule-proposals", asked, token=operator())
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.content


class TestADryRun:
    def test_tells_what_would_have_been_refused_and_priced_otherwise(self, web: ApiClient) -> None:
        shop, payer = new_company(), new_client("100.00")
        for amount in ("1.00", "2.00", "30.00"):
            assert take(shop, payer, amount).code == "done"
        asked = {
            **body(shop.customer_id, day_max="10", fee_bps=1000),
            "operation": "charge",
            "days": 7,
        }
        told = web.post("/operator/policies/dry-runs", asked, token=operator()).json()
        assert told["newly_refused"] == 1
        assert told["reasons"] == {"day_max": 1}
        assert told["priced_otherwise"] == 2
        before, after = (
            Decimal(one["amount"])
            for name in ("fees_before", "fees_after")
            for one in told[name]
            if one["currency"] == "USD"
        )
        assert after - before == Decimal("0.30")
        assert take(shop, payer, "30.00").code == "done"


class TestStops:
    def test_are_set_by_one_and_lifted_with_another(self, web: ApiClient) -> None:
        one, other = operator(), operator()
        asked = {"scope": "currency", "value": "XAU", "reason": "nobody knows the price"}
        made = web.post("/operator/policies/stops", asked, token=one)
        assert made.status_code == 201, made.content
        again = web.post("/operator/policies/stops", asked, token=one)
        assert again.json()["code"] == "stop_is_set"
        path = f"/operator/policies/stops/{made.json()['id']}/lift-proposals"
        request = web.post(path, token=one).json()
        assert request["state"] == "waiting"
        signed = web.post(
            f"/signatures/{request['id']}/sign", {"digest": request["digest"]}, token=other
        )
        assert signed.json()["state"] == "done", signed.content
        assert all(stop.value != "XAU" for stop in list_stops())

    @pytest.mark.parametrize(
        ("scope", "value"),
        [("all", "x"), ("customer", "cus_x"), ("operation", "theft"), ("currency", "")],
    )
    def test_name_what_exists(self, web: ApiClient, scope: str, value: str) -> None:
        asked = {"scope": scope, "value": value, "reason": "why not"}
        answer = web.post("/operator/policies/stops", asked, token=operator())
        assert (answer.status_code, answer.json()["field"]) == (422, "value")


class TestACustomer:
    def test_sees_what_applies_and_what_is_left(self, web: ApiClient) -> None:
        me = new_client("100.00")
        rule = write(
            customer_id=me.customer_id,
            operation=Operation.MOVEMENT,
            currency="USD",
            day_max="50",
            fee_bps=10,
            price_markup_bps=5,
        )
        check(me.customer_id, "20.00", operation=Operation.MOVEMENT)
        path = "/me/rules?operation=movement&currency=USD"
        (told,) = web.get(path, token=me.access_token).json()["items"]
        values = {one["field"]: one for one in told["values"]}
        assert values["day_max"]["value"] == "50"
        assert values["day_max"]["source"].startswith("rul_")
        assert values["month_max"] == {
            "field": "month_max",
            "value": None,
            "source": "platform",
            "owner": "platform",
        }
        assert "price_markup_bps" not in values
        path = "/me/limits?operation=movement&currency=USD"
        (window,) = web.get(path, token=me.access_token).json()["items"]
        assert (window["limit"], window["used"], window["left"]) == ("day_max", "20.00", "30.00")
        assert rule.version == 1

    def test_is_told_which_limit_and_how_much_is_left(self, web: ApiClient) -> None:
        me, other = new_client("100.00"), new_client()
        write(
            customer_id=me.customer_id, operation=Operation.MOVEMENT, currency="USD", day_max="50"
        )
        asked = {"recipient": {"wallet": other.token}, "amount": "50.01", "currency": "USD"}
        answer = web.post("/internal-movements", asked, token=me.access_token)
        assert answer.status_code == 409, answer.content
        told = answer.json()
        assert (told["code"], told["limit"], told["left"]) == ("limit_exceeded", "day_max", "50.00")
        assert other.available() == "0.00"


class TestSettings:
    def test_give_a_customer_his_own_rate_limit(self, web: ApiClient) -> None:
        me = new_client()
        token = operator()
        asked = {
            "name": "rate_user",
            "customer": customer_wire(me.customer_id),
            "value": [[2, 3600]],
        }
        answer = web.post("/operator/policies/setting-proposals", asked, token=token)
        assert answer.json()["state"] == "done", answer.content
        with override(rate_limits=True):
            seen = [web.get("/me/balances", token=me.access_token) for _ in range(3)]
        assert [one.status_code for one in seen] == [200, 200, 429]
        assert seen[0].headers["RateLimit-Limit"] == "2"
        web.post("/operator/policies/setting-proposals", {**asked, "value": None}, token=token)
        assert web.get("/me/balances", token=me.access_token).status_code == 200

    def test_give_a_house_its_own_origins(self, web: ApiClient) -> None:
        asked = {
            "Origin": "https://shop.example",
            "Access-Control-Request-Method": "POST",
        }

        def allowed(client: ApiClient) -> str | None:
            answer = client.send("OPTIONS", "/charges", key=None, headers=asked)
            return answer.headers.get("Access-Control-Allow-Origin")

        with override(allowed_origins=()):
            assert allowed(web) is None
            put = settings.put_setting
            put(name="allowed_origins", customer=None, value=["https://shop.example"], by=SYSTEM)
            try:
                assert allowed(web) == "https://shop.example"
                assert allowed(ApiClient("beta.test")) is None
            finally:
                put(name="allowed_origins", customer=None, value=None, by=SYSTEM)

    @pytest.mark.parametrize(
        ("name", "value", "field"),
        [
            ("colour", "red", "name"),
            ("time_zone", "Mars/Base", "value"),
            ("allowed_origins", ["https://a.example/path"], "value"),
            ("rate_user", [[0, 1]], "value"),
            ("rate_user", [], "value"),
        ],
    )
    def test_are_refused_when_they_mean_nothing(
        self, web: ApiClient, name: str, value: Any, field: str
    ) -> None:
        asked = {"name": name, "value": value}
        answer = web.post("/operator/policies/setting-proposals", asked, token=operator())
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.content


class TestRights:
    def test_keep_each_desk_to_its_own(self, web: ApiClient) -> None:
        reader = operator("policies:read")
        assert web.get("/operator/policies/rules", token=reader).status_code == 200
        asked = {"scope": "all", "reason": "x"}
        assert web.post("/operator/policies/stops", asked, token=reader).status_code == 403
        assert web.get("/operator/risk/cases", token=reader).status_code == 403
        with tenancy.scope("beta"):
            stranger = operator()
        assert web.get("/operator/policies/rules", token=stranger).status_code == 401
        assert not [stop for stop in list_stops() if stop.scope == "all"]
