"""The thread that commits batches for all callers of one process and tenant."""

import threading
import time
from collections.abc import Mapping, Sequence
from functools import partial
from queue import Empty
from typing import Any, Final

import psycopg
import structlog
from django.db import connections
from psycopg import errors

from fondaco.audit import actions as audit
from fondaco.kit import clock
from fondaco.kit.django import events, idempotency, metrics, nonces, script as scripts
from fondaco.kit.django.idempotency import Remembered
from fondaco.kit.django.nonces import Nonce
from fondaco.kit.django.script import Script
from fondaco.kit.inbox import Inbox
from fondaco.kit.options import options
from fondaco.ledger import batch as writing, jobs, store
from fondaco.ledger.batch import Order
from fondaco.ledger.jobs import Batch, Ticket
from fondaco.ledger.memory import Memory
from fondaco.ledger.turns import Flight, Turns

TRIES: Final = 8
"""How often a batch is run again after deadlocks and the like before its callers hear of it."""
IDLE_S: Final = 30.0
"""After so long without work the connection is given back."""
RECONNECT_S: Final = 0.1
PARTNERS: Final = 2
"""Posters beside the first, once large batches come: while one batch is written, the rows of the next are on
their way, and the one behind it is prepared."""
DONE_HERE_MAX: Final = 16
"""So many transfers at most are committed in a caller's own thread, since waking another one takes as long as
some of them do; more are worth that, and the caller's goes on meanwhile."""
WATCH_S: Final = 0.002
"""So often a poster that waits for the others looks whether enough has queued up to begin at once."""
_PASSING: Final = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.UniqueViolation,
    errors.LockNotAvailable,
)

log = structlog.get_logger(__name__)


