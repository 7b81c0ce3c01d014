"""Operators see customers, money and orders, and do exactly what state and rights allow."""

import re
from typing import Any, Final

import pytest
from django.test import Client

from fondaco.audit.queries import list_entries as list_audit
from fondaco.console.tests.staff import enter, hidden, new_operator, queries_of, text_of
from fondaco.identity.queries import get_customer
from fondaco.identity.states import CustomerKind, Level
from fondaco.identity.types import customer_wire
from fondaco.kit import options
from fondaco.kit.ids import encode
from fondaco.operators.rights import Right
from fondaco.orders.queries import get_order
from fondaco.orders.types import Order
from fondaco.wallets.actions.cashouts import ask_cash_out
from fondaco.wallets.queries.accounts import list_accounts
from fondaco.wallets.tests.cast import Person, new_person, usd
from fondaco.wallets.types import WALLET, CashOutAsk

pytestmark = pytest.mark.usefixtures("tenant")

ROOT: Final = "/console/operator"
GROUNDS: Final = {"reason": "paid by bank", "evidence": "MT103 4711"}
READING: Final = (
    Right.CUSTOMERS_READ,
    Right.WALLETS_READ,
    Right.LEDGER_READ,
    Right.EXCHANGE_READ,
)
PAGES: Final = {
    "customers": Right.CUSTOMERS_READ,
    "verifications": Right.CUSTOMERS_READ,
    "batches": Right.EXCHANGE_READ,
    "books/transfers": Right.LEDGER_READ,
    "books/accounts": Right.LEDGER_READ,
    "books/trial-balance": Right.LEDGER_READ,
}


@pytest.fixture
def client(tenant: Any) -> Any:
    with options.override(default_tenant=tenant.name, rate_limits=False):
        yield Client(enforce_csrf_checks=True, SERVER_NAME="localhost")


@pytest.fixture
def person() -> Person:
    return new_person(CustomerKind.CLIENT, "100.00")


@pytest.fixture
def cash_out(person: Person) -> Order:
    ask = CashOutAsk(wallet_id=person.wallet_id, amount=usd("40.00"), destination="IBAN 1")
    return ask_cash_out(customer_id=person.customer_id, ask=ask, by=person.actor)


def order_path(order: Order) -> str:
    return f"{ROOT}/orders/{order.wire_id}"


def customer_path(person: Person) -> str:
    return f"{ROOT}/customers/{customer_wire(person.customer_id)}"


def do(client: Client, path: str, deed: str, **given: str) -> Any:
    """Send the form of a deed as it stands on the page."""
    return client.post(path, hidden(client, path, f'value="{deed}"') | given)


class TestRights:
    @pytest.mark.parametrize("path", sorted(PAGES))
    def test_are_those_of_the_operation(self, client: Client, path: str) -> None:
        enter(client, new_operator(PAGES[path]))
        assert client.get(f"{ROOT}/{path}").status_code == 200
        client.cookies.clear()
        enter(client, new_operator(*(set(Right) - {PAGES[path]})))
        assert client.get(f"{ROOT}/{path}").status_code == 403

    @pytest.mark.parametrize("path", [*sorted(PAGES), "orders"])
    def test_of_customers_lead_nowhere_here(
        self, client: Client, person: Person, path: str
    ) -> None:
        given = hidden(client, "/console/login")
        client.post(
            "/console/login",
            given | {"identifier": person.email, "password": "violet-harbour-27-lanterns"},
        )
        assert client.get("/console/wallets").status_code == 200
        assert client.get(f"{ROOT}/{path}").status_code == 403

    @pytest.mark.parametrize(
        "path",
        [
            "customers/cus_0123456789abcdefghjkmnpqrs",
            "customers/nonsense",
            "verifications/kyc_0123456789abcdefghjkmnpqrs",
            "wallets/wal_0123456789abcdefghjkmnpqrs",
            "orders/ord_0123456789abcdefghjkmnpqrs",
            "batches/bat_0123456789abcdefghjkmnpqrs",
            "books/transfers/tr_0123456789abcdefghjkmnpqrs",
            "books/accounts/nobodys:account",
        ],
    )
    def test_show_nothing_that_is_not_there(self, client: Client, path: str) -> None:
        enter(client, new_operator(*READING))
        assert client.get(f"{ROOT}/{path}").status_code == 404


