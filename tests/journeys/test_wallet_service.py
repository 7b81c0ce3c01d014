"""The examples of the wallet service (system 004), each in its order: what it promises, asked of our API."""

from typing import Any
from uuid import uuid4

import pytest

from fondaco.identity.tests.people import unique
from tests.plumbing.api import ApiClient

PASSWORD = "violet-harbour-27-lanterns"


@pytest.fixture
def house(api: ApiClient) -> ApiClient:
    """Give a client of the house that all tests share."""
    return api


def sign_up(house: ApiClient, kind: str, **more: str) -> dict[str, Any]:
    """Sign up somebody new as the service's examples do; gives the answer, with his e-mail address."""
    email = f"{unique()}@example.com"
    body = {
        "kind": kind,
        "email": email,
        "password": PASSWORD,
        "first_name": "Ada",
        "last_name": "Lovelace",
        "phone": f"+346{uuid4().int % 10**8:08d}",
        **more,
    }
    answer = house.post("/auth/register", body)
    assert answer.status_code == 201, answer.json()
    return {**answer.json(), "email": email}


class TestAClient:
    def test_signs_up_logs_in_and_logs_out(self, house: ApiClient) -> None:
        ada = sign_up(house, "client")
        assert ada["access_token"]
        body = {"identifier": ada["email"], "password": PASSWORD}
        token = house.post("/auth/login", body).json()["access_token"]
        assert house.get("/wallets", token=token).status_code == 200
        assert house.post("/auth/logout", {}, token=token).status_code == 204
        assert house.get("/wallets", token="nonsense").status_code == 401
        wrong = house.post("/auth/login", {**body, "password": "something else entirely"})
        assert wrong.status_code == 401

    def test_creates_tops_up_and_looks_at_wallets(self, house: ApiClient) -> None:
        token = sign_up(house, "client")["access_token"]
        created = house.post("/wallets", {}, token=token).json()
        assert created["balances"][0]["total"] == "0.00"
        deposit = house.post(f"/wallets/{created['token']}/top-ups", {"amount": 25}, token=token)
        assert deposit.status_code == 201
        assert deposit.json()["balance"]["amount"] == "25.00"
        info = house.get(f"/wallets/{created['token']}", token=token).json()
        assert info["balances"][0]["available"] == "25.00"
        listed = house.get("/wallets", token=token).json()["items"]
        assert [one["balances"][0]["total"] for one in listed] == ["25.00", "0.00"]

    def test_may_not_charge(self, house: ApiClient) -> None:
        ada = sign_up(house, "client")
        body = {"wallet": ada["wallet"]["token"], "amount": 1, "summary": "no"}
        assert house.post("/charges", body, token=ada["access_token"]).status_code == 403


class TestACommerce:
    def test_charges_a_wallet_and_both_see_it(self, house: ApiClient) -> None:
        ada, shop = self._meet(house, "30.00")
        charged = self._charge(house, shop, ada, 12.5)
        assert charged.status_code == 201
        assert charged.json()["balance"]["amount"] == "12.50"
        for person, wallet in ((ada, ada["wallet"]), (shop, shop["wallet"])):
            path = f"/wallets/{wallet['token']}/history"
            line = house.get(path, token=person["access_token"]).json()["items"][0]
            assert (line["source"], line["target"]) == (ada["wallet"]["id"], shop["wallet"]["id"])
            assert (line["summary"], line["success"]) == ("a chair", True)
            assert line["amount"] == {"amount": "12.50", "currency": "USD"}
            assert line["date"]

    def test_finds_failed_attempts_in_the_history_too(self, house: ApiClient) -> None:
        ada, shop = self._meet(house, "10.00")
        refused = self._charge(house, shop, ada, 10.01)
        assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_funds")
        for person in (ada, shop):
            path = f"/wallets/{person['wallet']['id']}/history"
            line = house.get(path, token=person["access_token"]).json()["items"][0]
            assert (line["success"], line["amount"]["amount"]) == (False, "10.01")

    def test_never_charges_twice_for_a_request_that_it_repeats(self, house: ApiClient) -> None:
        ada, shop = self._meet(house, "30.00")
        answers = [self._charge(house, shop, ada, 10, key="order-7") for _ in range(3)]
        assert len({answer.content for answer in answers}) == 1
        info = house.get(f"/wallets/{ada['wallet']['id']}", token=ada["access_token"]).json()
        assert info["balances"][0]["total"] == "20.00"

    def test_has_one_wallet_and_never_charges_itself(self, house: ApiClient) -> None:
        _, shop = self._meet(house, "1.00")
        second = house.post("/wallets", {}, token=shop["access_token"])
        assert (second.status_code, second.json()["code"]) == (409, "wallet_limit_reached")
        itself = self._charge(house, shop, shop, 1)
        assert (itself.status_code, itself.json()["code"]) == (409, "own_wallet")

    def test_may_be_charged_by_another_commerce(self, house: ApiClient) -> None:
        _, shop = self._meet(house, "1.00")
        other = sign_up(house, "company", name="The Mill")
        path = f"/wallets/{shop['wallet']['token']}/top-ups"
        house.post(path, {"amount": "5"}, token=shop["access_token"])
        assert self._charge(house, other, shop, 5).status_code == 201

    def test_charges_many_at_once(self, house: ApiClient) -> None:
        ada, shop = self._meet(house, "3.00")
        item = {"wallet": ada["wallet"]["token"], "amount": "1.00", "summary": "subscription"}
        body = {"charges": [item] * 4}
        told = house.post("/charges/batches", body, token=shop["access_token"]).json()
        assert [one["status"] for one in told["items"]] == [201, 201, 201, 409]

    def _meet(self, house: ApiClient, funds: str) -> tuple[dict[str, Any], dict[str, Any]]:
        ada = sign_up(house, "client")
        shop = sign_up(
            house,
            "company",
            name="The Shop",
            url="https://shop.example",
        )
        path = f"/wallets/{ada['wallet']['token']}/top-ups"
        house.post(path, {"amount": funds}, token=ada["access_token"])
        return ada, shop

    def _charge(
        self,
        house: ApiClient,
        merchant: dict[str, Any],
        payer: dict[str, Any],
        amount: float,
        *,
        key: str = "charge-1",
    ) -> Any:
        body = {"wallet": payer["wallet"]["token"], "amount": amount, "summary": "a chair"}
        return house.post("/charges", body, token=merchant["access_token"], key=key)
