"""The intake: many callers, few transactions, and nothing lost or doubled."""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.audit.models import Entry
from fondaco.audit.types import AuditEntry
from fondaco.kit import clock
from fondaco.kit.django import events, tenancy
from fondaco.kit.django.events import EventRow
from fondaco.kit.django.idempotency import Answer, Key, KeyReused
from fondaco.kit.options import override
from fondaco.ledger import actions, intake, models, poster as poster_module, queries
from fondaco.ledger.events import AccountFrozen
from fondaco.ledger.jobs import Job
from fondaco.ledger.poster import Poster
from fondaco.ledger.tests.books import (
    BY,
    account,
    at_once,
    balance,
    give,
    give_each,
    move,
    open_wallet,
)
from fondaco.ledger.types import (
    AccountId,
    Companions,
    Outcome,
    Result,
    Submission,
    Transfer,
    UsageClaim,
)

pytestmark = pytest.mark.usefixtures("tenant")


def key(name: str, body: bytes = b"{}") -> Key:
    """Name an attempt."""
    return Key.make(scope="tests", operation="tests.move", key=name, body=body)


def told(subject: str, name: str) -> Companions:
    """Answer with the result, and write an event and an audit entry."""

    def records(outcomes: Sequence[Outcome]) -> tuple[list[EventRow], list[AuditEntry]]:
        entry = audit.entry(by=BY, action="tests.move", subject=subject, at=outcomes[0].at)
        return [events.row(AccountFrozen(code=subject), by=BY)], [entry]

    return Companions(key=key(name), answer=spoken, records=records)


def spoken(outcomes: Sequence[Outcome]) -> Answer:
    """Answer with the results as text."""
    return Answer(200, " ".join(outcome.result for outcome in outcomes).encode())


def answer_to(asked: Transfer, companions: Companions) -> bytes | None:
    """Ask once; none when the answer did not come, so that it has to be asked for again."""
    try:
        answer = actions.submit([asked], companions=companions, by=BY).answer
    except actions.OutcomeUnknown:
        return None
    assert answer is not None
    return answer.body


def backends(superuser: "psycopg.Connection[Any]") -> list[int]:
    """Give the process ids of the intake's connections."""
    rows = superuser.execute(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'fondaco intake'"
        " AND datname = current_database()"
    ).fetchall()
    return [row[0] for row in rows]


@pytest.fixture
def closed_intake() -> Iterator[None]:
    """Let a test stop the intake, and open it again after it."""
    yield
    intake.reopen()


