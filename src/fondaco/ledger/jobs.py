"""What callers hand in, and how the jobs of a batch are sorted by their keys and answered."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import copy_context
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections

from fondaco.audit.types import AuditEntry
from fondaco.kit.django import nonces
from fondaco.kit.django.events import EventRow
from fondaco.kit.django.idempotency import Answer, Key, KeyReused, Remembered
from fondaco.kit.django.waiting import Errand, Signal
from fondaco.ledger.reading import named_accounts
from fondaco.ledger.types import LateSubmission, Outcome, Result, Submission, Submitted

OVERLAP_FROM: Final = 2_048
"""From so many transfers on a batch gains by a second poster; smaller ones rather wait and become one."""
_REPLAYS: Final = frozenset({Result.EXISTS, Result.EXISTS_DIFFERENT, Result.ALREADY_REJECTED})


class Job:
    """Hold one submission and what became of it."""

    __slots__ = ("actor", "error", "late", "refusal", "submission", "submitted")

    def __init__(
        self, submission: Submission, actor: str, *, late: LateSubmission | None = None
    ) -> None:
        """Keep what is asked and on whose behalf; what is late makes the submission when its turn comes."""
        self.submission = submission
        self.actor = actor
        self.late = late
        self.refusal: Exception | None = None
        self.submitted: Submitted | None = None
        self.error: Exception | None = None

    @property
    def is_ready(self) -> bool:
        """Tell whether there is something to post."""
        return self.error is None and self.refusal is None


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
        self.size = sum([len(job.submission.transfers) or 1 for job in jobs])
        self._done = Signal()

    def wait(self, timeout_s: float, *, errand: Errand | None = None) -> bool:
        """Wait until the jobs are finished, for which the errand has to be done; gives whether they are."""
        return self._done.wait(timeout_s, errand=errand)

    def finish(self) -> None:
        """Wake the caller."""
        self._done.set()


def prepare_late(tickets: Sequence[Ticket]) -> None:
    """Look up what late jobs need, all who ask the same way together, and let each make its submission.

    An error becomes that of the jobs concerned; the others go on. A job is prepared once, whatever becomes of
    its batch, so that a transfer keeps its id.
    """
    groups: dict[Callable[..., Any], list[tuple[Ticket, Job, LateSubmission]]] = {}
    for ticket in tickets:
        for job in ticket.jobs:
            if job.late is not None:
                groups.setdefault(job.late.find, []).append((ticket, job, job.late))
                job.late = None
    for find, group in groups.items():
        connections[DEFAULT_DB_ALIAS].close_if_unusable_or_obsolete()
        try:
            found = group[0][0].context.run(find, [late.ask for _, _, late in group])
        except Exception as error:  # noqa: BLE001 - it is every caller's, and raised to each
            for _, job, _ in group:
                job.error = error
            continue
        for (ticket, job, late), one in zip(group, found, strict=True):
            _prepare(ticket, job, late, one)


def _prepare(ticket: Ticket, job: Job, late: LateSubmission, found: Any) -> None:
    try:
        made = ticket.context.run(late.prepare, found)
    except Exception as error:  # noqa: BLE001 - the caller's own, and raised to him alone
        job.error = error
        return
    if isinstance(made, Submission):
        job.submission = made
    else:
        job.refusal = made


class Batch:
    """Sort a batch's jobs by their keys, and gather what is written beside the transfers."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        """Take the jobs; those with the key of an earlier one follow it."""
        self.jobs = [job for job in jobs if job.is_ready]
        self.fresh: list[Job] = []
        self.answers: list[tuple[Key, Answer]] = []
        self.events: list[EventRow] = []
        self.entries: list[AuditEntry] = []
        self._replayed: list[tuple[Job, Remembered]] = []
        self._following: list[tuple[Job, Job]] = []
        self._submitted: list[tuple[Job, Submitted]] = []

    @property
    def account_ids(self) -> Iterator[int]:
        """Give the accounts that the batch names, one after the other, as seldom anybody needs them all."""
        for job in self.jobs:
            yield from named_accounts(job.submission.transfers)

    @property
    def may_overlap(self) -> bool:
        """Tell whether it is large, and needs to read nothing that the batch before may change."""
        submissions = [job.submission for job in self.jobs]
        return sum(len(one.transfers) for one in submissions) >= OVERLAP_FROM and not any(
            one.companions.usage or any(transfer.hold_id for transfer in one.transfers)
            for one in submissions
        )

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


def _replay(job: Job, stored: Remembered) -> None:
    key = job.submission.companions.key
    try:
        job.submitted = Submitted(answer=stored.replay(key), replayed=True) if key else None
    except KeyReused as error:
        job.error = error
