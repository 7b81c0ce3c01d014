"""Pages about money: whose they are, what they cost, and that each form acts once."""

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import pytest
from django.test import Client

from fondaco.console.tests.test_console import hidden, log_in
from fondaco.exchange.tests.cast import Stall, stall
from fondaco.identity.states import CustomerKind
from fondaco.kit import clock
from fondaco.wallets.actions.movements import send_money
from fondaco.wallets.actions.requests import ask_payment
from fondaco.wallets.tests.cast import Person, new_person, take, usd
from fondaco.wallets.types import MovementAsk, Recipient, RequestAsk
from tests.plumbing.counting import count_queries

pytestmark = pytest.mark.usefixtures("tenant")

QUERIES_MAX: Final = 12


@pytest.fixture
def person() -> Person:
    return new_person(CustomerKind.CLIENT, "250.00")


@pytest.fixture
def friend() -> Person:
    return new_person(CustomerKind.CLIENT, "10.00")


@pytest.fixture
def shop() -> Iterator[Stall]:
    """A coin at 20.00 dollars, which a venue sells."""
    with stall("20.00") as opened:
        yield opened


def asked(of: Person, by: Person, amount: str = "7.00") -> str:
    """Ask somebody for money; gives the request's page."""
    made = ask_payment(
        customer_id=by.customer_id,
        ask=RequestAsk(wallet_id=by.wallet_id, payer=Recipient(email=of.email), amount=usd(amount)),
        by=by.actor,
    )
    return f"/console/requests/{made.wire_id}"


def sent(by: Person, to: Person, amount: str = "3.00") -> str:
    """Send money; gives the order's page."""
    made = send_money(
        customer_id=by.customer_id,
        ask=MovementAsk(
            wallet_id=by.wallet_id, recipient=Recipient(email=to.email), amount=usd(amount)
        ),
        by=by.actor,
    )
    return f"/console/orders/{made.wire_id}"