class TestSubmit:
    """Handing transfers in."""

    def test_loses_and_doubles_nothing_from_many_threads(self) -> None:
        """Versions have no gap, and each unit arrives once."""
        merchant = open_wallet()
        wallets = [open_wallet() for _ in range(16)]
        give_each(wallets, 20)

        def pay(number: int) -> list[Result]:
            return [
                actions.submit([move(wallets[number], merchant, 1)], by=BY).outcomes[0].result
                for _ in range(25)
            ]

        counted = Counter(result for results in at_once(pay, threads=16) for result in results)
        assert counted == {Result.POSTED: 320, Result.INSUFFICIENT_FUNDS: 80}
        assert (balance(merchant), account(merchant).version) == (320, 320)
        entries = queries.list_entries(account_ids=[merchant], limit=1000).items
        moves = [entry for entry in entries if entry.version]
        assert [entry.version for entry in moves] == list(range(320, 0, -1))
        assert [entry.balance_after for entry in moves] == list(range(320, 0, -1))

    def test_has_one_effect_and_one_answer_for_one_key_from_32_threads(self) -> None:
        """One request does it, all others replay its answer."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 1000)
        name, subject = uuid4().hex, uuid4().hex

        def pay(_number: int) -> tuple[bool, bytes]:
            submitted = actions.submit(
                [move(payer, payee, 7)], companions=told(subject, name), by=BY
            )
            assert submitted.answer is not None
            return submitted.replayed, submitted.answer.body

        answers = at_once(pay, threads=32)
        assert Counter(answers) == {(False, b"posted"): 1, (True, b"posted"): 31}
        assert balance(payee) == 7
        assert Entry.objects.filter(subject=subject).count() == 1
        assert actions.submit(
            [move(payer, payee, 7)], companions=told(subject, name), by=BY
        ).replayed

    def test_replays_a_refusal_by_key(self) -> None:
        """There is money now, and still the first answer counts."""
        payer, payee = open_wallet(), open_wallet()
        companions = told(uuid4().hex, uuid4().hex)
        first = actions.submit([move(payer, payee, 5)], companions=companions, by=BY)
        give(payer, 10)
        second = actions.submit([move(payer, payee, 5)], companions=companions, by=BY)
        assert first.answer == second.answer == Answer(200, b"insufficient_funds")
        assert (first.replayed, second.replayed, balance(payee)) == (False, True, 0)

    def test_refuses_a_key_with_another_body(self) -> None:
        """Known from before, or from the same batch; the others of the batch go on."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        name = uuid4().hex

        def asked(body: bytes, amount: int) -> Submission:
            return Submission(
                transfers=[move(payer, payee, amount)],
                companions=Companions(key=key(name, body), answer=spoken),
            )

        with pytest.raises(KeyReused):
            actions.submit_all([asked(b"1", 1), asked(b"2", 10), asked(b"1", 100)], by=BY)
        assert balance(payee) == 1
        with pytest.raises(KeyReused):
            actions.submit(asked(b"2", 5).transfers, companions=asked(b"2", 5).companions, by=BY)
        (again,) = actions.submit_all([asked(b"1", 1)], by=BY)
        assert again.replayed

    def test_takes_many_submissions_with_a_result_each(self) -> None:
        """A refused one, a group, and one that counts."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        claim = UsageClaim(counter=uuid4().hex, window="ever", amount=1, count_max=1)
        counted = Companions(usage=[claim])
        submitted = actions.submit_all(
            [
                Submission(transfers=[move(payer, payee, 10)]),
                Submission(transfers=[move(payer, payee, 500)]),
                Submission(transfers=[move(payer, payee, 1, linked=True), move(payee, payer, 99)]),
                Submission(transfers=[move(payer, payee, 1)], companions=counted),
                Submission(transfers=[move(payer, payee, 1)], companions=counted),
            ],
            by=BY,
        )
        assert [[o.result for o in one.outcomes] for one in submitted] == [
            [Result.POSTED],
            [Result.INSUFFICIENT_FUNDS],
            [Result.LINKED_FAILED, Result.INSUFFICIENT_FUNDS],
            [Result.POSTED],
            [Result.LIMIT_EXCEEDED],
        ]
        assert int(models.Usage.objects.get(counter=claim.counter).amount) == 1

    def test_keeps_submissions_apart(self) -> None:
        """A group that its sender left open does not swallow the next submission."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 10)
        submitted = actions.submit_all(
            [
                Submission(transfers=[move(payer, payee, 100, linked=True)]),
                Submission(transfers=[move(payer, payee, 1)]),
            ],
            by=BY,
        )
        assert [one.outcomes[0].result for one in submitted] == [
            Result.INSUFFICIENT_FUNDS,
            Result.POSTED,
        ]

    def test_tells_a_replay_by_id_only_once(self) -> None:
        """Without a key the id alone makes it one effect, and one event."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 10)
        asked = move(payer, payee, 1)
        subject = uuid4().hex
        companions = Companions(records=told(subject, "").records)
        results = [
            actions.submit([asked], companions=companions, by=BY).outcomes[0].result
            for _ in range(2)
        ]
        assert results == [Result.POSTED, Result.EXISTS]
        assert Entry.objects.filter(subject=subject).count() == 1

    def test_fails_one_whose_companions_fail_and_no_other(self) -> None:
        """A mistake in one caller's code costs his submission alone."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)

        def broken(_outcomes: Sequence[Outcome]) -> Any:
            raise ZeroDivisionError

        def pay(number: int) -> Any:
            companions = Companions(records=broken) if number == 3 else Companions()
            try:
                return actions.submit(
                    [move(payer, payee, 1)], companions=companions, by=BY
                ).outcomes[0]
            except ZeroDivisionError:
                return None

        outcomes = at_once(pay, threads=8)
        assert [number for number, outcome in enumerate(outcomes) if outcome is None] == [3]
        assert balance(payee) == 7

    def test_runs_outside_transactions_only(self) -> None:
        """It could not be part of one."""
        with transaction.atomic(), pytest.raises(RuntimeError, match="atomic"):
            actions.submit([], by=BY)

    def test_wants_an_answer_for_a_key(self) -> None:
        """Otherwise there would be nothing to replay."""
        with pytest.raises(ValueError, match="key"):
            actions.submit([], companions=Companions(key=key("x")), by=BY)

    def test_uses_the_callers_clock(self) -> None:
        """Simulated time goes through the intake."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 1)
        at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
        with clock.set_to(at):
            assert actions.submit([move(payer, payee, 1)], by=BY).outcomes[0].at == at

    def test_keeps_tenants_apart(self, other_tenant: Any) -> None:
        """The same account number in another tenant is another account."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 10)
        with tenancy.scope(other_tenant.name):
            outcome = actions.submit([move(AccountId(10**9), AccountId(payee), 1)], by=BY).outcomes[
                0
            ]
        assert outcome.result is Result.ACCOUNT_NOT_FOUND
        assert balance(payee) == 0


