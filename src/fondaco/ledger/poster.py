"""The thread that commits batches for all callers of one process and tenant."""

import threading
import time
from collections.abc import Mapping, Sequence
from contextvars import copy_context
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Final

import psycopg
import structlog
from psycopg import errors

from fondaco.audit import actions as audit
from fondaco.audit.types import AuditEntry
from fondaco.kit import clock
from fondaco.kit.django import events, idempotency, metrics, nonces
from fondaco.kit.django.events import EventRow
from fondaco.kit.django.idempotency import Answer, Key, KeyReused, Remembered
from fondaco.kit.django.nonces import Nonce
from fondaco.kit.options import options
from fondaco.ledger import store
from fondaco.ledger.batch import Order
from fondaco.ledger.memory import Memory
from fondaco.ledger.script import Script
from fondaco.ledger.types import Outcome, Result, Submission, Submitted

TRIES: Final = 8
"""How often a batch is run again after deadlocks and the like before its callers hear of it."""
IDLE_S: Final = 30.0
"""After so long without work the connection is given back."""
RECONNECT_S: Final = 0.1
_REPLAYS: Final = frozenset({Result.EXISTS, Result.EXISTS_DIFFERENT, Result.ALREADY_REJECTED})
_PASSING: Final = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.UniqueViolation,
    errors.LockNotAvailable,
)

log = structlog.get_logger(__name__)


class Job:
    """Hold one submission and what became of it."""

    __slots__ = ("actor", "error", "submission", "submitted")

    def __init__(self, submission: Submission, actor: str) -> None:
        """Keep what is asked and on whose behalf."""
        self.submission = submission
        self.actor = actor
        self.submitted: Submitted | None = None
        self.error: Exception | None = None


class Ticket:
    """Hold what one caller handed in and waits for."""

    __slots__ = ("_done", "context", "deadline", "jobs", "nonce", "put_at", "size")

    def __init__(self, jobs: Sequence[Job], *, deadline: float) -> None:
        """Keep the jobs, the caller's context for his clock, and the monotonic second when he gives up."""
        self.jobs = jobs
        self.context = copy_context()
        self.nonce = nonces.find_held()
        self.deadline = deadline
        self.put_at = time.monotonic()
        self.size = sum(len(job.submission.transfers) for job in jobs)
        self._done = threading.Lock()
        self._done.acquire()

    def wait(self, timeout_s: float) -> bool:
        """Wait until the jobs are finished; gives whether they are."""
        return self._done.acquire(timeout=timeout_s)

    def finish(self) -> None:
        """Wake the caller."""
        self._done.release()


