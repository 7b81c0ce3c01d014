"""Charging a wallet by its token."""

import json

import pytest

from fondaco.kit.access import SYSTEM
from fondaco.kit.django.idempotency import KeyReused
from fondaco.ledger import queries as ledger
from fondaco.wallets.actions import rules, tokens, wallets as wallet_actions
from fondaco.wallets.actions.charges import charge
from fondaco.wallets.queries.history import list_operations
from fondaco.wallets.tests.cast import (
    EUR,
    Person,
    eur,
    fresh_key,
    fund,
    hear,
    new_client,
    new_company,
    take,
    usd,
)
from fondaco.wallets.types import ChargeAsk, ChargeState, Operation, OperationFilter

pytestmark = pytest.mark.usefixtures("tenant")


def attempts(person: Person) -> list[Operation]:
    """Give the failed attempts in somebody's history, newest first."""
    page = list_operations(
        customer_id=person.customer_id, narrow=OperationFilter(success=False), limit=100
    )
    return list(page.items)


class TestCharge:
    def test_moves_the_money_into_the_wallet_of_the_merchant(self) -> None:
        client, company = new_client("10.00"), new_company()
        ear = take(company, client, "2.50", summary="three coffees")
        assert ear.done.state is ChargeState.POSTED
        assert ear.done.balance == usd("2.50")
        assert ear.done.payer_wallet_id == client.wallet_id
        assert (client.available(), company.available()) == ("7.50", "2.50")

    def test_is_in_both_histories_with_source_target_summary_and_date(self) -> None:
        client, company = new_client("10.00"), new_company()
        ear = take(company, client, "2.50", summary="three coffees")
        for person in (client, company):
            line = list_operations(customer_id=person.customer_id, limit=1).items[0]
            assert line.success
            assert line.transfer_id == ear.done.id
            assert (line.source, line.target) == (client.wallet_id, company.wallet_id)
            assert (line.summary, line.amount) == ("three coffees", usd("2.50"))
            assert line.incoming is (person is company)
            assert line.at == ear.done.at

    def test_moves_nothing_when_the_balance_is_short_and_keeps_the_attempt_in_both_histories(
        self,
    ) -> None:
        client, company = new_client("1.00"), new_company()
        ear = take(company, client, "1.01", summary="too much")
        assert ear.code == "insufficient_funds"
        assert (client.available(), company.available()) == ("1.00", "0.00")
        for person in (client, company):
            (attempt,) = attempts(person)
            assert not attempt.success
            assert (attempt.summary, attempt.amount) == ("too much", usd("1.01"))
            assert (attempt.source, attempt.target) == (client.wallet_id, company.wallet_id)
            assert attempt.balance is None

    def test_may_take_the_last_cent(self) -> None:
        client, company = new_client("1.00"), new_company()
        assert take(company, client, "1.00").code == "done"
        assert client.available() == "0.00"

    def test_takes_from_another_company(self) -> None:
        payer, payee = new_company("5.00"), new_company()
        assert take(payee, payer, "5.00").code == "done"
        assert (payer.available(), payee.available()) == ("0.00", "5.00")

    def test_refuses_the_own_wallet(self) -> None:
        company = new_company("5.00")
        assert take(company, company, "1.00").code == "own_wallet"
        assert company.available() == "5.00"

    def test_refuses_an_unknown_token_and_one_of_no_known_form(self) -> None:
        company = new_company()
        for token in ("wt_" + "0" * 32, "wal_x", ""):
            ask = ChargeAsk(token=token, amount=usd("1.00"))
            ear = hear(charge, merchant_id=company.customer_id, ask=ask)
            assert ear.code == "not_found"

    def test_demands_a_wallet_of_the_merchant(self) -> None:
        client, company = new_client("5.00"), new_company()
        wallet_actions.close_wallet(
            wallet_id=company.wallet_id, customer_id=company.customer_id, by=SYSTEM
        )
        assert take(company, client, "1.00").code == "wallet_required"
        assert client.available() == "5.00"

    def test_goes_into_the_next_wallet_of_a_merchant_who_closed_his_first(self) -> None:
        client, company = new_client("5.00"), new_company()
        take(company, client, "1.00")
        fund_back = take(new_company(), company, "1.00")
        assert fund_back.code == "done"
        wallet_actions.close_wallet(
            wallet_id=company.wallet_id, customer_id=company.customer_id, by=SYSTEM
        )
        assert take(company, client, "1.00").code == "wallet_closed"
        new_wallet = wallet_actions.open_wallet(customer_id=company.customer_id, by=SYSTEM)
        ear = take(company, client, "1.00")
        assert ear.done.payee_wallet_id == new_wallet.id

    def test_opens_a_currency_that_either_side_lacks(self) -> None:
        client, company = new_client(), new_company()
        assert take(company, client, eur("1.00")).code == "insufficient_funds"
        assert client.available("EUR") == "0.00"
        fund(client.wallet_id, eur("3.00"))
        assert take(company, client, eur("1.00")).code == "done"
        assert (client.available("EUR"), company.available("EUR")) == ("2.00", "1.00")
        assert ledger.get_account(code=f"wallets:{client.wallet.wire_id}:EUR").asset == EUR