class Poster:
    """Take what is queued, commit it as one batch, wake the callers, and begin again."""

    def __init__(
        self,
        *,
        connect: Mapping[str, Any],
        search_path: str,
        prepares_in: str | None = None,
        remembered: Memory,
        inbox: Inbox[Ticket],
        turns: Turns | None = None,
    ) -> None:
        """Prepare the thread; it connects when the first ticket comes.

        With the turns of another poster it is one of that one's partners. ``prepares_in`` names the
        tenant's schema where the connection leads to one session, which keeps what is prepared in it.
        """
        self._connect = connect
        self._begin = f"BEGIN; SET LOCAL search_path = {search_path}"
        self._memory = remembered
        self._inbox = inbox
        self._cursor: psycopg.ClientCursor[Any] | None = None
        self._turns = turns or Turns(remembered)
        self._is_partner = turns is not None
        self._partners: list[Poster] = []
        self._search_path = search_path
        self._prepares_in = prepares_in
        self._at_work = threading.Lock()
        self._worked_at = 0.0
        self._has_ended = False
        self._thread = threading.Thread(target=self._run, name="ledger-intake", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def put(self, ticket: Ticket) -> None:
        """Queue a ticket; whoever waits for it has to :meth:`do` or to :meth:`delegate` the work."""
        self._inbox.put(ticket)

    def stop(self) -> None:
        """Finish what is queued, then end."""
        self._inbox.close()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end of it and its partners; gives whether it came."""
        until = time.monotonic() + timeout_s
        self._thread.join(timeout_s)
        return not self._thread.is_alive() and all(
            partner.join(max(0.0, until - time.monotonic())) for partner in self._partners
        )

    def is_alive(self) -> bool:
        """Tell whether tickets will be worked on."""
        return not self._has_ended

    def do(self) -> None:
        """Commit what is queued in the calling thread, if it is little and nobody is at work."""
        is_little = len(self._inbox) <= DONE_HERE_MAX and not self._turns.are_taken
        if not (is_little and self._at_work.acquire(blocking=False)):
            self.delegate()
            return
        try:
            first = self._inbox.take()
            if first is not None and first.size > DONE_HERE_MAX:
                self._inbox.put_back(first)
                self.delegate()
            elif first is not None:
                self._post(self._gather(first, size_max=DONE_HERE_MAX))
        finally:
            self._at_work.release()

    def delegate(self) -> None:
        """Have the poster's own thread commit what is queued."""
        self._inbox.ring()

    def _run(self) -> None:
        try:
            while (first := self._wait()) is not None:
                with self._at_work:
                    self._post(self._gather(first, size_max=options().intake_batch_max))
        finally:
            self._has_ended = True
        self._inbox.ring()  # for the others
        with self._at_work:
            self._disconnect()
        connections.close_all()  # with which late jobs were looked up

    def _post(self, tickets: Sequence[Ticket]) -> None:
        """Commit the tickets that somebody still waits for."""
        begun = time.monotonic()
        live = [ticket for ticket in tickets if ticket.deadline > begun]
        if live:
            self._find_partners(live)
            self._work(live)
            self._worked_at = time.monotonic()
            metrics.observe_batch(
                transfers=sum([ticket.size for ticket in live]),
                waited_s=begun - live[0].put_at,
                took_s=self._worked_at - begun,
            )

    def _find_partners(self, tickets: Sequence[Ticket]) -> None:
        """Start other posters when large batches come: they prepare while this one's is written."""
        if (
            not self._partners
            and not self._is_partner
            and sum(one.size for one in tickets) >= jobs.OVERLAP_FROM
        ):
            self._partners = [
                Poster(
                    connect=self._connect,
                    search_path=self._search_path,
                    prepares_in=self._prepares_in,
                    remembered=self._memory,
                    inbox=self._inbox,
                    turns=self._turns,
                )
                for _ in range(PARTNERS)
            ]
            for partner in self._partners:
                partner.start()

    def _gather(self, first: Ticket, *, size_max: int) -> list[Ticket]:
        """Take all that queued up with a ticket, up to so many transfers."""
        tickets, size = [first], first.size
        while size < size_max:
            ticket = self._inbox.take()
            if ticket is None:
                # What would not overlap grows while a batch is under way, until it would.
                if size < jobs.OVERLAP_FROM and self._turns.wait(WATCH_S):
                    continue
                break
            if size + ticket.size > size_max:
                self._inbox.put_back(ticket)
                break
            tickets.append(ticket)
            size += ticket.size
        if self._inbox:
            self._inbox.ring()  # there is more than this batch takes
        return tickets

    def _wait(self) -> Ticket | None:
        """Wait for a ticket; gives none when the poster is to end."""
        while True:
            try:
                return self._inbox.wait(IDLE_S)
            except Empty:
                with self._at_work:
                    if time.monotonic() - self._worked_at >= IDLE_S:
                        self._disconnect()
                connections.close_all()

    def _work(self, tickets: Sequence[Ticket]) -> None:
        """Commit the tickets together; where that cannot be, each by itself, so that one spoils no other."""
        try:
            jobs.prepare_late(tickets)
            if any(job.is_ready for ticket in tickets for job in ticket.jobs):
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
            except errors.InvalidSqlStatementName:
                self._rollback()
                self._prepares_in = None  # a pooler must be there that nobody told of
                log.warning("ledger.intake.sessions_change")
            except psycopg.OperationalError:
                self._disconnect()
                careful = True
                if time.monotonic() > until:
                    raise
                time.sleep(RECONNECT_S)
            else:
                return

    def _try(self, tickets: Sequence[Ticket], *, careful: bool) -> None:
        """Do all of it once, in turn; a large plain batch may begin while the one before is under way."""
        batch = Batch([job for ticket in tickets for job in ticket.jobs])
        if careful:
            self._memory.contend(batch.account_ids)
        else:
            careful = self._memory.is_contended(batch.account_ids)
        overlaps = not careful and batch.may_overlap
        flight, has_committed = self._turns.begin(overlaps=overlaps), False
        try:
            self._write(tickets, batch, careful=careful, flight=flight if overlaps else None)
            has_committed = True
        finally:
            flight.end(has_committed=has_committed)

    def _write(
        self, tickets: Sequence[Ticket], batch: Batch, *, careful: bool, flight: Flight | None
    ) -> None:
        """Write the batch in one transaction; the quick way takes one or two round trips."""
        cursor = self._connected()
        with store.refusals():
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
                memory=self._turns if flight else self._memory,
                careful=careful,
                hold_back=flight is not None,
                prepared_in=self._prepares_in,
            )
            batch.take_outcomes(written.outcomes)
            nonces.insert(script, unspent)
            idempotency.insert(script, batch.answers)
            events.insert(script, batch.events)
            audit.insert(script, batch.entries)
            script.execute("COMMIT")
            if flight is not None:
                # From then on the next batch is prepared, and begins where this one will end.
                script.send_rows(partial(flight.pass_on, written.positions))
                if not flight.wait_for_the_one_before():
                    raise store.Moved("the batch before was not committed")
            script.finish()
        if flight is None:
            self._memory.keep(written.positions)
        for nonce in unspent:
            nonce.is_written = True
        batch.settle()

    def _connected(self) -> "psycopg.ClientCursor[Any]":
        """Give the one cursor of the connection: making one takes as long as applying some transfers."""
        if self._cursor is None or self._cursor.connection.closed:
            connection = psycopg.connect(**self._connect, autocommit=True)
            scripts.prepare(connection.adapters)  # once, and not for each batch
            self._cursor = psycopg.ClientCursor(connection)
            if self._prepares_in is not None:
                self._cursor.execute(f"SET search_path = {self._search_path}; {writing.PREPARE}")
        return self._cursor

    def _rollback(self) -> None:
        try:
            self._connected().execute("ROLLBACK")
        except psycopg.OperationalError:
            self._disconnect()

    def _disconnect(self) -> None:
        if self._cursor is not None:
            self._cursor.connection.close()
            self._cursor = None


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
