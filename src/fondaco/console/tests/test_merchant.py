"""Merchants charge, capture, give back, and are told of it; nobody sees another one's charges."""

from collections.abc import Iterator
from typing import Any

import pytest

from fondaco.console.tests.browsing import Browser, browsing
from fondaco.kit.ids import encode
from fondaco.wallets.actions.refunds import refund
from fondaco.wallets.tests.cast import (
    Person,
    charge_id_of,
    hear,
    new_client,
    new_company,
    take,
    usd,
)
from fondaco.webhooks import queries as webhooks

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def shop() -> Person:
    return new_company()


@pytest.fixture
def payer() -> Person:
    return new_client("500.00")


@pytest.fixture
def browser(tenant: Any, shop: Person) -> Iterator[Browser]:
    with browsing(tenant.name) as one:
        yield one.log_in(shop)


def held(shop: Person, payer: Person, amount: str) -> str:
    return encode("tr", charge_id_of(take(shop, payer, amount, capture=False, summary="Sofa")))


class TestCharging:
    def test_takes_money_from_a_token_once(
        self, browser: Browser, shop: Person, payer: Person
    ) -> None:
        given = browser.hidden("merchant/charges/new") | {
            "wallet": payer.token,
            "amount": "12.50",
            "currency": "usd",
            "summary": "A lamp",
        }
        sent = [browser.client.post("/console/merchant/charges/new", given) for _ in range(2)]
        assert [one.status_code for one in sent] == [303, 303]
        assert (shop.available(), payer.available()) == ("12.50", "487.50")
        assert "A lamp" in browser.text("merchant/charges")

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"amount": "-1"}, "Write an amount above zero."),
            ({"amount": "12,5"}, "Write it like 12.50"),
            ({"currency": "XXQ"}, "id_currency_error"),
            ({"wallet": "wtk_nobodys"}, "id_wallet_error"),
            ({"amount": "900.00"}, "note bad"),
        ],
    )
    def test_says_beside_the_field_what_is_wrong(
        self, browser: Browser, shop: Person, payer: Person, given: dict[str, str], told: str
    ) -> None:
        usual = {"wallet": payer.token, "amount": "1.00", "currency": "USD"}
        refused = browser.send("merchant/charges/new", usual | given)
        assert refused.status_code == 422
        assert told in refused.content.decode()
        assert payer.available() == "500.00"

    def test_is_for_companies(self, tenant: Any, payer: Person) -> None:
        with browsing(tenant.name) as other:
            other.log_in(payer)
            assert other.open("merchant/charges").status_code == 403
            assert "/console/merchant" not in other.text("")


class TestACharge:
    def test_is_captured_in_part_and_given_back_in_part(
        self, browser: Browser, shop: Person, payer: Person
    ) -> None:
        wire_id = held(shop, payer, "80.00")
        page = f"merchant/charges/{wire_id}"
        assert "held" in browser.text(page)
        taken = browser.send(f"{page}/capture", {"amount": "60.00"}, on=page)
        assert taken["Location"] == f"/console/{page}?done=captured"
        assert (shop.available(), payer.available()) == ("60.00", "440.00")
        back = browser.send(f"{page}/refund", {"amount": "10.00", "summary": "A scratch"}, on=page)
        assert back.status_code == 303
        assert (shop.available(), payer.available()) == ("50.00", "450.00")
        shown = browser.text(page)
        assert "A scratch" in shown
        assert "partly given back" in shown
        assert "/capture" not in shown

    def test_is_released(self, browser: Browser, shop: Person, payer: Person) -> None:
        page = f"merchant/charges/{held(shop, payer, '80.00')}"
        assert browser.send(f"{page}/void", {}, on=page).status_code == 303
        assert payer.available() == "500.00"
        assert "released" in browser.text("merchant/charges")

    def test_gives_back_no_more_than_was_taken(
        self, browser: Browser, shop: Person, payer: Person
    ) -> None:
        taken = charge_id_of(take(shop, payer, "20.00"))
        page = f"merchant/charges/{encode('tr', taken)}"
        refused = browser.send(f"{page}/refund", {"amount": "20.01"}, on=page)
        assert refused.status_code == 422
        assert 'value="20.01"' in refused.content.decode()
        assert shop.available() == "20.00"

    def test_that_ended_meanwhile_says_so(
        self, browser: Browser, shop: Person, payer: Person
    ) -> None:
        page = f"merchant/charges/{held(shop, payer, '80.00')}"
        late = browser.hidden(page, action=f"{page}/capture") | {"amount": "80.00"}
        assert browser.send(f"{page}/void", {}, on=page).status_code == 303
        refused = browser.client.post(f"/console/{page}/capture", late)
        assert refused.status_code == 422
        assert payer.available() == "500.00"
        assert 'class="note bad"' in refused.content.decode()

    def test_of_another_shop_is_not_there(self, tenant: Any, shop: Person, payer: Person) -> None:
        wire_id = held(shop, payer, "80.00")
        with browsing(tenant.name) as other:
            other.log_in(new_company())
            page = f"merchant/charges/{wire_id}"
            assert other.open(page).status_code == 404
            given = other.hidden("merchant/charges/new")
            for what in ("capture", "void", "refund"):
                sent = other.client.post(f"/console/{page}/{what}", given | {"amount": "1.00"})
                assert sent.status_code == 404
        assert payer.available() == "420.00"