class TestAFrozenWallet:
    def test_refuses_a_charge_and_keeps_the_attempt(self) -> None:
        client, company = new_client("5.00"), new_company()
        wallet_actions.freeze_wallet(
            wallet_id=client.wallet_id, customer_id=client.customer_id, by=client.actor
        )
        assert take(company, client, "1.00").code == "wallet_frozen"
        assert client.available() == "5.00"
        assert len(attempts(client)) == len(attempts(company)) == 1

    def test_pays_again_once_it_is_unfrozen(self) -> None:
        client, company = new_client("5.00"), new_company()
        for act in (wallet_actions.freeze_wallet, wallet_actions.unfreeze_wallet):
            act(wallet_id=client.wallet_id, customer_id=client.customer_id, by=client.actor)
        assert take(company, client, "1.00").code == "done"

    def test_opens_no_further_currency(self) -> None:
        client, company = new_client("5.00"), new_company()
        wallet_actions.freeze_wallet(
            wallet_id=client.wallet_id, customer_id=client.customer_id, by=client.actor
        )
        assert take(company, client, eur("1.00")).code == "wallet_frozen"
        assert client.available("EUR") == "none"


class TestAKey:
    def test_gives_the_first_answer_again_and_moves_nothing(self) -> None:
        client, company = new_client("5.00"), new_company()
        key = fresh_key()
        first = take(company, client, "1.00", key=key)
        again = take(company, client, "1.00", key=key)
        assert first.answered is not None
        assert again.answered is not None
        assert (first.answered.replayed, again.answered.replayed) == (False, True)
        assert first.answered.answer == again.answered.answer
        assert client.available() == "4.00"

    def test_replays_a_refusal_by_the_books_even_when_there_is_money_now(self) -> None:
        client, company = new_client(), new_company()
        key = fresh_key()
        take(company, client, "1.00", key=key)
        fund(client.wallet_id, usd("5.00"))
        again = take(company, client, "1.00", key=key)
        assert again.answered is not None
        assert again.answered.replayed
        assert json.loads(again.answered.answer.body) == {"code": "insufficient_funds"}
        assert client.available() == "5.00"

    def test_replays_a_success_after_the_token_was_rotated(self) -> None:
        client, company = new_client("5.00"), new_company()
        key = fresh_key()
        take(company, client, "1.00", key=key)
        tokens.rotate_token(
            wallet_id=client.wallet_id, customer_id=client.customer_id, by=client.actor
        )
        again = take(company, client, "1.00", key=key)
        assert again.answered is not None
        assert (again.answered.replayed, again.answered.answer.status) == (True, 201)

    def test_replays_a_refusal_that_never_reached_the_books(self) -> None:
        company = new_company("1.00")
        key = fresh_key()
        assert take(company, company, "1.00", key=key).code == "own_wallet"
        again = take(company, company, "1.00", key=key)
        assert again.answered is not None
        assert again.answered.replayed

    def test_refuses_another_body(self) -> None:
        client, company = new_client("5.00"), new_company()
        take(company, client, "1.00", key=fresh_key(b"1", name="the same"))
        with pytest.raises(KeyReused):
            take(company, client, "2.00", key=fresh_key(b"2", name="the same"))
        assert client.available() == "4.00"


class TestACap:
    def test_stops_a_merchant_at_the_sum_of_the_day(self) -> None:
        client, company, other = new_client("50.00"), new_company(), new_company()
        set_rule(client, company, cap="10.00")
        assert take(company, client, "6.00").code == "done"
        assert take(company, client, "4.01").code == "limit_exceeded"
        assert take(company, client, "4.00").code == "done"
        assert take(other, client, "11.00").code == "done"
        assert client.available() == "29.00"
        assert [one.amount for one in attempts(client)] == [usd("4.01")]

    def test_counts_no_refused_charge(self) -> None:
        client, company = new_client("5.00"), new_company()
        set_rule(client, company, cap="10.00")
        assert take(company, client, "9.00").code == "insufficient_funds"
        fund(client.wallet_id, usd("20.00"))
        assert take(company, client, "10.00").code == "done"

    def test_says_nothing_of_another_currency(self) -> None:
        client, company = new_client(), new_company()
        set_rule(client, company, cap="1.00")
        fund(client.wallet_id, eur("5.00"))
        assert take(company, client, eur("5.00")).code == "done"

    def test_is_gone_once_removed(self) -> None:
        client, company = new_client("50.00"), new_company()
        set_rule(client, company, cap="1.00")
        rules.remove_rule(
            wallet_id=client.wallet_id,
            customer_id=client.customer_id,
            merchant_id=company.customer_id,
            by=client.actor,
        )
        assert take(company, client, "11.00").code == "done"


class TestABlock:
    def test_refuses_the_merchant_and_keeps_the_attempt(self) -> None:
        client, company, other = new_client("5.00"), new_company(), new_company()
        set_rule(client, company, blocked=True)
        assert take(company, client, "1.00").code == "merchant_blocked"
        assert take(other, client, "1.00").code == "done"
        assert [attempt.refusal for attempt in attempts(client)] == ["merchant_blocked"]
        assert client.available() == "4.00"


def set_rule(
    owner: Person, merchant: Person, *, cap: str | None = None, blocked: bool = False
) -> None:
    """Have the owner of a wallet cap or block a merchant."""
    rules.set_rule(
        wallet_id=owner.wallet_id,
        customer_id=owner.customer_id,
        merchant_id=merchant.customer_id,
        day_max=usd(cap) if cap else None,
        blocked=blocked,
        by=owner.actor,
    )
