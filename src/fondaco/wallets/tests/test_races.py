"""Many at once, with real threads: what must hold whoever comes first."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any, Final, TypeVar

import pytest
from django.db import connections

from fondaco.kit.django import tenancy
from fondaco.kit.errors import DomainError
from fondaco.kit.options import override
from fondaco.wallets.actions import holds, refunds, requests, wallets as wallet_actions
from fondaco.wallets.queries import wallets as queries
from fondaco.wallets.queries.history import list_operations
from fondaco.wallets.tests.cast import (
    Ear,
    Person,
    charge_id_of,
    fresh_key,
    hear,
    new_client,
    new_company,
    take,
    usd,
)
from fondaco.wallets.types import OperationFilter, Recipient, RequestAsk

pytestmark = [pytest.mark.usefixtures("tenant"), pytest.mark.drill]

SCALE: Final = float(os.environ.get("DRILL_SCALE", "0.02"))
"""1 is the long form that ``make drill`` runs."""

Result = TypeVar("Result")


def all_at_once(acts: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run each in a thread of its own, all let go at the same moment, and give the results in order."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], Result]) -> Result:
        gate.wait()
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        running = [pool.submit(tenancy.run_in_context(run), act) for act in acts]
        return [one.result() for one in running]


def failed_attempts(person: Person) -> int:
    """Count the failed attempts in somebody's history."""
    page = list_operations(
        customer_id=person.customer_id, narrow=OperationFilter(success=False), limit=200
    )
    return len(page.items)


class TestChargingTheLastMoney:
    def test_lets_exactly_ten_of_64_succeed_and_keeps_54_failed_attempts(
        self, record_property: Callable[[str, object], None]
    ) -> None:
        client, company = new_client("10.00"), new_company()
        ears = all_at_once([lambda: take(company, client, "1.00")] * 64)
        assert Counter(ear.code for ear in ears) == {"done": 10, "insufficient_funds": 54}
        assert (client.available(), company.available()) == ("0.00", "10.00")
        assert failed_attempts(client) == failed_attempts(company) == 54
        record_property("threads", len(ears))

    def test_holds_when_each_charge_comes_from_another_company(self) -> None:
        client = new_client("3.00")
        companies = [new_company() for _ in range(8)]
        ears = all_at_once([partial(take, one, client, "1.00") for one in companies])
        assert Counter(ear.code for ear in ears) == {"done": 3, "insufficient_funds": 5}
        assert sum(one.available() == "1.00" for one in companies) == 3