class TestTheLists:
    def test_tell_totals_of_the_day(self, browser: Browser, shop: Person, payer: Person) -> None:
        first = charge_id_of(take(shop, payer, "30.00"))
        take(shop, payer, "12.00")
        hear(
            refund,
            charge_id=first,
            merchant_id=shop.customer_id,
            amount=usd("5.00"),
            by=shop.actor,
        )
        shown = browser.text("merchant/")
        data = shown.partition('id="chart-days"')[2].partition("</script>")[0]
        assert all(f'"{amount}"' in data for amount in ("42.00", "5.00", "37.00"))
        assert "2 payments" in shown

    @pytest.mark.parametrize("query", ["since=x", "since=2020-01-01", "currency=XXQ"])
    def test_say_what_is_wrong_with_a_time(self, browser: Browser, query: str) -> None:
        answer = browser.open(f"merchant/?{query}")
        assert answer.status_code == 200
        assert 'class="error"' in answer.content.decode()

    def test_narrow_and_leave_as_a_file(
        self, browser: Browser, shop: Person, payer: Person
    ) -> None:
        take(shop, payer, "30.00", summary="=cmd()")
        take(shop, payer, "31.00", summary="A chair")
        take(shop, payer, "9999.00", summary="A castle")
        refused = browser.text("merchant/charges?outcome=refused")
        assert ("A castle" in refused, "A chair" in refused) == (True, False)
        assert "A chair" in browser.text("merchant/charges?text=CHAIR")
        assert "No charge fits" in browser.text("merchant/charges?text=nothing-like-it")
        answer = browser.open("merchant/charges.csv?outcome=done")
        lines = b"".join(answer.streaming_content).decode().splitlines()
        assert len(lines) == 3
        assert "'=cmd()" in lines[2]
        assert answer["Content-Disposition"] == 'attachment; filename="charges.csv"'


class TestWebhooks:
    def test_show_the_secret_once_and_log_what_is_sent(
        self, browser: Browser, shop: Person
    ) -> None:
        given = browser.hidden("merchant/webhooks") | {
            "url": "https://hooks.example.com/in",
            "types": ["wallets.charge.posted"],
        }
        made = [browser.client.post("/console/merchant/webhooks", given) for _ in range(2)]
        assert [one.status_code for one in made] == [200, 200]
        assert "whsec_" in made[0].content.decode()
        (endpoint,) = webhooks.list_endpoints(customer_id=shop.customer_id)
        page = f"merchant/webhooks/{encode('whe', endpoint.id)}"
        assert "whsec_" not in browser.text(page)
        assert browser.send(f"{page}/test", {}, on=page).status_code == 303
        assert "webhooks.endpoint.tested" in browser.text(f"{page}?state=waiting")
        assert "Nothing is in this state" in browser.text(f"{page}?state=failed")
        (sent,) = webhooks.list_deliveries(
            endpoint_id=endpoint.id, customer_id=shop.customer_id
        ).items
        message = f"merchant/deliveries/{encode('whd', sent.id)}"
        assert "It was not tried yet" in browser.text(message)
        again = browser.send(f"{message}/resend", {}, on=message)
        assert again["Location"] == f"/console/{message}?done=resent"

    def test_are_switched_off_and_on_and_taken_away(self, browser: Browser, shop: Person) -> None:
        browser.send("merchant/webhooks", {"url": "https://hooks.example.com/in"})
        (endpoint,) = webhooks.list_endpoints(customer_id=shop.customer_id)
        page = f"merchant/webhooks/{encode('whe', endpoint.id)}"
        browser.send(f"{page}/disable", {}, on=page)
        assert "you switched it off" in browser.text(page)
        browser.send(f"{page}/enable", {}, on=page)
        assert "you switched it off" not in browser.text(page)
        assert "whsec_" in browser.send(f"{page}/secret", {}, on=page).content.decode()
        assert browser.send(f"{page}/delete", {}, on=page).status_code == 303
        assert webhooks.list_endpoints(customer_id=shop.customer_id) == []

    def test_say_what_is_wrong_with_an_address(self, browser: Browser, shop: Person) -> None:
        refused = browser.send("merchant/webhooks", {"url": "https://127.0.0.1/"})
        assert refused.status_code == 422
        assert "id_url_error" in refused.content.decode()
        assert webhooks.list_endpoints(customer_id=shop.customer_id) == []

    def test_of_others_are_not_there(self, tenant: Any, browser: Browser, shop: Person) -> None:
        browser.send("merchant/webhooks", {"url": "https://hooks.example.com/in"})
        (endpoint,) = webhooks.list_endpoints(customer_id=shop.customer_id)
        page = f"merchant/webhooks/{encode('whe', endpoint.id)}"
        with browsing(tenant.name) as other:
            other.log_in(new_company())
            assert other.open(page).status_code == 404
            given = other.hidden("merchant/webhooks")
            for what in ("test", "enable", "disable", "delete", "secret"):
                assert other.client.post(f"/console/{page}/{what}", given).status_code == 404
            assert other.open("merchant/deliveries/whd_nothing").status_code == 404
