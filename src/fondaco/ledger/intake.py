"""Post what many callers hand in at once with few transactions.

Each process has one poster per tenant, and two more once large batches come: threads with a connection each.
While one batch commits, the next one gathers; there is no timer. A worker that would rest while it waits does
the poster's work itself. The transfers of a batch, their events, audit entries, counters and answers to
idempotency keys commit together, and then each caller is woken with what became of his own.
"""

import atexit
import os
import threading
import time
from collections.abc import Sequence
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections

from fondaco.kit.django import tenancy
from fondaco.kit.errors import DomainError, Kind
from fondaco.kit.inbox import Inbox
from fondaco.kit.options import options
from fondaco.ledger import memory
from fondaco.ledger.jobs import Job, Ticket
from fondaco.ledger.poster import Poster
from fondaco.ledger.types import LateSubmission, Submission, Submitted

DRAIN_S: Final = 10.0
"""How long a stopping process waits for what it accepted."""


class OutcomeUnknown(DomainError):
    """Say that the answer did not come in time: the money may have moved or not."""

    code = "outcome_unknown"
    kind = Kind.UNAVAILABLE
    title = "It is not known yet whether this was done; ask again with the same key."


class IntakeClosed(DomainError):
    """Say that this process is stopping and takes nothing more; nothing was done."""

    code = "intake_closed"
    kind = Kind.UNAVAILABLE
    title = "The server is stopping; send this again with the same key."


_NOTHING_YET: Final = Submission(transfers=())

_posters: dict[tuple[str, str], Poster] = {}
_lock = threading.Lock()
_closing = threading.Event()


def submit(submissions: Sequence[Submission], *, actor: str) -> list[Submitted]:
    """Hand submissions to the poster of the current tenant and wait until they are committed.

    :raises OutcomeUnknown: they were not within the time that the options allow
    :raises IntakeClosed: the process is stopping
    """
    jobs = [Job(submission, actor) for submission in submissions]
    _post(jobs)
    return [_answer(job) for job in jobs]


def submit_late(late: LateSubmission, *, actor: str) -> Submitted | Exception:
    """Hand over what becomes a submission in the poster; gives why it did not, or what it came to.

    :raises OutcomeUnknown: it was not committed within the time that the options allow
    :raises IntakeClosed: the process is stopping
    """
    job = Job(_NOTHING_YET, actor, late=late)
    _post([job])
    return job.refusal if job.refusal and not job.error else _answer(job)


def drain(*, timeout_s: float = DRAIN_S) -> bool:
    """Take nothing more and finish what was taken; gives whether all was finished in time."""
    _closing.set()
    until = time.monotonic() + timeout_s
    with _lock:
        posters = list(_posters.values())
        _posters.clear()
    for poster in posters:
        poster.stop()
    ended = [poster.join(max(0.0, until - time.monotonic())) for poster in posters]
    return all(ended)


def reopen() -> None:
    """Take submissions again after :func:`drain`."""
    _closing.clear()


def _post(jobs: Sequence[Job]) -> None:
    timeout_s = options().intake_timeout_s
    ticket = Ticket(jobs, deadline=time.monotonic() + timeout_s)
    poster = _poster()
    poster.put(ticket)
    if not ticket.wait(timeout_s, errand=poster):
        raise OutcomeUnknown(retry_after_s=1)


def _answer(job: Job) -> Submitted:
    if job.error is not None:
        raise job.error
    if job.submitted is None:
        raise OutcomeUnknown(retry_after_s=1)
    return job.submitted


def _poster() -> Poster:
    """Give the poster of this process and tenant, started when it is first needed."""
    if _closing.is_set():
        raise IntakeClosed(retry_after_s=1)
    tenant = tenancy.current()
    # not the connection's, which takes a microsecond to find in each thread, but the same dictionary
    place = (str(connections.settings[DEFAULT_DB_ALIAS]["NAME"]), tenant.schema)
    poster = _posters.get(place)
    if poster is None or not poster.is_alive():
        with _lock:
            poster = _posters.get(place)
            if poster is None or not poster.is_alive():
                poster = Poster(
                    connect=_connection_arguments(connections[DEFAULT_DB_ALIAS]),
                    search_path=tenancy.search_path(),
                    prepares_in=None if _is_pooled() else tenant.schema,
                    remembered=memory.of(*place),
                    inbox=Inbox(),
                )
                poster.start()
                _posters[place] = poster
    return poster


def _is_pooled() -> bool:
    """Tell whether a pooler may stand before the server: each transaction is in another session then."""
    direct = options().database_direct_url
    return direct not in {"", options().database_url}


def _connection_arguments(connection: Any) -> dict[str, Any]:
    """Give what Django connects with, less what makes the connection Django's."""
    arguments = dict(connection.get_connection_params())
    for name in ("cursor_factory", "context", "pool", "assume_role", "isolation_level"):
        arguments.pop(name, None)
    return {**arguments, "application_name": "fondaco intake"}


def _forget_parent() -> None:
    """Begin without posters in a forked process: threads do not live on in it."""
    global _lock  # noqa: PLW0603 - the parent's lock may be held by a thread that is not here
    _lock = threading.Lock()
    _posters.clear()
    memory.forget()


os.register_at_fork(after_in_child=_forget_parent)
atexit.register(drain)
