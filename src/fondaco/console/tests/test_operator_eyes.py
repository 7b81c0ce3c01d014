"""Operators see what waits, find whatever they have a number of, and see pages as a customer does."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from fondaco.audit.queries import list_entries as list_audit
from fondaco.console.tests.staff import enter, hidden, new_operator, queries_of, text_of
from fondaco.console.tests.test_operator import (
    READING,
    ROOT,
    customer_path,
    do,
    order_path,
)
from fondaco.console.viewing import LASTS
from fondaco.identity.states import CustomerKind
from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.ids import encode
from fondaco.ledger.types import TRANSFER_PREFIX
from fondaco.operators.rights import Right
from fondaco.orders.types import Order
from fondaco.wallets.actions.cashouts import ask_cash_out
from fondaco.wallets.tests.cast import Person, new_person, usd
from fondaco.wallets.types import WALLET, CashOutAsk
from fondaco.webhooks import models as webhooks
from fondaco.webhooks.states import DeliveryState
from fondaco.webhooks.types import DELIVERY_PREFIX

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def person() -> Person:
    return new_person(CustomerKind.CLIENT, "100.00")


@pytest.fixture
def cash_out(person: Person) -> Order:
    ask = CashOutAsk(wallet_id=person.wallet_id, amount=usd("40.00"), destination="IBAN 1")
    return ask_cash_out(customer_id=person.customer_id, ask=ask, by=person.actor)


def failed_delivery(person: Person) -> str:
    """Make a delivery to an address that does not answer; gives its identifier."""
    now = clock.now()
    endpoint = webhooks.Endpoint.objects.create(
        customer_id=person.customer_id,
        url=f"https://{person.customer_id.hex}.example/hook",
        secret="whsec_x",
        seed="c2VlZA==",
        public_key="whpk_x",
        created_at=now,
        enabled_at=now,
        failures=1_000_000_000,
    )
    made = webhooks.Delivery.objects.create(
        endpoint=endpoint,
        message_id="msg_1",
        type="wallets.charge.posted",
        subject="tr_1",
        body="{}",
        state=DeliveryState.FAILED,
        due_at=now,
        created_at=now,
        ended_at=now,
    )
    return encode(DELIVERY_PREFIX, made.id)


class TestTheHome:
    def test_shows_what_waits_and_what_is_owed(
        self, client: Client, person: Person, cash_out: Order
    ) -> None:
        assert (person.available(), cash_out.state) == ("60.00", "waiting_for_operator")
        enter(client, new_operator(*READING))
        page = text_of(client.get("/console/?days=7"))
        assert re.search(r"Cash-outs to pay ([1-9]\d*|99\+) ", page)
        assert "Owed to customers, and held for it" in page
        assert "Failed jobs" not in page  # without that right

    def test_asks_the_database_once_for_each_queue(self, client: Client) -> None:
        enter(client, new_operator(*Right))
        queues, sums, who = 8, 4, 6  # and the rules of policies, where they are a second old
        assert queries_of(client, "/console/") <= queues + sums + who + 4

    def test_shows_an_operator_without_rights_his_signatures_alone(self, client: Client) -> None:
        enter(client, new_operator())
        page = text_of(client.get("/console/"))
        assert "Waiting for my signature" in page
        assert "Cash-outs to pay" not in page
        assert "Owed to customers" not in page


class TestSearch:
    def test_goes_straight_to_what_is_named_exactly(
        self, client: Client, person: Person, cash_out: Order
    ) -> None:
        enter(client, new_operator(*READING))
        wallet = f"{ROOT}/wallets/{encode(WALLET, person.wallet_id)}"
        code = f"wallets:{encode(WALLET, person.wallet_id)}:USD"
        assert cash_out.reference is not None
        transfer = encode(TRANSFER_PREFIX, cash_out.reference)
        for asked, there in (
            (person.email, customer_path(person)),
            (customer_wire(person.customer_id), customer_path(person)),
            (person.token, wallet),
            (encode(WALLET, person.wallet_id), wallet),
            (cash_out.wire_id, order_path(cash_out)),
            (transfer, f"{ROOT}/books/transfers/{transfer}"),
            (code, f"{ROOT}/books/accounts/{code}"),
        ):
            found = client.get(f"{ROOT}/search", {"q": asked})
            assert (asked, found.status_code, found["Location"]) == (asked, 303, there)

    def test_goes_to_the_delivery_of_a_webhook(self, client: Client, person: Person) -> None:
        enter(client, new_operator(Right.CUSTOMERS_READ))
        wire_id = failed_delivery(person)
        there = f"{ROOT}/webhooks/deliveries/{wire_id}"
        assert client.get(f"{ROOT}/search", {"q": wire_id})["Location"] == there
        assert customer_path(person) in client.get(there).content.decode()
        failing = client.get(f"{ROOT}/webhooks/failing").content.decode()
        assert (person.customer_id.hex in failing, customer_path(person) in failing) == (True, True)
        webhooks.Endpoint.objects.filter(customer_id=person.customer_id).update(failures=0)

    def test_lists_customers_by_a_part_of_the_name(self, client: Client) -> None:
        company = new_person(CustomerKind.COMPANY)
        enter(client, new_operator(Right.CUSTOMERS_READ))
        page = client.get(f"{ROOT}/search", {"q": "chant and S"}).content.decode()
        assert customer_path(company) in page

    @pytest.mark.parametrize("asked", ["ord_0123456789abcdefghjkmnpqrs", "wt_x", "=1+1", "ord_"])
    def test_says_where_nothing_is_found(self, client: Client, asked: str) -> None:
        enter(client, new_operator(*READING))
        assert "Nothing is called" in text_of(client.get(f"{ROOT}/search", {"q": asked}))

    def test_tells_nobody_of_what_he_may_not_see(self, client: Client, person: Person) -> None:
        enter(client, new_operator(Right.JOBS_READ))
        for asked in (person.email, person.token, customer_wire(person.customer_id)):
            assert client.get(f"{ROOT}/search", {"q": asked}).status_code == 200


class TestViewing:
    @pytest.fixture
    def seen(self, client: Client, person: Person) -> Client:
        enter(client, new_operator(*READING))
        begun = do(client, customer_path(person), "view", reason="he called us")
        assert (begun.status_code, begun["Location"]) == (303, "/console/")
        return client

    def test_shows_the_customers_pages_with_a_banner(self, seen: Client, person: Person) -> None:
        for path in ("", "wallets", "activity"):
            page = text_of(seen.get(f"/console/{path}"))
            assert "You see the pages of" in page
        assert "100 .00 USD" in text_of(seen.get("/console/"))
        wallet = seen.get(f"/console/wallets/{person.wallet.wire_id}").content.decode()
        assert "Only the customer sees it." in wallet
        assert person.token not in wallet

    def test_writes_each_page_into_the_audit(self, seen: Client, person: Person) -> None:
        seen.get(f"/console/wallets/{person.token}")
        rows = list_audit(subject=customer_wire(person.customer_id)).items
        found = [(one.action, one.detail) for one in rows if "viewing" in one.action]
        assert found == [
            (
                "console.viewing.page",
                {"path": "/console/wallets/wt_…", "reason": "he called us"},
            ),
            ("console.viewing.begin", {"reason": "he called us"}),
        ]
        assert {one.actor.partition(":")[0] for one in rows[:2]} == {"operator"}

    def test_changes_nothing(self, seen: Client, person: Person) -> None:
        path = f"/console/wallets/{person.wallet.wire_id}"
        given = hidden(seen, path) | {"amount": "5.00", "currency": "USD"}
        assert seen.post(path, given).status_code == 403
        assert person.available() == "100.00"

    @pytest.mark.parametrize(
        "path", ["security", "operator/customers", "operator/orders", "components"]
    )
    def test_leaves_shut_what_is_the_customers_own_or_the_houses(
        self, seen: Client, path: str
    ) -> None:
        assert seen.get(f"/console/{path}").status_code == 403

    def test_ends_by_its_button(self, seen: Client, person: Person) -> None:
        given = hidden(seen, "/console/", "End the view")
        ended = seen.post(f"{ROOT}/end-view", given)
        assert (ended.status_code, ended["Location"]) == (303, customer_path(person))
        assert "You see the pages of" not in text_of(seen.get("/console/"))
        assert seen.get("/console/wallets").status_code == 403

    def test_ends_by_itself(self, seen: Client, person: Person) -> None:
        later = clock.now() + LASTS + timedelta(seconds=1)
        with clock.set_to(later):
            assert "You see the pages of" not in text_of(seen.get("/console/"))
            assert seen.get(customer_path(person)).status_code == 200

    def test_is_of_one_session_alone(self, seen: Client, person: Person) -> None:
        assert seen.get("/console/wallets").status_code == 200
        other = enter(
            Client(enforce_csrf_checks=True, SERVER_NAME="localhost"), new_operator(*READING)
        )
        assert other.get("/console/wallets").status_code == 403

    def test_needs_a_reason_and_the_right(self, client: Client, person: Person) -> None:
        enter(client, new_operator(Right.CUSTOMERS_READ, Right.WALLETS_READ))
        assert do(client, customer_path(person), "view", reason=" ").status_code == 422
        client.cookies.clear()
        enter(client, new_operator(Right.CUSTOMERS_READ))
        given = hidden(client, customer_path(person)) | {"deed": "view", "key": "k", "reason": "x"}
        assert client.post(customer_path(person), given).status_code == 403
