"""Two posters, one behind the other: where one ends the other begins, or neither counts."""

import random
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection

from fondaco.ledger import actions, intake, jobs, memory as memory_module
from fondaco.ledger.jobs import Batch, Job
from fondaco.ledger.lines import Position
from fondaco.ledger.memory import Memory
from fondaco.ledger.poster import PARTNERS
from fondaco.ledger.tests.books import (
    BY,
    account,
    at_once,
    balance,
    between,
    give_each,
    hold,
    move,
    open_bank,
    open_wallet,
    post,
)
from fondaco.ledger.turns import Flight, Turns
from fondaco.ledger.types import (
    AccountId,
    Companions,
    Result,
    Step,
    Submission,
    UsageClaim,
)

LARGE = 128
"""What counts as large here, so that the tests stay short."""
_HISTORY = """
    SELECT version, balance, coalesce(balance - lag(balance) OVER (ORDER BY version), balance) = signed
    FROM (SELECT debit_version AS version, debit_balance AS balance, -amount AS signed
          FROM ledger_transfer WHERE debit = %(account)s
          UNION ALL
          SELECT credit_version, credit_balance, amount
          FROM ledger_transfer WHERE credit = %(account)s) AS legs
    ORDER BY version
"""


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let batches overlap that are smaller than what gains by it."""
    monkeypatch.setattr(jobs, "OVERLAP_FROM", LARGE)


def batch(size: int = LARGE, **first: Any) -> Batch:
    """Gather transfers between two accounts; what is given stands in the first of them."""
    payer, payee = AccountId(1), AccountId(2)
    transfers = [move(payer, payee, 1, **first), *[move(payer, payee, 1)] * (size - 1)]
    return Batch([Job(Submission(transfers=transfers), "x")])


class TestWhatMayOverlap:
    def test_is_a_large_batch(self) -> None:
        """A small one is better off larger."""
        assert batch().may_overlap
        assert not batch(LARGE - 1).may_overlap

    def test_ends_no_hold(self) -> None:
        """The batch before may end it first, and only the database would know."""
        held = hold(AccountId(1), AccountId(2), 1)
        assert not batch(step=Step.VOID, hold_id=held.id).may_overlap

    def test_counts_against_no_limit(self) -> None:
        """Counters are locked until the batch before commits."""
        claim = UsageClaim(counter="a", window="b", amount=1)
        job = Job(
            Submission(
                transfers=[move(AccountId(1), AccountId(2), 1)] * LARGE,
                companions=Companions(usage=[claim]),
            ),
            "x",
        )
        assert not Batch([job]).may_overlap


class TestTurns:
    @pytest.fixture
    def memory(self) -> Memory:
        """Remember one account."""
        memory = Memory()
        memory.keep({1: Position(1, 1, 0, version=5)})
        return memory

    def begin(self, turns: Turns, *, version: int) -> Flight:
        """Prepare a batch that leaves the account at a version, and pass the turn on."""
        flight = turns.begin(overlaps=True)
        (position,) = turns.take([1]).values()
        assert position.version == version - 1
        position.version = version
        flight.pass_on({1: position})
        return flight

    def test_begin_where_the_one_before_will_end(self, memory: Memory) -> None:
        """Nobody else sees it before both have ended."""
        turns = Turns(memory)
        first = self.begin(turns, version=6)
        second = self.begin(turns, version=7)
        assert memory.take([1]) == {}
        first.end(has_committed=True)
        assert second.wait_for_the_one_before()
        second.end(has_committed=True)
        third = turns.begin(overlaps=False)
        assert memory.take([1])[1].version == 7
        third.end(has_committed=True)

    def test_forget_what_lay_ahead_when_one_fails(self, memory: Memory) -> None:
        """The second fails with the first, and the third begins from nothing that either computed."""
        turns = Turns(memory)
        first = self.begin(turns, version=6)
        second = self.begin(turns, version=7)
        first.end(has_committed=False)
        assert not second.wait_for_the_one_before()
        second.end(has_committed=False)
        third = turns.begin(overlaps=True)
        assert third.wait_for_the_one_before()
        assert turns.take([1]) == {}
        third.end(has_committed=True)

    @pytest.mark.parametrize("failing", [0, 1, 2])
    def test_fail_with_all_that_began_behind_the_one_that_fails(
        self, memory: Memory, failing: int
    ) -> None:
        """What went before it stays, but is read again."""
        turns = Turns(memory)
        flights = [self.begin(turns, version=version) for version in (6, 7, 8)]
        for number, flight in enumerate(flights):
            assert flight.wait_for_the_one_before() == (number <= failing)
            flight.end(has_committed=number < failing)
        after = turns.begin(overlaps=True)
        assert after.wait_for_the_one_before()
        assert turns.take([1]) == {}
        after.end(has_committed=True)

    def test_end_no_batch_before_the_one_before(self, memory: Memory) -> None:
        """So whoever sees the last one ended knows that nothing is under way."""
        turns = Turns(memory)
        first = self.begin(turns, version=6)
        second = self.begin(turns, version=7)
        waiting = threading.Thread(target=lambda: second.end(has_committed=False))
        waiting.start()
        assert second.is_under_way
        first.end(has_committed=True)
        waiting.join()
        assert not second.is_under_way

    def test_let_a_batch_wait_that_may_not_overlap(self, memory: Memory) -> None:
        """It begins once nothing is under way, and from what was committed."""
        turns = Turns(memory)
        first = self.begin(turns, version=6)
        begun: list[Flight] = []
        waiting = threading.Thread(target=lambda: begun.append(turns.begin(overlaps=False)))
        waiting.start()
        assert not begun
        first.end(has_committed=True)
        waiting.join()
        assert memory.take([1])[1].version == 6

    def test_tell_whether_anybody_was_waited_for(self, memory: Memory) -> None:
        """A poster that waited looks into the queue again."""
        turns = Turns(memory)
        assert not turns.wait(60)
        first = self.begin(turns, version=6)
        assert turns.wait(0.001)
        threading.Timer(0.01, lambda: first.end(has_committed=True)).start()
        assert turns.wait(60)
        assert not turns.wait(60)


@pytest.mark.usefixtures("tenant")
class TestThreePosters:
    """Large batches of several callers on few accounts, so that each begins where the one before will end."""

    @pytest.fixture(autouse=True)
    def anew(self) -> None:
        """Forget who was contended before, since such batches do not overlap."""
        assert intake.drain(timeout_s=10)
        memory_module.forget()
        intake.reopen()

    def test_keep_the_books_as_one_would(self) -> None:
        """Histories have no gap, each balance follows from the one before, and nobody is below his floor."""
        wallets = [open_wallet() for _ in range(20)]
        give_each(wallets, 60)

        def ask(number: int) -> int:
            chance, done = random.Random(number), 0
            for _ in range(4):
                asked = [
                    between(chance.sample(wallets, 2), chance.randrange(1, 40))
                    for _ in range(LARGE)
                ]
                outcomes = actions.submit(asked, by=BY).outcomes
                done += sum(outcome.is_done for outcome in outcomes)
            return done

        done = sum(at_once(ask, threads=3))
        assert 0 < done < 12 * LARGE
        assert sum(balance(wallet) for wallet in wallets) == 20 * 60
        assert sum(self.check(wallet) for wallet in wallets) == 20 + 2 * done

    def check(self, wallet: AccountId) -> int:
        """Recompute one account's history; gives how many legs it has."""
        with connection.cursor() as cursor:
            cursor.execute(_HISTORY, {"account": wallet})
            rows = cursor.fetchall()
        assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
        assert all(row[1] >= 0 and row[2] for row in rows)
        assert (account(wallet).version, balance(wallet)) == (len(rows), rows[-1][1])
        return len(rows)

    def test_survive_others_who_post_to_the_same_accounts(self) -> None:
        """What another connection did makes a batch fail, the next one with it; both are done again."""
        payer, payee = open_wallet(), open_wallet()
        give_each([payer], 10**6)

        def ask(number: int) -> None:
            for _ in range(4):
                if number:
                    outcomes: Sequence[Any] = actions.submit(
                        [move(payer, payee, 1) for _ in range(LARGE)], by=BY
                    ).outcomes
                else:
                    outcomes = post(*[move(payer, payee, 1) for _ in range(3)])
                assert {outcome.result for outcome in outcomes} == {Result.POSTED}

        at_once(ask, threads=3)
        assert balance(payee) == 8 * LARGE + 12
        self.check(payee)

    def test_do_again_what_followed_a_batch_that_failed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nothing of the first try stays."""
        answers, wait = iter([False]), Flight.wait_for_the_one_before
        monkeypatch.setattr(
            Flight,
            "wait_for_the_one_before",
            lambda flight: wait(flight) and next(answers, True),
        )
        bank, payee = open_bank(), open_wallet()
        asked = [move(bank, payee, 1) for _ in range(LARGE)]
        outcomes = actions.submit(asked, by=BY).outcomes
        assert {outcome.result for outcome in outcomes} == {Result.POSTED}
        assert next(answers, None) is None
        assert self.check(payee) == LARGE

    def test_do_an_id_once_that_both_were_asked_for(self) -> None:
        """Whichever comes second finds what the first has done."""
        bank, payee = open_bank(), open_wallet()
        asked = [move(bank, payee, 1) for _ in range(LARGE)]

        def ask(_number: int) -> list[Result]:
            return [outcome.result for outcome in actions.submit(asked, by=BY).outcomes]

        answers = at_once(ask, threads=3)
        assert sorted(answers) == sorted(
            [[Result.EXISTS] * LARGE, [Result.EXISTS] * LARGE, [Result.POSTED] * LARGE]
        )
        assert balance(payee) == LARGE

    def test_end_together(self) -> None:
        """A process that stops finishes what all took."""
        bank, payee = open_bank(), open_wallet()
        at_once(
            lambda _number: actions.submit([move(bank, payee, 1) for _ in range(LARGE)], by=BY),
            threads=3,
        )
        (place,) = [one for one in intake._posters if one[1] == "t_alpha"]
        poster = intake._posters[place]
        partners = poster._partners
        assert len(partners) == PARTNERS
        assert all(partner.is_alive() for partner in partners)
        assert intake.drain(timeout_s=5)
        intake.reopen()
        assert not any(partner.is_alive() for partner in partners)
        assert balance(payee) == 3 * LARGE
