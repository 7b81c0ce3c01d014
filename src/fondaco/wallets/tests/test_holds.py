"""Authorise, capture, void; refunds."""

from datetime import timedelta

import pytest

from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django.models import Event
from fondaco.kit.ids import encode, uuid7
from fondaco.kit.options import override
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import TransferId
from fondaco.wallets.actions.holds import capture, tell_expiry, void
from fondaco.wallets.actions.refunds import refund
from fondaco.wallets.queries.charges import get_taking
from fondaco.wallets.queries.history import list_operations, list_transactions
from fondaco.wallets.tests.cast import (
    Ear,
    Person,
    charge_id_of,
    eur,
    fresh_key,
    hear,
    new_client,
    new_company,
    take,
    usd,
)
from fondaco.wallets.types import ChargeState

pytestmark = pytest.mark.usefixtures("tenant")


def end(act: object, company: Person, charge_id: TransferId, **asked: object) -> Ear:
    """Have a company capture, void or refund one of its charges."""
    return hear(act, charge_id=charge_id, merchant_id=company.customer_id, **asked)  # type: ignore[arg-type]  # one of three actions


def hold(company: Person, client: Person, amount: str) -> TransferId:
    """Have a company authorise a charge."""
    ear = take(company, client, amount, capture=False)
    assert ear.done.state is ChargeState.AUTHORISED
    return charge_id_of(ear)


class TestAuthorise:
    def test_reserves_the_money_without_moving_it(self) -> None:
        client, company = new_client("10.00"), new_company()
        hold(company, client, "4.00")
        (balance,) = client.wallet.balances
        assert (balance.total, balance.reserved) == (usd("10.00"), usd("4.00"))
        assert balance.available == usd("6.00")
        assert company.available() == "0.00"

    def test_is_refused_beyond_what_is_available(self) -> None:
        client, company = new_client("10.00"), new_company()
        hold(company, client, "6.00")
        assert take(company, client, "4.01", capture=False).code == "insufficient_funds"

    def test_expires_after_the_days_of_the_option(self) -> None:
        client, company = new_client("10.00"), new_company()
        now, half_a_day = clock.now(), timedelta(hours=13)
        with override(authorisation_days=1), clock.set_to(now - half_a_day):
            charge_id = hold(company, client, "6.00")
        with clock.set_to(now + half_a_day):
            assert end(capture, company, charge_id, amount=None).code == "hold_ended"

    def test_tells_both_sides_once_the_ledger_has_released_it(self) -> None:
        client, company = new_client("10.00"), new_company()
        now, half_a_day = clock.now(), timedelta(hours=13)
        with override(authorisation_days=1), clock.set_to(now - half_a_day):
            charge_id = hold(company, client, "6.00")
        with clock.set_to(now + half_a_day):
            ledger.expire_holds(by=SYSTEM)
        tell_expiry(hold_id=charge_id, by=SYSTEM)
        told = Event.objects.filter(subject=encode("tr", charge_id)).latest("seq")
        assert told.type == "wallets.charge.expired"
        assert told.data["payer_wallet"] == client.wallet.wire_id
        assert client.available() == "10.00"

    def test_tells_nothing_of_holds_that_are_no_charges(self) -> None:
        unknown = TransferId(uuid7())
        tell_expiry(hold_id=unknown, by=SYSTEM)
        assert not Event.objects.filter(subject=encode("tr", unknown)).exists()


class TestCapture:
    def test_takes_all_of_it(self) -> None:
        client, company = new_client("10.00"), new_company()
        charge_id = hold(company, client, "4.00")
        ear = end(capture, company, charge_id, amount=None)
        assert (ear.done.state, ear.done.id) == (ChargeState.CAPTURED, charge_id)
        assert (ear.done.amount, ear.done.balance) == (usd("4.00"), usd("4.00"))
        assert (client.available(), company.available()) == ("6.00", "4.00")

    def test_takes_a_part_and_releases_the_rest(self) -> None:
        client, company = new_client("10.00"), new_company()
        charge_id = hold(company, client, "4.00")
        assert end(capture, company, charge_id, amount=usd("1.50")).code == "done"
        assert (client.available(), company.available()) == ("8.50", "1.50")
        taking = get_taking(charge_id=charge_id, merchant_id=company.customer_id)
        assert (taking.state, taking.taken) == (ChargeState.CAPTURED, usd("1.50"))

    @pytest.mark.parametrize(
        ("amount", "code"), [("4.01", "exceeds_hold"), ("1.00 EUR", "invalid_field")]
    )
    def test_refuses_what_the_hold_does_not_cover(self, amount: str, code: str) -> None:
        client, company = new_client("10.00"), new_company()
        charge_id = hold(company, client, "4.00")
        money = eur(amount[:4]) if amount.endswith("EUR") else usd(amount)
        assert end(capture, company, charge_id, amount=money).code == code
        assert client.available() == "6.00"

    def test_happens_once(self) -> None:
        client, company = new_client("10.00"), new_company()
        charge_id = hold(company, client, "4.00")
        end(capture, company, charge_id, amount=usd("1.00"))
        assert end(capture, company, charge_id, amount=usd("1.00")).code == "hold_ended"
        assert company.available() == "1.00"

    def test_is_replayed_by_its_key(self) -> None:
        client, company = new_client("10.00"), new_company()
        charge_id, key = hold(company, client, "4.00"), fresh_key()
        end(capture, company, charge_id, amount=None, key=key)
        again = end(capture, company, charge_id, amount=None, key=key)
        assert again.answered is not None
        assert (again.answered.replayed, again.answered.answer.status) == (True, 201)

    def test_is_not_for_other_merchants_or_for_charges_that_held_nothing(self) -> None:
        client, company, other = new_client("10.00"), new_company(), new_company()
        charge_id = hold(company, client, "4.00")
        assert end(capture, other, charge_id, amount=None).code == "not_found"
        posted = charge_id_of(take(company, client, "1.00"))
        assert end(capture, company, posted, amount=None).code == "hold_ended"
        assert end(void, company, posted).code == "hold_ended"
        unknown = TransferId(uuid7())
        assert end(capture, company, unknown, amount=None).code == "not_found"