class TestACashOut:
    def test_shows_no_button_without_the_right(self, client: Client, cash_out: Order) -> None:
        enter(client, new_operator(Right.WALLETS_READ))
        page = client.get(order_path(cash_out)).content.decode()
        assert "IBAN 1" in page
        assert 'name="deed"' not in page

    def test_is_not_decided_without_the_right(
        self, client: Client, person: Person, cash_out: Order
    ) -> None:
        enter(client, new_operator(Right.WALLETS_READ))
        given = hidden(client, order_path(cash_out)) | {"deed": "confirm", "key": "k" * 20}
        assert client.post(order_path(cash_out), given | GROUNDS).status_code == 403
        assert get_order(order_id=cash_out.id).state == "waiting_for_operator"
        assert person.available() == "60.00"

    def test_is_confirmed_once_however_often_it_is_sent(
        self, client: Client, person: Person, cash_out: Order
    ) -> None:
        enter(client, new_operator(Right.WALLETS_READ, Right.WALLETS_CASH_OUT))
        path = order_path(cash_out)
        given = hidden(client, path, 'value="confirm"') | GROUNDS
        sent = [client.post(path, given) for _ in range(2)]
        assert sent[0]["Location"] == f"{path}?done=confirm"
        assert sent[1].status_code == 403  # the state allows it no more
        assert get_order(order_id=cash_out.id).state == "closed"
        assert person.wallet.balances[0].total == usd("60.00")
        page = text_of(client.get(f"{path}?done=confirm"))
        assert "The cash-out is confirmed" in page
        assert "paid by bank" in page

    def test_is_rejected_with_its_money_back(
        self, client: Client, person: Person, cash_out: Order
    ) -> None:
        enter(client, new_operator(Right.WALLETS_READ, Right.WALLETS_CASH_OUT))
        assert do(client, order_path(cash_out), "reject", **GROUNDS).status_code == 303
        assert person.available() == "100.00"

    def test_is_not_decided_without_grounds(
        self, client: Client, person: Person, cash_out: Order
    ) -> None:
        enter(client, new_operator(Right.WALLETS_READ, Right.WALLETS_CASH_OUT))
        refused = do(client, order_path(cash_out), "confirm", reason="", evidence="x")
        assert (refused.status_code, 'role="alert"' in refused.content.decode()) == (422, True)
        assert get_order(order_id=cash_out.id).state == "waiting_for_operator"

    def test_needs_the_form_of_this_site(self, client: Client, cash_out: Order) -> None:
        enter(client, new_operator(Right.WALLETS_READ, Right.WALLETS_CASH_OUT))
        given = GROUNDS | {"deed": "confirm", "key": "k" * 20}
        assert client.post(order_path(cash_out), given).status_code == 403
        assert get_order(order_id=cash_out.id).state == "waiting_for_operator"