class Poster:
    """Take what is queued, commit it as one batch, wake the callers, and begin again."""

    def __init__(
        self,
        *,
        connect: Mapping[str, Any],
        search_path: str,
        remembered: Memory,
        queue: "SimpleQueue[Ticket | None]",
    ) -> None:
        """Prepare the thread; it connects when the first ticket comes."""
        self._connect = connect
        self._begin = f"BEGIN; SET LOCAL search_path = {search_path}"
        self._memory = remembered
        self._queue = queue
        self._connection: psycopg.Connection[Any] | None = None
        self._next: Ticket | None = None
        self._thread = threading.Thread(target=self._run, name="ledger-intake", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def put(self, ticket: Ticket) -> None:
        """Queue a ticket."""
        self._queue.put(ticket)

    def stop(self) -> None:
        """Finish what is queued, then end."""
        self._queue.put(None)

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; gives whether it came."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def is_alive(self) -> bool:
        """Tell whether tickets will be worked on."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while (tickets := self._gather()) is not None:
            begun = time.monotonic()
            live = [ticket for ticket in tickets if ticket.deadline > begun]
            if live:
                self._work(live)
                metrics.observe_batch(
                    transfers=sum(ticket.size for ticket in live),
                    waited_s=begun - live[0].put_at,
                    took_s=time.monotonic() - begun,
                )
        self._disconnect()

    def _gather(self) -> list[Ticket] | None:
        """Wait for a ticket and take all that queued up with it, or none when the poster is to end."""
        first = self._next or self._wait()
        self._next = None
        if first is None:
            return None
        tickets, size, size_max = [first], first.size, options().intake_batch_max
        while size < size_max:
            try:
                ticket = self._queue.get_nowait()
            except Empty:
                break
            if ticket is None:
                self._queue.put(None)
                break
            if size + ticket.size > size_max:
                self._next = ticket
                break
            tickets.append(ticket)
            size += ticket.size
        return tickets

    def _wait(self) -> Ticket | None:
        while True:
            try:
                return self._queue.get(timeout=IDLE_S)
            except Empty:
                self._disconnect()

    def _work(self, tickets: Sequence[Ticket]) -> None:
        """Commit the tickets together; where that cannot be, each by itself, so that one spoils no other."""
        try:
            self._commit(tickets)
        except Exception as error:
            self._disconnect()
            if len(tickets) > 1:
                for ticket in tickets:
                    self._work([ticket])
                return
            log.exception("ledger.intake.failed", transfers=tickets[0].size)
            if not isinstance(error, psycopg.OperationalError):
                for job in tickets[0].jobs:
                    job.error = job.error or error
        for ticket in tickets:
            ticket.finish()

    def _commit(self, tickets: Sequence[Ticket]) -> None:
        """Run the batch until it is committed.

        Running it again is safe at any point, even when the connection broke during the commit: what was
        committed is found by its keys and ids, and nothing is done twice.
        """
        until, careful, tries = max(ticket.deadline for ticket in tickets), False, 0
        while True:
            try:
                self._try(tickets, careful=careful)
            except (store.Moved, *_PASSING):
                self._rollback()
                tries, careful = tries + 1, True
                if tries == TRIES:
                    raise
            except psycopg.OperationalError:
                self._disconnect()
                careful = True
                if time.monotonic() > until:
                    raise
                time.sleep(RECONNECT_S)
            else:
                return

    def _try(self, tickets: Sequence[Ticket], *, careful: bool) -> None:
        """Do all of it once; the quick way takes one or two round trips."""
        batch = Batch([job for ticket in tickets for job in ticket.jobs])
        ids = batch.account_ids
        if careful:
            self._memory.contend(ids)
        else:
            careful = self._memory.is_contended(ids)
        with psycopg.ClientCursor(self._connected()) as cursor, store.refusals():
            script = Script(cursor)
            script.execute(self._begin)
            remembered: Mapping[bytes, Remembered] = {}
            unspent = [ticket.nonce for ticket in tickets if ticket.nonce is not None]
            if careful and unspent:
                script.run()
                unspent = _refuse_spent(cursor, tickets)
                batch = Batch([job for ticket in tickets for job in ticket.jobs])
            if careful and batch.keys:
                script.run()
                remembered = idempotency.find(cursor, batch.keys)
            batch.find_replays(remembered)
            written = store.write(
                script,
                [
                    Order(job.submission.transfers, job.actor, job.submission.companions.usage)
                    for job in batch.fresh
                ],
                now=partial(tickets[-1].context.run, clock.now),
                memory=self._memory,
                careful=careful,
            )
            batch.take_outcomes(written.outcomes)
            nonces.insert(script, unspent)
            idempotency.insert(script, batch.answers)
            events.insert(script, batch.events)
            audit.insert(script, batch.entries)
            script.execute("COMMIT").run()
        self._memory.keep(written.positions)
        for nonce in unspent:
            nonce.is_written = True
        batch.settle()

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(**self._connect, autocommit=True)
        return self._connection

    def _rollback(self) -> None:
        try:
            self._connected().execute("ROLLBACK")
        except psycopg.OperationalError:
            self._disconnect()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Batch:
    """Sort a batch's jobs by their keys, and gather what is written beside the transfers."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        """Take the jobs; those with the key of an earlier one follow it."""
        self.jobs = [job for job in jobs if job.error is None]
        self.fresh: list[Job] = []
        self.answers: list[tuple[Key, Answer]] = []
        self.events: list[EventRow] = []
        self.entries: list[AuditEntry] = []
        self._replayed: list[tuple[Job, Remembered]] = []
        self._following: list[tuple[Job, Job]] = []
        self._submitted: list[tuple[Job, Submitted]] = []

    @property
    def account_ids(self) -> set[int]:
        """Give the accounts that the batch names."""
        return {
            account
            for job in self.jobs
            for transfer in job.submission.transfers
            for account in (transfer.debit, transfer.credit)
        }

    @property
    def keys(self) -> list[Key]:
        """Give the keys of the batch, each once."""
        keys = (job.submission.companions.key for job in self.jobs)
        return list({key.digest: key for key in keys if key is not None}.values())

    def find_replays(self, remembered: Mapping[bytes, Remembered]) -> None:
        """Set aside the jobs whose keys are known, from before or from an earlier job."""
        first: dict[bytes, Job] = {}
        for job in self.jobs:
            key = job.submission.companions.key
            if key is None:
                self.fresh.append(job)
            elif key.digest in remembered:
                self._replayed.append((job, remembered[key.digest]))
            elif key.digest in first:
                self._following.append((job, first[key.digest]))
            else:
                first[key.digest] = job
                self.fresh.append(job)

    def take_outcomes(self, outcomes: Sequence[Sequence[Outcome]]) -> None:
        """Ask each job what is to be told of its outcomes; a replay by id was told before."""
        for job, those in zip(self.fresh, outcomes, strict=True):
            companions = job.submission.companions
            answer = None
            if companions.key is not None and companions.answer is not None:
                answer = companions.answer(those)
                self.answers.append((companions.key, answer))
            if companions.records is not None and not all(o.result in _REPLAYS for o in those):
                told, entries = companions.records(those)
                self.events += told
                self.entries += entries
            self._submitted.append((job, Submitted(outcomes=those, answer=answer)))

    def settle(self) -> None:
        """Hand each job its result; all is committed."""
        for job, submitted in self._submitted:
            job.submitted = submitted
        for job, stored in self._replayed:
            _replay(job, stored)
        for job, leader in self._following:
            key, answer = leader.submission.companions.key, leader.submitted
            if key is not None and answer is not None and answer.answer is not None:
                _replay(job, Remembered(key.fingerprint, answer.answer))


def _refuse_spent(cursor: Any, tickets: Sequence[Ticket]) -> list[Nonce]:
    """Refuse the signed requests that came before, in an earlier batch or in this one; give the other nonces.

    A nonce that this very request wrote, in a commit whose answer was lost, is neither refused nor given.
    """
    held = [(ticket, ticket.nonce) for ticket in tickets if ticket.nonce is not None]
    written = nonces.find(cursor, [nonce for _, nonce in held])
    claimed, unspent = dict(written), []
    for ticket, nonce in held:
        if nonces.is_spent(nonce, claimed):
            for job in ticket.jobs:
                job.error = nonces.NonceSpent()
        elif nonce.digest in written:
            nonce.is_written = True
        elif nonce.digest not in claimed:
            claimed[nonce.digest] = nonce.claim
            unspent.append(nonce)
    return unspent


def _replay(job: Job, stored: Remembered) -> None:
    key = job.submission.companions.key
    try:
        job.submitted = Submitted(answer=stored.replay(key), replayed=True) if key else None
    except KeyReused as error:
        job.error = error