class TestVoid:
    def test_releases_all_of_it(self) -> None:
        client, company = new_client("10.00"), new_company()
        charge_id = hold(company, client, "4.00")
        ear = end(void, company, charge_id)
        assert (ear.done.state, ear.done.amount) == (ChargeState.VOIDED, usd("4.00"))
        assert client.available() == "10.00"
        taking = get_taking(charge_id=charge_id, merchant_id=company.customer_id)
        assert (taking.state, taking.taken) == (ChargeState.VOIDED, None)

    def test_happens_once_and_not_after_a_capture(self) -> None:
        client, company = new_client("10.00"), new_company()
        charge_id = hold(company, client, "4.00")
        end(void, company, charge_id)
        assert end(void, company, charge_id).code == "hold_ended"
        captured = hold(company, client, "4.00")
        end(capture, company, captured, amount=None)
        assert end(void, company, captured).code == "hold_ended"


class TestTheHistory:
    def test_shows_each_step_and_transactions_only_what_moved(self) -> None:
        client, company = new_client("10.00"), new_company()
        first = hold(company, client, "4.00")
        end(capture, company, first, amount=usd("3.00"))
        end(void, company, hold(company, client, "1.00"))
        page = list_operations(customer_id=client.customer_id, limit=10)
        assert [one.step for one in page.items] == ["void", "hold", "capture", "hold", "post"]
        moved = list_transactions(customer_id=client.customer_id, limit=10).items
        assert [(one.kind, one.amount) for one in moved] == [
            ("wallets.charge", usd("3.00")),
            ("wallets.top_up", usd("10.00")),
        ]


class TestRefund:
    def test_gives_all_back(self) -> None:
        client, company = new_client("10.00"), new_company()
        charge_id = charge_id_of(take(company, client, "4.00"))
        ear = end(refund, company, charge_id, amount=None)
        assert (ear.done.amount, ear.done.balance) == (usd("4.00"), usd("0.00"))
        assert (client.available(), company.available()) == ("10.00", "0.00")

    def test_gives_parts_back_and_never_more_than_was_taken(self) -> None:
        client, company = new_client("10.00"), new_company("5.00")
        charge_id = charge_id_of(take(company, client, "4.00"))
        assert end(refund, company, charge_id, amount=usd("3.00")).code == "done"
        assert end(refund, company, charge_id, amount=usd("1.01")).code == "exceeds_charge"
        assert end(refund, company, charge_id, amount=None).code == "exceeds_charge"
        assert end(refund, company, charge_id, amount=usd("1.00")).code == "done"
        assert (client.available(), company.available()) == ("10.00", "5.00")

    def test_knows_what_a_capture_took(self) -> None:
        client, company = new_client("10.00"), new_company("1.00")
        charge_id = hold(company, client, "4.00")
        assert end(refund, company, charge_id, amount=None).code == "not_captured"
        end(capture, company, charge_id, amount=usd("1.50"))
        assert end(refund, company, charge_id, amount=usd("1.51")).code == "exceeds_charge"
        assert end(refund, company, charge_id, amount=None).code == "done"
        assert client.available() == "10.00"

    def test_is_refused_when_the_merchant_has_spent_the_money(self) -> None:
        client, company, other = new_client("10.00"), new_company(), new_company()
        charge_id = charge_id_of(take(company, client, "4.00"))
        take(other, company, "4.00")
        assert end(refund, company, charge_id, amount=None).code == "insufficient_funds"
        assert client.available() == "6.00"

    def test_keeps_the_currency_and_belongs_to_the_merchant(self) -> None:
        client, company, other = new_client("10.00"), new_company(), new_company()
        charge_id = charge_id_of(take(company, client, "4.00"))
        assert end(refund, company, charge_id, amount=eur("1.00")).code == "invalid_field"
        assert end(refund, other, charge_id, amount=None).code == "not_found"
        refused = take(company, client, "100.00")
        attempt = list_operations(customer_id=client.customer_id, limit=1).items[0]
        assert refused.code == "insufficient_funds"
        assert end(refund, company, attempt.transfer_id, amount=None).code == "not_found"

    def test_of_a_refund_is_unknown(self) -> None:
        client, company = new_client("10.00"), new_company()
        charge_id = charge_id_of(take(company, client, "4.00"))
        ear = end(refund, company, charge_id, amount=None)
        assert end(refund, company, ear.done.transfer_id, amount=None).code == "not_found"
