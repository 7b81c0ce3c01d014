"""What other tests pass by: rare races, rows that show themselves, registrations, second pages."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.db import connections, transaction

from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.events import EventRow
from fondaco.kit.django.idempotency import IdempotencyInProgress
from fondaco.kit.ids import encode, uuid7
from fondaco.kit.paging import Cursor
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import AccountKind, Result, Step, Transfer, TransferId
from fondaco.money import Money
from fondaco.operators.queries import list_platform_totals
from fondaco.wallets import listeners, models, refusals
from fondaco.wallets.actions import batches, cashouts, requests, rules, wallets as wallet_actions
from fondaco.wallets.actions.currencies import open_currency
from fondaco.wallets.actions.submission import answered
from fondaco.wallets.queries.accounts import list_accounts
from fondaco.wallets.queries.requests import list_requests
from fondaco.wallets.queries.wallets import list_wallets
from fondaco.wallets.states import WalletState
from fondaco.wallets.tests.cast import (
    EUR,
    USD,
    Ear,
    Person,
    fresh_key,
    new_client,
    new_company,
    take,
    usd,
)
from fondaco.wallets.types import CashOutAsk, ChargeAsk, Recipient, RequestAsk

pytestmark = pytest.mark.usefixtures("tenant")


class TestABatchThatIsAtWorkTwice:
    def test_asks_the_second_to_come_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        company, once = new_company(), Ear().once(fresh_key())
        asked: dict[str, Any] = {
            "merchant_id": company.customer_id,
            "asks": [ChargeAsk(token="unknown", amount=usd("1.00"))],
            "once": once,
            "by": SYSTEM,
        }
        batches.charge_many(**asked)
        # As if both had looked for stored answers before either had stored one.
        monkeypatch.setattr(batches, "_replays", lambda _each: {})
        with pytest.raises(IdempotencyInProgress):
            batches.charge_many(**asked)


class TestASubmissionWithAKey:
    def test_has_an_answer(self) -> None:
        with pytest.raises(AssertionError):
            answered(None, replayed=False)


class TestOpeningACurrencyTwice:
    def test_gives_the_same_account(self) -> None:
        client = new_client()
        opened = [open_currency(wallet_id=client.wallet_id, asset=EUR, by=SYSTEM) for _ in range(2)]
        assert opened[0] == opened[1]

    def test_leaves_the_wallet_free_for_others_though_the_transaction_goes_on(self) -> None:
        client = new_client()
        account = open_currency(wallet_id=client.wallet_id, asset=EUR, by=SYSTEM)
        with ThreadPoolExecutor(1) as other, transaction.atomic():
            assert open_currency(wallet_id=client.wallet_id, asset=EUR, by=SYSTEM) == account
            assert other.submit(tenancy.run_in_context(is_free), client.wallet_id).result()


def is_free(wallet_id: UUID) -> bool:
    """Tell whether nobody has locked a wallet."""
    try:
        with transaction.atomic():
            rows = models.Wallet.objects.select_for_update(skip_locked=True)
            return rows.filter(id=wallet_id).exists()
    finally:
        connections.close_all()


class TestRefusals:
    def test_of_results_that_only_a_defect_causes_say_so(self) -> None:
        refusal = refusals.refusal_for(Result.ASSET_MISMATCH)
        assert (refusal.code, refusal.facts) == ("movement_refused", {"result": "asset_mismatch"})
        assert refusals.refusal_named("never heard of").code == "movement_refused"

    @pytest.mark.parametrize("result", [one for one in Result if one.value != "posted"])
    def test_have_a_stable_code_for_every_word_of_the_ledger(self, result: Result) -> None:
        refusal = refusals.refusal_for(result)
        assert refusals.refusal_named(refusal.code).code == refusal.code


class TestACashOutWithoutAHold:
    def test_cannot_be_ended(self) -> None:
        client = new_client()
        ask = CashOutAsk(wallet_id=client.wallet_id, amount=usd("1.00"), destination="x")
        order = cashouts.ask_cash_out(customer_id=client.customer_id, ask=ask, by=SYSTEM)
        with pytest.raises(AssertionError):
            cashouts._end_hold(replace(order, reference=None), Step.VOID, by=SYSTEM)


class TestListeners:
    def test_hear_of_holds_that_expired(self) -> None:
        client, company = new_client("1.00"), new_company()
        ear = take(company, client, "1.00", capture=False)
        happened = EventRow(
            id=uuid7(),
            type="ledger.hold.expired",
            version=1,
            occurred_at=clock.now(),
            actor=str(SYSTEM),
            subject=encode("tr", ear.done.id),
            data={"hold_id": encode("tr", ear.done.id)},
        )
        listeners.tell_expiry(happened)


class TestRows:
    def test_show_themselves_without_secrets(self) -> None:
        client, company = new_client(), new_company()
        rules.set_rule(
            wallet_id=client.wallet_id,
            customer_id=client.customer_id,
            merchant_id=company.customer_id,
            day_max=None,
            blocked=True,
            by=SYSTEM,
        )
        asked = requests.ask_payment(
            customer_id=client.customer_id,
            ask=RequestAsk(
                wallet_id=client.wallet_id, payer=Recipient(email=company.email), amount=usd("1.00")
            ),
            by=SYSTEM,
        )
        wallet = client.wallet.wire_id
        holder, merchant = (encode("cus", one.customer_id) for one in (client, company))
        shown = [
            str(models.WalletHolder.objects.get(customer_id=client.customer_id)),
            str(models.WalletAccount.objects.get(wallet_id=client.wallet_id)),
            str(models.MerchantRule.objects.get(wallet_id=client.wallet_id)),
            str(models.PaymentRequest.objects.get(id=asked.id)),
        ]
        assert shown == [
            f"holder {holder}",
            f"wallets:{wallet}:USD",
            f"rule of {wallet} for {merchant}",
            f"{asked.wire_id} asked",
        ]


class TestSecondPages:
    def test_of_wallets_and_requests_go_on_where_the_first_ended(self) -> None:
        client, payer = new_client(), new_client()
        for label in ("second", "third"):
            wallet_actions.open_wallet(customer_id=client.customer_id, label=label, by=SYSTEM)
        ask = RequestAsk(
            wallet_id=client.wallet_id, payer=Recipient(email=payer.email), amount=usd("1.00")
        )
        for _ in range(2):
            requests.ask_payment(customer_id=client.customer_id, ask=ask, by=SYSTEM)
        first = list_wallets(customer_id=client.customer_id, state=WalletState.OPEN, limit=2)
        assert first.next is not None
        rest = list_wallets(
            customer_id=client.customer_id, after=Cursor.decode(first.next), limit=2
        )
        assert [one.label for one in (*first.items, *rest.items)] == ["third", "second", ""]
        page = list_requests(customer_id=payer.customer_id, limit=1)
        assert page.next is not None
        more = list_requests(customer_id=payer.customer_id, after=Cursor.decode(page.next))
        assert len(more.items) == 1


class TestPlatformTotals:
    def test_explain_the_difference_by_every_other_account(self, fresh_tenant: Any) -> None:
        with tenancy.scope(fresh_tenant()):
            client = new_client("10.00")
            pay_a_fee(client, usd("1.00"))
            (dollars,) = list_platform_totals()
        assert (dollars.obligations, dollars.difference) == (usd("9.00"), usd("1.00"))
        assert dollars.other == {"fees:tests:USD": usd("1.00")}


def pay_a_fee(payer: Person, amount: Money) -> None:
    """Move money from a wallet to an account of income."""
    ledger.declare_kind("tests.fee")
    fees = ledger.open_account(
        code="fees:tests:USD", asset=USD, kind=AccountKind.INCOME, floor=None, by=SYSTEM
    )
    transfer = Transfer(
        id=TransferId(uuid7()),
        debit=list_accounts(wallet_id=payer.wallet_id)["USD"],
        credit=fees.id,
        amount=amount.minor,
        kind="tests.fee",
    )
    with transaction.atomic():
        (outcome,) = ledger.post([transfer], by=SYSTEM)
    assert outcome.is_done
