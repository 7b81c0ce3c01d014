"""What policies do to charges, top-ups, movements and cash-outs: fees, limits and stops, to the cent."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.options import override
from fondaco.ledger import queries as books
from fondaco.ledger.actions import expire_holds
from fondaco.ledger.queries.usage import find_usage
from fondaco.orders.queries import get_order
from fondaco.policies.actions import fraud_rules, risk, stops
from fondaco.policies.errors import LimitExceeded, Stopped, UnderReview
from fondaco.policies.queries.risk import list_cases
from fondaco.policies.tests.cast import made_house, write
from fondaco.policies.tests.test_fraud import watch
from fondaco.policies.types import Operation, StopScope, Verdict
from fondaco.wallets.actions import cashouts, holds, movements, refunds
from fondaco.wallets.actions.topups import top_up
from fondaco.wallets.queries.charges import find_taking
from fondaco.wallets.tests.cast import (
    GROUNDS,
    Ear,
    Person,
    charge_id_of,
    hear,
    new_client,
    new_company,
    take,
    usd,
)
from fondaco.wallets.types import CashOutAsk, Funding, MovementAsk, Recipient


@pytest.fixture(autouse=True)
def _house() -> Iterator[Any]:
    with made_house() as scope:
        yield scope


def fees(what: str) -> int:
    found = books.find_account(code=f"fees:{what}:USD")
    return found.posted.minor if found else 0


def allow(who: Person, operation: Operation, **says: Any) -> None:
    write(customer_id=who.customer_id, operation=operation, currency="USD", **says)


def send(sender: Person, receiver: Person, amount: str) -> Any:
    ask = MovementAsk(
        wallet_id=sender.wallet_id, recipient=Recipient(wallet=receiver.token), amount=usd(amount)
    )
    return movements.send_money(customer_id=sender.customer_id, ask=ask, by=sender.actor)


def cash_out(who: Person, amount: str, destination: str = "ES01") -> Any:
    ask = CashOutAsk(wallet_id=who.wallet_id, amount=usd(amount), destination=destination)
    return cashouts.ask_cash_out(customer_id=who.customer_id, ask=ask, by=who.actor)


class TestAChargesFee:
    def test_is_the_merchants(self) -> None:
        shop, payer, before = new_company(), new_client("50.00"), fees("charges")
        allow(shop, Operation.CHARGE, fee_bps=250, fee_fixed="0.30")
        ear = take(shop, payer, "10.00")
        assert (ear.code, ear.done.balance.to_text()) == ("done", "9.45")
        assert (shop.available(), payer.available()) == ("9.45", "40.00")
        assert fees("charges") - before == 55

    def test_is_never_more_than_the_merchant_gets(self) -> None:
        shop, payer = new_company(), new_client("5.00")
        allow(shop, Operation.CHARGE, fee_fixed="2")
        assert take(shop, payer, "1.00").code == "done"
        assert shop.available() == "0.00"

    def test_is_the_payers_where_the_rule_says_so(self) -> None:
        shop, payer = new_company(), new_client("10.50")
        allow(shop, Operation.CHARGE, fee_fixed="0.50", fee_payer="counterparty")
        assert take(shop, payer, "10.00").code == "done"
        assert (shop.available(), payer.available()) == ("10.00", "0.00")
        poor = new_client("10.49")
        assert take(shop, poor, "10.00").code == "insufficient_funds"
        assert (shop.available(), poor.available()) == ("10.00", "10.49")

    def test_is_taken_at_capture_and_not_given_back(self) -> None:
        shop, payer = new_company(), new_client("10.00")
        allow(shop, Operation.CHARGE, fee_bps=1000)
        held = take(shop, payer, "10.00", capture=False)
        charge_id = charge_id_of(held)
        part = hear(
            holds.capture, charge_id=charge_id, merchant_id=shop.customer_id, amount=usd("6.00")
        )
        assert part.done.balance.to_text() == "5.40"
        assert (shop.available(), payer.available()) == ("5.40", "4.00")
        back = hear(
            refunds.refund, charge_id=charge_id, merchant_id=shop.customer_id, amount=usd("5.00")
        )
        assert (back.code, shop.available()) == ("done", "0.40")


class TestAChargesLimit:
    def test_is_found_by_the_books_and_told_whole(self) -> None:
        shop, payer = new_company(), new_client("100.00")
        allow(shop, Operation.CHARGE, day_max="10")
        assert take(shop, payer, "8.00").code == "done"
        refused = take(shop, payer, "2.01")
        assert refused.code == "limit_exceeded"
        assert refused.refusal is not None
        told = refused.refusal.facts
        assert (told["limit"], told["allowed"], told["left"]) == ("day_max", "10.00", "2.00")
        assert "resets_at" in told
        assert take(shop, payer, "2.00").code == "done"
        assert (shop.available(), payer.available()) == ("10.00", "90.00")

    def test_is_given_back_by_a_void_and_an_expiry_but_not_by_a_refund(self) -> None:
        shop, payer = new_company(), new_client("100.00")
        allow(shop, Operation.CHARGE, day_max="10", day_count=3)
        with clock.set_to(clock.now()):
            held = charge_id_of(take(shop, payer, "10.00", capture=False))
            assert take(shop, payer, "0.01").code == "limit_exceeded"
            hear(holds.void, charge_id=held, merchant_id=shop.customer_id)
            partly = charge_id_of(take(shop, payer, "10.00", capture=False))
            hear(holds.capture, charge_id=partly, merchant_id=shop.customer_id, amount=usd("4.00"))
            done = charge_id_of(take(shop, payer, "6.00"))
            hear(refunds.refund, charge_id=done, merchant_id=shop.customer_id, amount=None)
            assert take(shop, payer, "0.01").code == "limit_exceeded"

    def test_is_given_back_when_a_hold_runs_out(self) -> None:
        shop, payer = new_company(), new_client("100.00")
        allow(shop, Operation.CHARGE, total_max="10")
        now, half_a_day = clock.now(), timedelta(hours=13)
        with override(authorisation_days=1), clock.set_to(now - half_a_day):
            held = charge_id_of(take(shop, payer, "10.00", capture=False))
        assert take(shop, payer, "0.01").code == "limit_exceeded"
        with clock.set_to(now + half_a_day):
            expire_holds(by=SYSTEM)
        holds.tell_expiry(hold_id=held, by=SYSTEM)
        assert take(shop, payer, "10.00").code == "done"

    def test_holds_under_fifty_at_once(self) -> None:
        shop, payer = new_company(), new_client("1000.00")
        allow(shop, Operation.CHARGE, day_max="100")

        def attempt(_: int) -> str:
            try:
                return take(shop, payer, "7.00").code
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(tenancy.run_in_context(attempt), range(50)))
        assert (codes.count("done"), codes.count("limit_exceeded")) == (14, 36)
        assert shop.available() == "98.00"

    def test_keeps_no_counter_where_none_is_set(self) -> None:
        shop, payer = new_company(), new_client("10.00")
        allow(shop, Operation.CHARGE, max="5")
        assert take(shop, payer, "5.00").code == "done"
        assert take(shop, payer, "5.01").code == "limit_exceeded"
        counter = f"policies:charge:{customer_wire(shop.customer_id)}::USD::USD/2"
        assert find_usage(keys=[(counter, clock.today().isoformat())]) == {}


class TestAMovement:
    def test_costs_the_sender_a_fee_that_the_order_shows(self) -> None:
        sender, receiver = new_client("10.00"), new_client()
        allow(sender, Operation.MOVEMENT, fee_fixed="0.25")
        order = send(sender, receiver, "5.00")
        assert (order.state, order.fee.to_text()) == ("closed", "0.25")
        assert (sender.available(), receiver.available()) == ("4.75", "5.00")

    def test_moves_nothing_when_the_fee_is_not_there_and_counts_nothing(self) -> None:
        sender, receiver = new_client("5.00"), new_client()
        allow(sender, Operation.MOVEMENT, fee_fixed="0.25", day_max="5")
        assert send(sender, receiver, "5.00").details["refusal"] == "insufficient_funds"
        assert (sender.available(), receiver.available()) == ("5.00", "0.00")
        assert send(sender, receiver, "4.75").state == "closed"
        with pytest.raises(LimitExceeded):
            send(sender, receiver, "0.26")


class TestATopUp:
    def test_is_limited_and_priced(self) -> None:
        who = new_client()
        allow(who, Operation.TOP_UP, day_max="10", fee_bps=100)
        assert self._top_up(who, "10.00").code == "done"
        assert who.available() == "9.90"
        assert self._top_up(who, "0.01").code == "limit_exceeded"

    def _top_up(self, who: Person, amount: str) -> Ear:
        ask = Funding(wallet_id=who.wallet_id, amount=usd(amount))
        return hear(top_up, customer_id=who.customer_id, ask=ask)


class TestACashOut:
    def test_holds_its_fee_beside_it_and_pays_both(self) -> None:
        who, before = new_client("10.00"), fees("withdrawals")
        allow(who, Operation.WITHDRAWAL, fee_fixed="1")
        order = cash_out(who, "9.00")
        assert (order.fee.to_text(), who.available()) == ("1.00", "0.00")
        cashouts.confirm_cash_out(order_id=order.id, grounds=GROUNDS, by=SYSTEM)
        assert fees("withdrawals") - before == 100

    def test_gives_both_and_the_limit_back_when_it_is_rejected(self) -> None:
        who = new_client("10.00")
        allow(who, Operation.WITHDRAWAL, fee_fixed="1", total_max="9")
        first = cash_out(who, "9.00")
        cashouts.reject_cash_out(order_id=first.id, grounds=GROUNDS, by=SYSTEM)
        assert who.available() == "10.00"
        assert cash_out(who, "9.00").state == "waiting_for_operator"

    def test_that_looks_suspicious_waits_for_its_case(self) -> None:
        with watched():
            who = new_client("20.00")
            order, other = cash_out(who, "10.00"), cash_out(who, "5.00", "ES02")
            cases = {one.reference: one for one in list_cases(customer_id=who.customer_id).items}
            with pytest.raises(UnderReview):
                cashouts.confirm_cash_out(order_id=order.id, grounds=GROUNDS, by=SYSTEM)
            risk.reject(case_id=cases[order.id].id, note="no", by=SYSTEM)
            assert get_order(order_id=order.id).state == "rejected"
            risk.release(case_id=cases[other.id].id, note="yes", by=SYSTEM)
            cashouts.confirm_cash_out(order_id=other.id, grounds=GROUNDS, by=SYSTEM)
        assert who.available() == "15.00"


@contextmanager
def watched() -> Iterator[None]:
    """Hold what goes to a new destination."""
    rule = watch("new_destination", Verdict.HOLD)
    try:
        yield
    finally:
        fraud_rules.remove_fraud_rule(rule_id=rule.id, version=rule.version, by=SYSTEM)


class TestAStop:
    def test_of_the_payer_stops_charges_captures_and_refunds_but_not_voids(self) -> None:
        shop, payer = new_company("10.00"), new_client("20.00")
        held = [charge_id_of(take(shop, payer, "5.00", capture=False)) for _ in range(2)]
        done = charge_id_of(take(shop, payer, "5.00"))
        wire = customer_wire(payer.customer_id)
        stop = stops.set_stop(scope=StopScope.CUSTOMER, value=wire, reason="fraud", by=SYSTEM)
        mine: dict[str, Any] = {"merchant_id": shop.customer_id}
        codes = [
            take(shop, payer, "1.00").code,
            hear(holds.capture, charge_id=held[0], amount=None, **mine).code,
            hear(refunds.refund, charge_id=done, amount=None, **mine).code,
            hear(holds.void, charge_id=held[1], **mine).code,
        ]
        assert codes == ["stopped", "stopped", "stopped", "done"]
        with pytest.raises(Stopped):
            send(payer, shop, "1.00")
        with pytest.raises(Stopped):
            cash_out(payer, "1.00")
        stops.lift_stop(stop_id=stop.id, by=SYSTEM)
        assert hear(holds.capture, charge_id=held[0], amount=None, **mine).code == "done"
        taking = find_taking(charge_id=held[0])
        assert taking is not None
        assert payer.available() == "10.00"