class TestACustomer:
    def test_is_found_by_the_beginning_of_his_e_mail(self, client: Client, person: Person) -> None:
        enter(client, new_operator(Right.CUSTOMERS_READ))
        page = client.get(f"{ROOT}/customers?text={person.email[:20]}").content.decode()
        assert customer_path(person) in page

    @pytest.mark.parametrize("query", ["group=nonsense", "kind=x", "standing=x", "level=x"])
    def test_is_not_looked_for_by_what_there_is_not(self, client: Client, query: str) -> None:
        enter(client, new_operator(Right.CUSTOMERS_READ))
        assert client.get(f"{ROOT}/customers?{query}").status_code == 422

    def test_shows_money_to_those_alone_who_may_see_it(
        self, client: Client, person: Person
    ) -> None:
        enter(client, new_operator(Right.CUSTOMERS_READ))
        assert "USD" not in text_of(client.get(customer_path(person)))
        client.cookies.clear()
        enter(client, new_operator(Right.CUSTOMERS_READ, Right.WALLETS_READ))
        assert "100 .00 USD" in text_of(client.get(customer_path(person)))

    def test_is_shut_out_and_let_in_again(self, client: Client, person: Person) -> None:
        enter(client, new_operator(Right.CUSTOMERS_READ, Right.CUSTOMERS_DISABLE))
        path = customer_path(person)
        assert do(client, path, "disable", reason="stolen papers").status_code == 303
        assert get_customer(person.customer_id).disabled_at is not None
        assert do(client, path, "enable", reason="found again").status_code == 303
        assert get_customer(person.customer_id).disabled_at is None
        actions = [
            one.action for one in list_audit(subject=customer_wire(person.customer_id)).items
        ]
        assert {"identity.customer.disable", "identity.customer.enable"} <= set(actions)

    def test_gets_only_levels_that_follow_his_own(self, client: Client, person: Person) -> None:
        enter(client, new_operator(Right.CUSTOMERS_READ, Right.CUSTOMERS_LEVEL))
        path = customer_path(person)
        refused = do(client, path, "level", level="business", reason="seen")
        assert (refused.status_code, get_customer(person.customer_id).level) == (
            422,
            Level.NOT_VERIFIED,
        )
        assert do(client, path, "level", level="verified", reason="seen").status_code == 303
        assert get_customer(person.customer_id).level == Level.VERIFIED

    def test_asks_the_database_little(self, client: Client, person: Person) -> None:
        enter(client, new_operator(*READING))
        assert queries_of(client, customer_path(person)) <= 12


class TestAWallet:
    def test_shows_what_it_holds_and_never_its_token(self, client: Client, person: Person) -> None:
        enter(client, new_operator(Right.WALLETS_READ))
        page = client.get(f"{ROOT}/wallets/{encode(WALLET, person.wallet_id)}")
        assert "100 .00 USD" in text_of(page)
        assert person.token not in page.content.decode()

    def test_is_blocked_and_let_go(self, client: Client, person: Person) -> None:
        enter(client, new_operator(Right.WALLETS_READ, Right.WALLETS_FREEZE))
        path = f"{ROOT}/wallets/{encode(WALLET, person.wallet_id)}"
        assert do(client, path, "block", reason="a court's order").status_code == 303
        assert person.wallet.state == "blocked"
        assert do(client, path, "unblock", reason="it is lifted").status_code == 303
        assert person.wallet.state == "open"


class TestTheBooks:
    def test_lead_from_an_account_to_a_transfer_and_its_order(
        self, client: Client, person: Person, cash_out: Order
    ) -> None:
        enter(client, new_operator(*READING))
        code = f"wallets:{encode(WALLET, person.wallet_id)}:USD"
        assert list_accounts(wallet_id=person.wallet_id)
        page = client.get(f"{ROOT}/books/accounts/{code}")
        assert "Least that may be available" in text_of(page)
        found = re.findall(rf'href="({ROOT}/books/transfers/tr_\w+)"', page.content.decode())
        transfer = client.get(found[0])
        assert order_path(cash_out) in transfer.content.decode()

    def test_print_a_statement(self, client: Client, person: Person) -> None:
        enter(client, new_operator(Right.LEDGER_READ))
        code = f"wallets:{encode(WALLET, person.wallet_id)}:USD"
        answer = client.get(f"{ROOT}/books/accounts/{code}/statement.pdf")
        assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")

    def test_balance(self, client: Client, person: Person) -> None:
        enter(client, new_operator(Right.LEDGER_READ))
        assert person.available() == "100.00"
        page = text_of(client.get(f"{ROOT}/books/trial-balance"))
        assert "not balanced" not in page
        assert client.get(f"{ROOT}/books/trial-balance?on=2001-01-01").status_code in {200, 409}
