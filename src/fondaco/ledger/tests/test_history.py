"""Time travel: what an account held before an instant and after each version, checkpoints or none."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from fondaco.kit import clock
from fondaco.kit.django import tenancy
from fondaco.kit.errors import InvalidField
from fondaco.kit.options import override
from fondaco.ledger import actions, models, queries, tasks
from fondaco.ledger.queries import history
from fondaco.ledger.queries.history import InstantNotSettled, Totals
from fondaco.ledger.tests.books import (
    BY,
    account,
    at_once,
    balance,
    dated_id,
    end,
    move,
    open_bank,
    open_wallet,
    post,
)
from fondaco.ledger.types import AccountId, Step, Transfer

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
DAY = timedelta(days=1)
HELD_BACK = timedelta(milliseconds=200)


@dataclass
class Leg:
    """One side of a transfer, as a person would note it down."""

    at: datetime
    changes: tuple[int, int, int, int]
    """Of debits and credits posted, debits and credits pending."""


def legs(account_id: AccountId) -> list[Leg]:
    """Note down all that touched an account, one by one, straight from the table."""
    holds = {one.pk: int(one.amount) for one in models.Hold.objects.all()}
    noted = []
    for row in models.Transfer.objects.filter(debit=account_id) | models.Transfer.objects.filter(
        credit=account_id
    ):
        is_debit = row.debit == account_id
        posted = int(row.amount) if row.step in {"post", "capture"} else 0
        pending = int(row.amount) if row.step == "hold" else 0
        if row.step in {"capture", "void"}:
            pending = -holds[row.hold_id or row.pk]
        changes = (posted, 0, pending, 0) if is_debit else (0, posted, 0, pending)
        version = row.debit_version if is_debit else row.credit_version
        noted.append((version, Leg(row.at, changes)))
    assert sorted(version for version, _ in noted) == list(range(1, len(noted) + 1))
    return [leg for _, leg in sorted(noted, key=lambda pair: pair[0])]


def summed(noted: Sequence[Leg]) -> Totals:
    """Add up legs the slow way."""
    columns = zip(*(leg.changes for leg in noted), strict=True) if noted else [()] * 4
    return Totals(len(noted), *(sum(column) for column in columns))


def totals_of(found: Any) -> Totals:
    """Give what an account says of itself."""
    return Totals(
        found.version,
        found.debits_posted,
        found.credits_posted,
        found.debits_pending,
        found.credits_pending,
    )


def some_move(chance: random.Random, sides: Sequence[AccountId], **more: Any) -> Transfer:
    """Ask for a movement between any two, dated by the clock."""
    debit, credit = chance.sample(sides, 2)
    return move(debit, credit, chance.randint(1, 99), id=dated_id(), **more)


def live_through(days: int, seed: int) -> list[AccountId]:
    """Have accounts move, hold, capture and void on some days, with days of rest between."""
    chance = random.Random(seed)
    wallets = [open_wallet(floor=None) for _ in range(3)]
    sides = [*wallets, open_bank()]
    open_holds: list[Transfer] = []
    for day in range(days):
        if chance.random() < 0.3:
            continue
        for minute in range(chance.randint(1, 4)):
            with clock.set_to(
                NOON + DAY * day + timedelta(minutes=chance.randint(-700, 700) + minute)
            ):
                batch = [some_move(chance, sides) for _ in range(chance.randint(0, 3))]
                batch.append(some_move(chance, sides, step=Step.HOLD))
                if open_holds and chance.random() < 0.7:
                    ended = open_holds.pop(chance.randrange(len(open_holds)))
                    step = chance.choice([Step.CAPTURE, Step.VOID])
                    part = chance.randint(1, ended.amount) if step is Step.CAPTURE else 0
                    batch.append(end(ended, step, part, id=dated_id()))
                done = post(*batch)
                assert [one.result for one in done if not one.is_done] == []
                open_holds.append(batch[-1] if batch[-1].step is Step.HOLD else batch[-2])
    return sides


def answers(accounts: Sequence[AccountId], instants: Sequence[datetime]) -> list[Totals]:
    """Ask for each account at each instant and each version."""
    given = []
    for one in accounts:
        given += [totals_of(queries.get_account_before(account_id=one, at=at)) for at in instants]
        versions = range(account(one).version + 1)
        given += [
            totals_of(queries.get_account_version(account_id=one, version=v)) for v in versions
        ]
    return given


class TestAnAccount:
    """Before any instant, and after any version."""

    @pytest.mark.parametrize("seed", [1, 2])
    def test_holds_what_its_transfers_sum_to_with_checkpoints_and_without(
        self, fresh_tenant: Any, seed: int
    ) -> None:
        with tenancy.scope(fresh_tenant().name):
            accounts = live_through(9, seed)
            noted = {one: legs(one) for one in accounts}
            midnight = NOON - timedelta(hours=12)
            instants = sorted(
                {midnight + DAY * day for day in range(-2, 11)}
                | {
                    leg.at + timedelta(microseconds=us)
                    for leg in noted[accounts[0]]
                    for us in (0, 1)
                }
            )
            expected = []
            for one in accounts:
                expected += [summed([leg for leg in noted[one] if leg.at < at]) for at in instants]
                expected += [summed(noted[one][:count]) for count in range(len(noted[one]) + 1)]
            assert answers(accounts, instants) == expected
            with clock.set_to(NOON + 5 * DAY):
                made = actions.make_checkpoints()
                assert made[-1] == midnight + 5 * DAY
                assert actions.make_checkpoints() == []
            assert answers(accounts, instants) == expected
            with clock.set_to(NOON + 10 * DAY):
                tasks.make_checkpoints()
                assert actions.make_checkpoints() == []
            assert answers(accounts, instants) == expected
            self._knows_each_day_once(accounts, midnight)

    def _knows_each_day_once(self, accounts: Sequence[AccountId], midnight: datetime) -> None:
        found = models.Checkpoint.objects.filter(account__in=accounts)
        days = models.CheckpointDay.objects.order_by("until")
        assert sum(day.accounts for day in days) == found.count() > 4
        midnights = [day.until for day in days]
        assert midnights == [midnights[0] + DAY * number for number in range(len(midnights))]
        assert midnights[-1] == midnight + 10 * DAY

    def test_has_no_version_that_it_has_not_reached(self, tenant: Any) -> None:
        wallet = open_wallet()
        with pytest.raises(InvalidField, match="versions 0 to 0"):
            queries.get_account_version(account_id=wallet, version=1)
        with pytest.raises(InvalidField, match="versions 0 to 0"):
            queries.get_account_version(account_id=wallet, version=-1)


def lag() -> timedelta:
    """Tell how far the horizon lies behind the present for the sake of those who write."""
    with override(ledger_horizon_ms=0):
        now = clock.now()
        return now - history.find_horizon(now=now)


def wait_until(holds: Callable[[], bool]) -> None:
    """Ask again and again; fails after a minute."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class TestTheHorizon:
    """How far the past is settled."""

    def test_lies_behind_the_present_by_what_the_option_says(self, tenant: Any) -> None:
        now = clock.now()
        with override(ledger_horizon_ms=60_000):
            assert history.find_horizon(now=now) <= now - timedelta(minutes=1)
            queries.require_settled(now - timedelta(hours=1), now=now)
            with pytest.raises(InstantNotSettled) as refused:
                queries.require_settled(now - timedelta(seconds=30), now=now)
            assert refused.value.retry_after_s == 1
        with pytest.raises(InvalidField, match="in the past"):
            queries.require_settled(now + timedelta(seconds=1), now=now)

    def test_lies_before_the_oldest_transaction_that_writes(self, tenant: Any) -> None:
        """What it dated may be as old as the transaction, and nobody sees it yet."""
        wallet, bank = open_wallet(), open_bank()
        written, seen = threading.Event(), threading.Event()

        def act(number: int) -> None:
            if number == 0:
                with transaction.atomic():
                    assert actions.post([move(bank, wallet, 1)], by=BY)[0].is_done
                    written.set()
                    assert seen.wait(60)
            else:
                assert written.wait(60)
                wait_until(lambda: lag() > HELD_BACK)
                seen.set()

        at_once(act, threads=2)
        wait_until(lambda: lag() < HELD_BACK)

    def test_lies_before_whoever_waits_for_a_lock(self, tenant: Any) -> None:
        """It has no number yet, and dated its transfer before it began to wait."""
        wallet, bank = open_wallet(), open_bank()
        locked = threading.Event()

        def act(number: int) -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                if number == 0:
                    cursor.execute("SELECT FROM ledger_account WHERE id = %s FOR UPDATE", [wallet])
                    locked.set()
                    wait_until(lambda: lag() > HELD_BACK)
                else:
                    assert locked.wait(60)
                    cursor.execute("SET LOCAL lock_timeout = '60s'")
                    assert actions.post([move(bank, wallet, 1)], by=BY)[0].is_done

        at_once(act, threads=2)
        assert balance(wallet) == 1

    def test_leaves_no_answer_that_changes_later(self, tenant: Any) -> None:
        """While others post, hold and wait for each other, whatever was answered stays so."""
        wallets, bank = [open_wallet(floor=None) for _ in range(4)], open_bank()
        asked: list[tuple[AccountId, datetime, Totals]] = []
        ending = time.monotonic() + 2.5

        def act(number: int) -> None:
            chance = random.Random(number)
            while time.monotonic() < ending:
                if number:
                    post(*[some_move(chance, [*wallets, bank]) for _ in range(3)])
                    time.sleep(0.02)
                    continue
                at = history.find_horizon(now=clock.now())
                for one in wallets:
                    found = queries.get_account_before(account_id=one, at=at)
                    asked.append((one, at, totals_of(found)))
                time.sleep(0.05)

        with override(ledger_horizon_ms=1_500):
            at_once(act, threads=4)
        assert len(asked) > 8
        again = [
            totals_of(queries.get_account_before(account_id=one, at=at)) for one, at, _ in asked
        ]
        assert again == [found for _, _, found in asked]
