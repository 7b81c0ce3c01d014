"""Internal movements, cash-outs and payment requests: what has an order."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from fondaco.identity import actions as identity
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.kit.ids import uuid7
from fondaco.kit.lifecycle import IllegalMove
from fondaco.money import Money
from fondaco.orders.kinds import OrderNotRepeatable, check_repeatable
from fondaco.orders.queries import get_order, list_callbacks, list_steps
from fondaco.orders.states import OrderState
from fondaco.orders.types import Order
from fondaco.wallets import tasks
from fondaco.wallets.actions import cashouts, movements, requests, wallets as wallet_actions
from fondaco.wallets.queries.history import list_operations
from fondaco.wallets.queries.requests import get_request, list_requests
from fondaco.wallets.refusals import OwnWallet, RequestOverdue, UnknownRecipient
from fondaco.wallets.states import RequestState
from fondaco.wallets.tests.cast import (
    GROUNDS,
    Person,
    eur,
    fund,
    new_client,
    new_company,
    take,
    usd,
)
from fondaco.wallets.types import CashOutAsk, MovementAsk, PaymentRequest, Recipient, RequestAsk

pytestmark = pytest.mark.usefixtures("tenant")


def send(sender: Person, recipient: Recipient, amount: str | Money = "1.00", **asked: Any) -> Order:
    """Have somebody send money."""
    money = usd(amount) if isinstance(amount, str) else amount
    ask = MovementAsk(wallet_id=sender.wallet_id, recipient=recipient, amount=money, **asked)
    return movements.send_money(customer_id=sender.customer_id, ask=ask, by=sender.actor)


class TestSendMoney:
    def test_moves_it_to_whoever_has_the_address_or_the_token(self) -> None:
        sender, receiver = new_client("10.00"), new_company()
        by_mail = send(sender, Recipient(email=receiver.email.upper()), "1.00", comment="thanks")
        by_token = send(sender, Recipient(wallet=receiver.token), "2.00")
        assert (by_mail.state, by_token.state) == (OrderState.CLOSED, OrderState.CLOSED)
        assert (sender.available(), receiver.available()) == ("7.00", "3.00")
        assert by_mail.fee == usd("0.00")
        line = list_operations(customer_id=receiver.customer_id, limit=2).items[1]
        assert (line.order_id, line.summary) == (by_mail.id, "thanks")
        assert line.counterparty_id == sender.customer_id

    def test_keeps_the_order_and_the_attempt_when_the_balance_is_short(self) -> None:
        sender, receiver = new_client("1.00"), new_client()
        order = send(sender, Recipient(wallet=receiver.token), "1.01")
        assert order.state is OrderState.ERROR
        refusal = movements.refusal_of_order(order)
        assert refusal is not None
        assert (refusal.code, refusal.facts["order"]) == ("insufficient_funds", order.wire_id)
        assert (sender.available(), receiver.available()) == ("1.00", "0.00")
        for person in (sender, receiver):
            assert not list_operations(customer_id=person.customer_id, limit=1).items[0].success
        steps = list_steps(order_id=order.id)
        assert [(one.state, one.note) for one in steps] == [
            (OrderState.NEW, ""),
            (OrderState.ERROR, "insufficient_funds"),
        ]

    def test_is_no_refusal_when_it_went_well(self) -> None:
        sender, receiver = new_client("1.00"), new_client()
        assert movements.refusal_of_order(send(sender, Recipient(wallet=receiver.token))) is None

    @pytest.mark.parametrize(
        "recipient",
        [
            Recipient(),
            Recipient(email="nobody@example.com"),
            Recipient(phone="+34600000000"),
            Recipient(wallet="wt_" + "0" * 32),
            Recipient(wallet="wal_x"),
        ],
    )
    def test_refuses_whoever_is_unknown(self, recipient: Recipient) -> None:
        sender = new_client("1.00")
        with pytest.raises(UnknownRecipient):
            send(sender, recipient)
        assert sender.available() == "1.00"

    def test_refuses_customers_who_are_shut_out_and_those_without_a_wallet(self) -> None:
        sender, out, without = new_client("1.00"), new_client(), new_client()
        identity.disable_customer(customer_id=out.customer_id, reason="test", by=SYSTEM)
        wallet_actions.close_wallet(
            wallet_id=without.wallet_id, customer_id=without.customer_id, by=SYSTEM
        )
        for recipient in (
            Recipient(email=out.email),
            Recipient(email=without.email),
            Recipient(wallet=without.token),
        ):
            with pytest.raises(UnknownRecipient):
                send(sender, recipient)

    def test_goes_between_own_wallets_but_not_in_a_circle(self) -> None:
        sender = new_client("3.00")
        second = wallet_actions.open_wallet(customer_id=sender.customer_id, by=SYSTEM)
        assert send(sender, Recipient(wallet=second.token), "2.00").state is OrderState.CLOSED
        with pytest.raises(OwnWallet):
            send(sender, Recipient(wallet=sender.token))
        with pytest.raises(OwnWallet):
            send(sender, Recipient(email=sender.email))

    def test_demands_an_own_wallet(self) -> None:
        sender, stranger = new_client("1.00"), new_client()
        ask = MovementAsk(
            wallet_id=sender.wallet_id,
            recipient=Recipient(wallet=stranger.token),
            amount=usd("1.00"),
        )
        with pytest.raises(NotFound):
            movements.send_money(customer_id=stranger.customer_id, ask=ask, by=SYSTEM)

    def test_opens_the_currency_that_the_receiver_lacks(self) -> None:
        sender, receiver = new_client(), new_client()
        fund(sender.wallet_id, eur("2.00"))
        order = send(sender, Recipient(wallet=receiver.token), eur("2.00"))
        assert order.state is OrderState.CLOSED
        assert receiver.available("EUR") == "2.00"

    def test_notes_what_the_callback_address_is_to_be_told(self) -> None:
        sender, receiver = new_client("1.00"), new_client()
        url = "https://shop.example/hooks?order=7"
        order = send(sender, Recipient(wallet=receiver.token), callback_url=url)
        (callback,) = list_callbacks(order_id=order.id)
        assert (callback.url, callback.state) == (url, OrderState.CLOSED)
        assert callback.payload["order"] == order.wire_id
        assert callback.payload["amount"] == {"amount": "1.00", "currency": "USD"}
        assert (callback.attempts, callback.delivered_at) == (0, None)

    @pytest.mark.parametrize(
        "url", ["ftp://shop.example", "https://", "https://me:pw@shop.example", "https://[::1", "x"]
    )
    def test_refuses_an_address_that_cannot_be_called(self, url: str) -> None:
        sender, receiver = new_client("1.00"), new_client()
        with pytest.raises(InvalidField):
            send(sender, Recipient(wallet=receiver.token), callback_url=url)
        assert sender.available() == "1.00"


class TestRepeatMovement:
    def test_sends_the_same_again_or_another_amount(self) -> None:
        sender, receiver = new_client("10.00"), new_client()
        first = send(sender, Recipient(wallet=receiver.token), "2.00", comment="rent")
        again = repeat(sender, first, None)
        third = repeat(sender, again, usd("3.00"))
        assert (again.repeats_id, third.repeats_id) == (first.id, again.id)
        assert (again.amount, third.amount) == (usd("2.00"), usd("3.00"))
        assert third.comment == "rent"
        assert (sender.available(), receiver.available()) == ("3.00", "7.00")

    def test_is_for_finished_movements_of_ones_own(self) -> None:
        sender, receiver = new_client("10.00"), new_client()
        order = send(sender, Recipient(wallet=receiver.token))
        with pytest.raises(NotFound):
            repeat(receiver, order, None)
        with pytest.raises(NotFound):
            repeat(sender, cash_out(sender), None)
        with pytest.raises(InvalidField):
            repeat(sender, order, eur("1.00"))


def repeat(person: Person, order: Order, amount: Money | None) -> Order:
    """Have somebody repeat an order."""
    return movements.repeat_movement(
        order_id=order.id, customer_id=person.customer_id, amount=amount, by=person.actor
    )


def cash_out(person: Person, amount: str = "1.00") -> Order:
    """Have somebody ask to be paid out."""
    ask = CashOutAsk(
        wallet_id=person.wallet_id, amount=usd(amount), destination="account 12 at House Bank"
    )
    return cashouts.ask_cash_out(customer_id=person.customer_id, ask=ask, by=person.actor)


class TestCashOut:
    def test_holds_the_money_until_it_is_confirmed(self) -> None:
        client = new_client("10.00")
        order = cash_out(client, "4.00")
        assert order.state is OrderState.WAITING_FOR_OPERATOR
        (balance,) = client.wallet.balances
        assert (balance.total, balance.reserved) == (usd("10.00"), usd("4.00"))
        done = cashouts.confirm_cash_out(order_id=order.id, grounds=GROUNDS, by=SYSTEM)
        assert (done.state, done.details["evidence"]) == (OrderState.CLOSED, GROUNDS.evidence)
        (balance,) = client.wallet.balances
        assert (balance.total, balance.reserved) == (usd("6.00"), usd("0.00"))
        line = list_operations(customer_id=client.customer_id, limit=1).items[0]
        assert (line.source, line.target, line.order_id) == (client.wallet_id, None, order.id)

    def test_gives_the_money_back_when_it_is_rejected_or_cancelled(self) -> None:
        client = new_client("10.00")
        rejected = cashouts.reject_cash_out(
            order_id=cash_out(client).id, grounds=GROUNDS, by=SYSTEM
        )
        cancelled = cashouts.cancel_cash_out(
            order_id=cash_out(client).id, customer_id=client.customer_id, by=client.actor
        )
        assert (rejected.state, cancelled.state) == (OrderState.REJECTED, OrderState.CANCELLED)
        assert client.available() == "10.00"

    def test_ends_once(self) -> None:
        client = new_client("10.00")
        order = cash_out(client)
        cashouts.confirm_cash_out(order_id=order.id, grounds=GROUNDS, by=SYSTEM)
        for act in (cashouts.confirm_cash_out, cashouts.reject_cash_out):
            with pytest.raises(IllegalMove):
                act(order_id=order.id, grounds=GROUNDS, by=SYSTEM)
        with pytest.raises(IllegalMove):
            cashouts.cancel_cash_out(order_id=order.id, customer_id=client.customer_id, by=SYSTEM)
        assert client.available() == "9.00"

    def test_beyond_the_balance_is_an_order_in_error(self) -> None:
        client = new_client("1.00")
        order = cash_out(client, "1.01")
        assert (order.state, order.details["refusal"]) == (OrderState.ERROR, "insufficient_funds")
        assert client.available() == "1.00"

    def test_belongs_to_its_customer_and_is_of_its_kind(self) -> None:
        client, stranger = new_client("10.00"), new_client()
        order = cash_out(client)
        with pytest.raises(NotFound):
            cashouts.cancel_cash_out(order_id=order.id, customer_id=stranger.customer_id, by=SYSTEM)
        movement = send(client, Recipient(wallet=stranger.token))
        with pytest.raises(NotFound):
            cashouts.confirm_cash_out(order_id=movement.id, grounds=GROUNDS, by=SYSTEM)
        with pytest.raises(NotFound):
            cashouts.confirm_cash_out(order_id=uuid7(), grounds=GROUNDS, by=SYSTEM)

    def test_of_a_currency_never_held_is_an_order_in_error(self) -> None:
        client = new_client()
        ask = CashOutAsk(wallet_id=client.wallet_id, amount=eur("1.00"), destination="x")
        order = cashouts.ask_cash_out(customer_id=client.customer_id, ask=ask, by=SYSTEM)
        assert order.state is OrderState.ERROR

    def test_cannot_be_confirmed_while_the_wallet_is_frozen(self) -> None:
        client = new_client("10.00")
        order = cash_out(client)
        wallet_actions.freeze_wallet(
            wallet_id=client.wallet_id, customer_id=client.customer_id, by=SYSTEM
        )
        with pytest.raises(Exception, match="frozen"):
            cashouts.confirm_cash_out(order_id=order.id, grounds=GROUNDS, by=SYSTEM)
        assert get_order(order_id=order.id).state is OrderState.WAITING_FOR_OPERATOR
        rejected = cashouts.reject_cash_out(order_id=order.id, grounds=GROUNDS, by=SYSTEM)
        assert rejected.state is OrderState.REJECTED


def ask_for(
    asker: Person, payer: Recipient, amount: str = "2.00", valid_for_s: int = 3600
) -> PaymentRequest:
    """Have somebody ask for money."""
    ask = RequestAsk(
        wallet_id=asker.wallet_id,
        payer=payer,
        amount=usd(amount),
        summary="dinner",
        valid_for_s=valid_for_s,
    )
    return requests.ask_payment(customer_id=asker.customer_id, ask=ask, by=asker.actor)


def accept(payer: Person, asked: PaymentRequest) -> tuple[PaymentRequest, Order]:
    """Have somebody pay what he is asked for."""
    return requests.accept_request(
        request_id=asked.id,
        customer_id=payer.customer_id,
        wallet_id=payer.wallet_id,
        by=payer.actor,
    )


class TestAPaymentRequest:
    def test_is_paid_by_whoever_is_asked(self) -> None:
        asker, payer = new_client(), new_client("5.00")
        asked = ask_for(asker, Recipient(email=payer.email))
        accepted, order = accept(payer, asked)
        assert (accepted.state, accepted.order_id) == (RequestState.ACCEPTED, order.id)
        assert (asker.available(), payer.available()) == ("2.00", "3.00")
        assert order.comment == "dinner"
        with pytest.raises(IllegalMove):
            accept(payer, asked)
        assert payer.available() == "3.00"

    def test_stays_open_when_the_money_is_short(self) -> None:
        asker, payer = new_client(), new_client("1.99")
        asked = ask_for(asker, Recipient(wallet=payer.token))
        left, order = accept(payer, asked)
        assert (left.state, order.state) == (RequestState.ASKED, OrderState.ERROR)
        fund(payer.wallet_id, usd("0.01"))
        assert accept(payer, asked)[0].state is RequestState.ACCEPTED

    def test_is_declined_or_withdrawn_by_the_right_side_only(self) -> None:
        asker, payer = new_client(), new_client("5.00")
        first, second = (ask_for(asker, Recipient(email=payer.email)) for _ in range(2))
        with pytest.raises(NotFound):
            requests.decline_request(
                request_id=first.id, customer_id=asker.customer_id, by=asker.actor
            )
        with pytest.raises(NotFound):
            requests.withdraw_request(
                request_id=first.id, customer_id=payer.customer_id, by=payer.actor
            )
        declined = requests.decline_request(
            request_id=first.id, customer_id=payer.customer_id, by=payer.actor
        )
        withdrawn = requests.withdraw_request(
            request_id=second.id, customer_id=asker.customer_id, by=asker.actor
        )
        assert declined.state is RequestState.DECLINED
        assert withdrawn.state is RequestState.WITHDRAWN
        for asked in (first, second):
            with pytest.raises(IllegalMove):
                accept(payer, asked)
        assert payer.available() == "5.00"

    def test_expires(self) -> None:
        asker, payer = new_client(), new_client("5.00")
        asked = ask_for(asker, Recipient(email=payer.email), valid_for_s=60)
        later = clock.now() + timedelta(seconds=61)
        with clock.set_to(later):
            with pytest.raises(RequestOverdue):
                accept(payer, asked)
            tasks.expire_requests()
        found = get_request(request_id=asked.id, customer_id=asker.customer_id)
        assert found.state is RequestState.EXPIRED
        assert payer.available() == "5.00"

    def test_that_was_answered_meanwhile_does_not_expire(self) -> None:
        asker, payer = new_client(), new_client("5.00")
        asked = ask_for(asker, Recipient(email=payer.email), valid_for_s=60)
        accept(payer, asked)
        assert requests._expire(asked.id, by=SYSTEM) == 0

    def test_cannot_be_made_to_oneself_or_to_nobody(self) -> None:
        asker = new_client()
        for recipient in (Recipient(email=asker.email), Recipient(wallet=asker.token)):
            with pytest.raises(OwnWallet):
                ask_for(asker, recipient)
        with pytest.raises(UnknownRecipient):
            ask_for(asker, Recipient(email="nobody@example.com"))

    def test_is_listed_for_both_sides_and_nobody_else(self) -> None:
        asker, payer, stranger = new_client(), new_client(), new_client()
        asked = ask_for(asker, Recipient(email=payer.email))
        for person in (asker, payer):
            page = list_requests(customer_id=person.customer_id, state=RequestState.ASKED)
            assert [one.id for one in page.items] == [asked.id]
        assert list_requests(customer_id=stranger.customer_id).items == []
        with pytest.raises(NotFound):
            get_request(request_id=asked.id, customer_id=stranger.customer_id)
        with pytest.raises(NotFound):
            accept(stranger, asked)
        unknown: Any = UUID(int=0)
        with pytest.raises(NotFound):
            requests.decline_request(
                request_id=unknown, customer_id=payer.customer_id, by=payer.actor
            )


class TestOrdersThatAreNotFinished:
    def test_cannot_be_repeated(self) -> None:
        client = new_client("1.00")
        order = cash_out(client)
        with pytest.raises(OrderNotRepeatable):
            check_repeatable(order)
        take(new_company(), client, "0.01")