class TestFaults:
    """What happens when something breaks in the middle."""

    def test_survives_killed_connections_under_load(
        self, superuser_connection: "psycopg.Connection[Any]"
    ) -> None:
        """Every acknowledged payment is in the books once, and every key has its answer."""
        merchant = open_wallet()
        wallets = [open_wallet() for _ in range(8)]
        give_each(wallets, 10_000)
        stop, done = threading.Event(), list[Transfer]()

        def kill() -> None:
            while not stop.wait(0.05):
                seen = len(done)
                for pid in backends(superuser_connection):
                    superuser_connection.execute("SELECT pg_terminate_backend(%s)", [pid])
                # On a slow machine nobody would get through between two kills.
                while len(done) == seen and not stop.wait(0.01):
                    pass

        killer = threading.Thread(target=kill)
        killer.start()

        def pay(number: int) -> list[Transfer]:
            paid = []
            for _ in range(40):
                asked = move(wallets[number], merchant, 1)
                subject = uuid4().hex
                companions = told(subject, subject)
                while (body := answer_to(asked, companions)) is None:
                    continue
                assert body == b"posted"
                paid.append(asked)
                done.append(asked)
            return paid

        try:
            paid = [one for many in at_once(pay, threads=8) for one in many]
        finally:
            stop.set()
            killer.join()
        assert balance(merchant) == len(paid) == 320
        assert models.Transfer.objects.filter(pk__in=[one.id for one in paid]).count() == 320

    def test_says_unknown_when_the_answer_does_not_come(
        self, superuser_connection: "psycopg.Connection[Any]"
    ) -> None:
        """The key then tells what became of it."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 10)
        asked, companions = move(payer, payee, 1), told(uuid4().hex, uuid4().hex)
        with superuser_connection.transaction():
            superuser_connection.execute(
                "SELECT FROM t_alpha.ledger_account WHERE id = %s FOR UPDATE", [payer]
            )
            with override(intake_timeout_s=0.2), pytest.raises(actions.OutcomeUnknown):
                actions.submit([asked], companions=companions, by=BY)
        again = actions.submit([asked], companions=companions, by=BY)
        assert again.answer is not None
        assert balance(payee) == 1

    def test_finishes_what_it_took_and_takes_no_more(self, closed_intake: None) -> None:
        """As a stopping server does."""
        assert closed_intake is None
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        assert actions.submit([move(payer, payee, 1)], by=BY).outcomes[0].is_done
        assert intake.drain(timeout_s=5)
        with pytest.raises(actions.IntakeClosed):
            actions.submit([move(payer, payee, 1)], by=BY)
        intake.reopen()
        assert actions.submit([move(payer, payee, 1)], by=BY).outcomes[0].is_done
        # unknown is unknown: what timed out may have been posted as the database came back
        assert balance(payee) in {2, 3, 4, 5}

    def test_begins_anew_in_a_forked_process(self) -> None:
        """Threads do not live on in a child, so it makes its own."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        actions.submit([move(payer, payee, 1)], by=BY)
        posters = dict(intake._posters)
        assert posters
        intake._forget_parent()
        assert not intake._posters
        intake._posters.update(posters)
        child = os.fork()
        if child == 0:
            os._exit(0 if not intake._posters else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert intake._posters == posters

    def test_takes_the_poster_that_another_thread_has_just_started(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Who waited for the lock looks again."""
        theirs, mine = intake._poster(), dict[tuple[str, str], Poster]()
        started = dict(intake._posters)

        @contextmanager
        def taken() -> Iterator[None]:
            mine.update(started)
            yield

        monkeypatch.setattr(intake, "_posters", mine)
        monkeypatch.setattr(intake, "_lock", taken())
        assert intake._poster() is theirs
        assert mine == started

    def test_skips_whom_nobody_waits_for_any_more(self) -> None:
        """What was not begun in time is not begun at all."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        begun, gone = threading.Event(), threading.Semaphore(0)

        def slow(_outcomes: Sequence[Outcome]) -> Any:
            begun.set()
            for _ in range(3):
                assert gone.acquire(timeout=60)
            return [], []

        def ask(number: int) -> None:
            companions = Companions(records=slow) if number == 0 else Companions()
            assert number == 0 or begun.wait(60)
            with pytest.raises(actions.OutcomeUnknown):
                actions.submit([move(payer, payee, 1)], companions=companions, by=BY)
            gone.release()

        with override(intake_timeout_s=0.1):
            at_once(ask, threads=4)
        gone.release()
        assert actions.submit([move(payer, payee, 1)], by=BY).outcomes[0].is_done
        assert balance(payee) == 2

    def test_says_unknown_while_the_database_is_away(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It tries until nobody waits any more, and takes the next one as if nothing had been."""
        intake.drain(timeout_s=5)  # partners of earlier batches would reach the database
        intake.reopen()
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        actions.submit([move(payer, payee, 1)], by=BY)
        (place,) = [one for one in intake._posters if one[1] == "t_alpha"]
        poster = intake._posters[place]
        poster._disconnect()
        monkeypatch.setattr(poster, "_connect", {**poster._connect, "port": 1})
        with override(intake_timeout_s=0.3):
            for asked in ([move(payer, payee, 1)], [move(payer, payee, 1)] * 2):
                with pytest.raises(actions.OutcomeUnknown):
                    actions.submit(asked, by=BY)
        monkeypatch.undo()
        assert actions.submit([move(payer, payee, 1)], by=BY).outcomes[0].is_done
        # Unknown is unknown: a try that was under way when the database came back may still have been done.
        assert balance(payee) in {2, 3, 4, 5}

    def test_says_unknown_of_a_job_without_an_answer(self) -> None:
        """What was given up without a word is not known, rather than failed."""
        job = Job(Submission(transfers=[]), "x")
        with pytest.raises(actions.OutcomeUnknown):
            intake._answer(job)

    def test_gives_its_connection_back_when_idle(
        self, monkeypatch: pytest.MonkeyPatch, superuser_connection: "psycopg.Connection[Any]"
    ) -> None:
        """A tenant that nobody pays in holds no connection."""
        monkeypatch.setattr(poster_module, "IDLE_S", 0.05)
        intake.drain(timeout_s=5)
        intake.reopen()
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        actions.submit([move(payer, payee, 1)], by=BY)
        until = time.monotonic() + 5
        while backends(superuser_connection) and time.monotonic() < until:
            time.sleep(0.02)
        assert backends(superuser_connection) == []
        assert actions.submit([move(payer, payee, 1)], by=BY).outcomes[0].is_done

    def test_gathers_while_a_batch_is_at_work(self) -> None:
        """Nobody waits for a timer, and a full batch leaves the rest to the next."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 1000)
        with override(intake_batch_max=3):
            outcomes = at_once(
                lambda _number: (
                    actions.submit([move(payer, payee, 1), move(payer, payee, 1)], by=BY).outcomes
                ),
                threads=12,
            )
        assert all(outcome.is_done for pair in outcomes for outcome in pair)
        assert balance(payee) == 24
