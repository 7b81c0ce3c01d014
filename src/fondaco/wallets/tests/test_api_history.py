"""History, statements and sums over HTTP."""

from typing import Any

import pytest

from fondaco.identity.states import StaffRole
from fondaco.kit.django import tenancy
from fondaco.kit.ids import encode
from fondaco.wallets.tests.cast import charge_id_of, new_client, new_company, new_operator, take
from fondaco.wallets.types import TRANSFER

pytestmark = pytest.mark.usefixtures("tenant")


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

    def test_says_of_a_refused_attempt_what_its_caller_was_told(self, api: Any) -> None:
        client, company = new_client("50.00"), new_company("1.00")
        charge = encode(TRANSFER, charge_id_of(take(company, client, "5.00")))
        body = {"amount": {"amount": "5.01"}}
        told = [
            api.post(f"/charges/{charge}/refunds", body, token=company.access_token).json()["code"],
            take(company, client, "46.00").code,
        ]
        frozen = f"/wallets/{client.token}/freeze"
        assert api.post(frozen, token=client.access_token).status_code == 200
        told.append(take(company, client, "1.00").code)
        assert told == ["exceeds_charge", "insufficient_funds", "wallet_frozen"]
        for person in (client, company):
            path = f"/wallets/{person.token}/history?success=false"
            items = api.get(path, token=person.access_token).json()["items"]
            assert [one["refusal"] for one in reversed(items)] == told

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

    def test_are_successes_so_that_no_other_can_be_asked_for(self, api: Any) -> None:
        answer = api.get("/transactions?success=false", token=new_client().access_token)
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")
        assert answer.json()["field"] == "success"

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