class TestTwoCompaniesChargingEachOther:
    def test_meet_no_deadlock_and_lose_no_cent(
        self, record_property: Callable[[str, object], None]
    ) -> None:
        one, other = new_company("100.00"), new_company("100.00")
        rounds = max(int(10_000 * SCALE) // 16, 1)

        def charge_often(payee: Person, payer: Person) -> Counter[str]:
            return Counter(take(payee, payer, "0.01").code for _ in range(rounds))

        acts = [partial(charge_often, one, other), partial(charge_often, other, one)] * 8
        assert sum(all_at_once(acts), Counter()) == {"done": rounds * 16}
        assert (one.available(), other.available()) == ("100.00", "100.00")
        record_property("charges", rounds * len(acts))


class TestTheSameKey:
    def test_from_32_threads_has_one_effect_and_one_answer(
        self, record_property: Callable[[str, object], None]
    ) -> None:
        client, company = new_client("100.00"), new_company()
        key = fresh_key()
        ears = all_at_once([lambda: take(company, client, "1.00", key=key)] * 32)
        answers = [ear.answered for ear in ears if ear.answered is not None]
        assert len({one.answer.body for one in answers}) == 1
        assert sorted(one.replayed for one in answers) == [False] + [True] * 31
        assert client.available() == "99.00"
        record_property("threads", len(ears))


class TestRefundsThatRace:
    def test_never_give_back_more_than_was_taken(self) -> None:
        client, company = new_client("10.00"), new_company("100.00")
        charge_id = charge_id_of(take(company, client, "10.00"))

        def refund() -> Ear:
            return hear(
                refunds.refund,
                charge_id=charge_id,
                merchant_id=company.customer_id,
                amount=usd("3.00"),
            )

        assert Counter(ear.code for ear in all_at_once([refund] * 16)) == {
            "done": 3,
            "exceeds_charge": 13,
        }
        assert (client.available(), company.available()) == ("9.00", "101.00")


class TestCaptureAndVoidThatRace:
    def test_end_the_hold_once(self) -> None:
        client, company = new_client("10.00"), new_company()
        charge_id = charge_id_of(take(company, client, "10.00", capture=False))
        asked: dict[str, Any] = {"charge_id": charge_id, "merchant_id": company.customer_id}
        acts: list[Callable[[], Ear]] = [
            lambda: hear(holds.capture, **asked, amount=None),
            lambda: hear(holds.void, **asked),
        ] * 4
        assert Counter(ear.code for ear in all_at_once(acts)) == {"done": 1, "hold_ended": 7}
        (balance,) = client.wallet.balances
        assert balance.reserved == usd("0.00")
        assert balance.total + company.wallet.balances[0].total == usd("10.00")


class TestOpeningWallets:
    @staticmethod
    def open_often(person: Person, threads: int) -> Counter[str]:
        """Have somebody open wallets in many threads; count what came of it."""

        def open_one() -> str:
            try:
                wallet_actions.open_wallet(customer_id=person.customer_id, by=person.actor)
            except DomainError as refusal:
                return refusal.code
            return "opened"

        return Counter(all_at_once([open_one] * threads))

    def test_20_at_once_never_exceed_the_limit_of_a_client(self) -> None:
        client = new_client()
        with override(wallets_per_client_max=5):
            assert self.open_often(client, 20) == {"opened": 4, "wallet_limit_reached": 16}
        assert len(queries.list_wallets(customer_id=client.customer_id).items) == 5

    def test_20_at_once_leave_a_company_with_one(self) -> None:
        company = new_company()
        wallet_actions.close_wallet(
            wallet_id=company.wallet_id, customer_id=company.customer_id, by=company.actor
        )
        assert self.open_often(company, 20) == {"opened": 1, "wallet_limit_reached": 19}


class TestAcceptingARequest:
    def test_pays_once(self) -> None:
        asker, payer = new_client(), new_client("10.00")
        asked = requests.ask_payment(
            customer_id=asker.customer_id,
            ask=RequestAsk(
                wallet_id=asker.wallet_id, payer=Recipient(email=payer.email), amount=usd("1.00")
            ),
            by=asker.actor,
        )

        def accept() -> str:
            try:
                requests.accept_request(
                    request_id=asked.id,
                    customer_id=payer.customer_id,
                    wallet_id=payer.wallet_id,
                    by=payer.actor,
                )
            except DomainError as refusal:
                return refusal.code
            return "paid"

        assert Counter(all_at_once([accept] * 8)) == {"paid": 1, "illegal_move": 7}
        assert (asker.available(), payer.available()) == ("1.00", "9.00")


class TestClosingAWalletThatIsCharged:
    def test_leaves_no_money_in_a_closed_wallet(self) -> None:
        payer, company = new_client("8.00"), new_company()

        def close() -> str:
            try:
                wallet_actions.close_wallet(
                    wallet_id=payer.wallet_id, customer_id=payer.customer_id, by=payer.actor
                )
            except DomainError as refusal:
                return refusal.code
            return "closed"

        acts: list[Callable[[], str]] = [close, lambda: take(company, payer, "1.00").code] * 8
        codes = Counter(all_at_once(acts))
        assert codes["done"] == 8 or codes["closed"] == 0
        assert company.available() == f"{codes['done']}.00"
        assert close() == "closed"