def text_of(answer: Any) -> str:
    """Give what can be read on a page, spaces alike."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def streamed(answer: Any) -> str:
    """Give what is sent in parts."""
    return b"".join(answer.streaming_content).decode()


class TestPages:
    def test_ask_the_database_a_dozen_times_at_most(
        self, client: Client, person: Person, friend: Person
    ) -> None:
        for _ in range(3):
            sent(person, friend)
        order, request = sent(person, friend), asked(person, friend)
        log_in(client, person)
        wallet = f"/console/wallets/{person.wallet.wire_id}"
        counts = {}
        for path in (
            "/console/",
            "/console/wallets",
            wallet,
            f"{wallet}/settings",
            f"{wallet}/statement",
            f"{wallet}/cash-out",
            "/console/activity",
            "/console/pay",
            "/console/requests",
            "/console/requests/new",
            request,
            "/console/orders",
            order,
            "/console/buy",
            "/console/exchange",
        ):
            assert client.get(path).status_code == 200
            counts[path] = count_queries(partial(client.get, path))
        assert {path: count for path, count in counts.items() if count > QUERIES_MAX} == {}

    def test_about_things_of_others_are_not_there(
        self, client: Client, person: Person, friend: Person
    ) -> None:
        wallet = f"/console/wallets/{person.wallet.wire_id}"
        order, request = sent(person, friend), asked(person, friend)
        log_in(client, new_person(CustomerKind.CLIENT))
        for path in (
            f"{wallet}/settings",
            f"{wallet}/statement",
            f"{wallet}/statement.pdf",
            f"{wallet}/cash-out",
            order,
            request,
            "/console/orders/ord_nonsense",
            "/console/requests/prq_nonsense",
        ):
            assert (path, client.get(path).status_code) == (path, 404)


class TestHome:
    def test_values_everything_in_the_chosen_currency(
        self, client: Client, person: Person, shop: Stall
    ) -> None:
        shop.buy(person, "3")
        shop.work()
        log_in(client, person)
        assert "What you have 250 .00 USD" in text_of(client.get("/console/"))
        given = hidden(client, "/console/") | {"currency": "XXX"}
        assert "fondaco-currency" not in client.post("/console/valued-in", given).cookies
        chosen = client.post("/console/valued-in", given | {"currency": "USD"})
        assert chosen.cookies["fondaco-currency"].value == "USD"

    def test_says_what_waits(self, client: Client, person: Person, friend: Person) -> None:
        asked(person, friend)
        log_in(client, person)
        told = text_of(client.get("/console/"))
        assert "1 payment request waits for your answer." in told
        assert "Your e-mail is not confirmed yet." in told


class TestHistories:
    def test_are_narrowed_and_taken_as_csv(
        self, client: Client, person: Person, friend: Person
    ) -> None:
        sent(person, friend, "3.00")
        merchant = new_person(CustomerKind.COMPANY)
        take(merchant, person, "5.50", summary="=A paperback")
        log_in(client, person)
        narrowed = text_of(client.get("/console/activity?kind=wallets.charge"))
        assert "A paperback" in narrowed
        assert "Sent to a customer − out" not in narrowed
        assert "Merchant and Sons" in narrowed
        answer = client.get("/console/activity.csv?kind=wallets.charge")
        head, line, *rest = streamed(answer).splitlines()
        assert head.startswith("date,id,kind,wallet,direction,amount,currency,balance,summary")
        assert ",out,5.50,USD,241.50,'=A paperback,true," in line
        assert rest == []

    def test_of_a_filter_that_nothing_fits_say_how_to_go_on(
        self, client: Client, person: Person
    ) -> None:
        log_in(client, person)
        assert "Nothing fits this filter." in text_of(client.get("/console/activity?text=zebra"))


class TestStatements:
    def test_are_shown_and_given_as_pdf_csv_and_json(
        self, client: Client, person: Person, friend: Person
    ) -> None:
        sent(person, friend, "3.00")
        log_in(client, person)
        here = f"/console/wallets/{person.wallet.wire_id}/statement"
        assert "At the end 247 .00 USD" in text_of(client.get(here))
        pdf = client.get(f"{here}.pdf")
        assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
        told = json.loads(client.get(f"{here}.json").content)
        assert (told["opening"], told["closing"], len(told["lines"])) == ("0.00", "247.00", 2)
        lines = streamed(client.get(f"{here}.csv")).splitlines()
        assert len(lines) == 3

    def test_end_before_what_came_later(self, client: Client, person: Person) -> None:
        log_in(client, person)
        tomorrow = f"{clock.now():%Y-%m-%d}"
        page = client.get(
            f"/console/wallets/{person.wallet.wire_id}/statement?since=2020-01-01&until=2020-02-01"
        )
        assert "No money moved in this period." in text_of(page)
        told = client.get(
            f"/console/wallets/{person.wallet.wire_id}/statement.json?until={tomorrow}"
        )
        assert json.loads(told.content)["closing"] == "250.00"


class TestPaying:
    def test_sends_money_once(self, client: Client, person: Person, friend: Person) -> None:
        log_in(client, person)
        given = hidden(client, "/console/pay") | {
            "to": friend.email,
            "amount": "4.50",
            "currency": "usd",
            "wallet": person.wallet.wire_id,
            "comment": "Lunch",
        }
        answers = [client.post("/console/pay", given) for _ in range(3)]
        assert {one.status_code for one in answers} == {303}
        assert len({one["Location"] for one in answers}) == 1
        assert (person.available(), friend.available()) == ("245.50", "14.50")
        assert "Lunch" in text_of(client.get(answers[0]["Location"]))

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            ({"to": "nobody@example.com"}, "Nobody with that address can get money here."),
            ({"amount": "9999"}, "The wallet does not hold enough."),
            ({"amount": "0"}, "Write an amount above zero."),
            ({"currency": "XXX"}, "There is no such currency here."),
        ],
    )
    def test_says_what_is_wrong_and_takes_the_mended_form(
        self, client: Client, person: Person, friend: Person, wrong: dict[str, str], told: str
    ) -> None:
        log_in(client, person)
        given = hidden(client, "/console/pay") | {
            "to": friend.email,
            "amount": "4.50",
            "currency": "USD",
            "wallet": person.wallet.wire_id,
        }
        refused = client.post("/console/pay", given | wrong)
        assert (refused.status_code, person.available()) == (422, "250.00")
        assert told in text_of(refused)
        [key] = re.findall(r'name="key" value="([^"]*)"', refused.content.decode())
        assert client.post("/console/pay", given | {"key": key}).status_code == 303
        assert person.available() == "245.50"

    def test_asks_again_when_a_sent_form_comes_back_changed(
        self, client: Client, person: Person, friend: Person
    ) -> None:
        log_in(client, person)
        given = hidden(client, "/console/pay") | {
            "to": friend.email,
            "amount": "4.50",
            "currency": "USD",
            "wallet": person.wallet.wire_id,
        }
        client.post("/console/pay", given)
        again = client.post("/console/pay", given | {"amount": "5.00"})
        assert (again.status_code, person.available()) == (422, "245.50")
        assert "You have sent this form before" in text_of(again)

    def test_out_of_the_house_waits_and_can_be_taken_back(
        self, client: Client, person: Person
    ) -> None:
        log_in(client, person)
        path = f"/console/wallets/{person.wallet.wire_id}/cash-out"
        given = hidden(client, path) | {
            "amount": "20",
            "currency": "USD",
            "destination": "IBAN ES91",
        }
        order = client.post(path, given)["Location"]
        assert person.available() == "230.00"
        page = order.partition("?")[0]
        given = hidden(client, page) | {"deed": "cancel"}
        assert client.post(page, given)["Location"].endswith("?done=cancelled")
        assert person.available() == "250.00"


class TestRequests:
    def test_are_made_and_taken_back(self, client: Client, person: Person, friend: Person) -> None:
        log_in(client, person)
        given = hidden(client, "/console/requests/new") | {
            "payer": friend.email,
            "amount": "5",
            "currency": "USD",
            "lasts": "7",
            "wallet": person.wallet.wire_id,
        }
        pages = {client.post("/console/requests/new", given)["Location"] for _ in range(2)}
        [page] = pages
        page = page.partition("?")[0]
        client.post(page, hidden(client, page) | {"deed": "withdraw"})
        assert "taken back" in text_of(client.get(page))

    @pytest.mark.parametrize(("deed", "left"), [("accept", "243.00"), ("decline", "250.00")])
    def test_are_answered_once(
        self, client: Client, person: Person, friend: Person, deed: str, left: str
    ) -> None:
        page = asked(person, friend)
        log_in(client, person)
        given = hidden(client, page) | {"deed": deed, "wallet": person.wallet.wire_id}
        for _ in range(2):
            assert client.post(page, given)["Location"] == f"{page}?done={deed}"
        assert person.available() == left
        late = hidden(client, "/console/pay") | {"deed": "accept"}
        assert client.post(page, late).status_code == 422
        assert person.available() == left

    def test_are_not_answered_by_who_made_them(
        self, client: Client, person: Person, friend: Person
    ) -> None:
        page = asked(person, friend)
        log_in(client, friend)
        given = hidden(client, page) | {"deed": "accept"}
        assert client.post(page, given).status_code in {404, 422}
        assert person.available() == "250.00"


class TestDayByDay:
    def test_draws_what_was_held_at_the_end_of_each_day(
        self, client: Client, person: Person, shop: Stall
    ) -> None:
        shop.buy(person, "3")
        shop.work()
        log_in(client, person)
        for code, before, held in (
            (shop.coin.code, "0.00000000", "3.00000000"),
            ("USD", "0.00", "190.00"),
        ):
            page = client.get(f"/console/balances?currency={code}&days=30")
            [told] = re.findall(
                r'<script id="chart-balances"[^>]*>(.*?)</script>', page.content.decode()
            )
            drawn = json.loads(told)
            assert drawn["series"][0]["values"][-2:] == [before, held]
            assert (len(drawn["places"]), drawn["unit"]) == (30, code)

    def test_says_what_to_do_where_nothing_was_ever_held(self, client: Client) -> None:
        log_in(client, new_person(CustomerKind.CLIENT))
        assert "There is nothing to draw" in text_of(client.get("/console/balances"))

    def test_takes_no_currency_that_was_never_held(self, client: Client, person: Person) -> None:
        log_in(client, person)
        page = text_of(client.get("/console/balances?currency=XXX"))
        assert "XXX is not one of the available choices" in page


class TestWalletSettings:
    def test_rename_freeze_and_let_go_on(self, client: Client, person: Person) -> None:
        log_in(client, person)
        page = f"/console/wallets/{person.wallet.wire_id}/settings"
        for deed, more in (("rename", {"label": "Travel"}), ("freeze", {}), ("unfreeze", {})):
            sent_on = client.post(page, hidden(client, page) | {"deed": deed} | more)
            assert (deed, sent_on.status_code) == (deed, 303)
        assert (person.wallet.label, person.wallet.state.value) == ("Travel", "open")

    def test_give_another_token(self, client: Client, person: Person) -> None:
        log_in(client, person)
        page = f"/console/wallets/{person.wallet.wire_id}/settings"
        client.post(page, hidden(client, page) | {"deed": "token"})
        assert person.wallet.token != person.token


class TestLivePages:
    def test_get_a_ticket_by_a_form_of_their_own_alone(
        self, client: Client, person: Person
    ) -> None:
        log_in(client, person)
        assert client.post("/console/live/ticket").status_code == 403
        given = {"csrfmiddlewaretoken": hidden(client, "/console/")["csrfmiddlewaretoken"]}
        told = json.loads(client.post("/console/live/ticket", given).content)
        assert told["ticket"]
        assert told["url"].endswith("/ws")
