"""What can be seen and done about stored jobs: those that failed, wait, or lost their worker."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db import IntegrityError, connection, transaction

from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import context
from fondaco.kit.errors import DomainError, Kind, NotFound
from fondaco.kit.paging import InvalidCursor, Page

RECOVERIES_MAX: Final = 20
"""A job that ran so often without ever ending is taken for what kills its workers, and fails."""

_STALLED: Final = """
    SELECT job.id, job.attempts >= %s OR EXISTS (
        SELECT 1 FROM procrastinate_jobs AS next
        WHERE next.queueing_lock = job.queueing_lock AND next.status = 'todo'
    )
    FROM procrastinate_jobs AS job
    LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
    WHERE job.status = 'doing'
    AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => %s))
    ORDER BY job.id FOR UPDATE OF job SKIP LOCKED
"""
_RETRY: Final = "SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)"
_GIVE_UP: Final = "SELECT procrastinate_finish_job_v1(%s, 'failed', false)"
_LIST: Final = """
    SELECT id, task_name, queue_name, status::text, (args - 'tenant')::text, attempts, scheduled_at,
        (SELECT max(at) FROM procrastinate_events WHERE job_id = job.id)
    FROM procrastinate_jobs AS job
    WHERE args ->> 'tenant' = %s AND id < %s
    AND (%s::procrastinate_job_status IS NULL OR status = %s::procrastinate_job_status)
    AND (%s::timestamptz IS NULL
        OR EXISTS (SELECT 1 FROM procrastinate_events WHERE job_id = job.id AND at >= %s))
    AND (%s::timestamptz IS NULL
        OR NOT EXISTS (SELECT 1 FROM procrastinate_events WHERE job_id = job.id AND at >= %s))
    ORDER BY id DESC LIMIT %s
"""
_RERUN: Final = """
    SELECT id, procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM procrastinate_jobs
    WHERE id = %s AND status = 'failed' AND args ->> 'tenant' = %s
"""
_CANCEL: Final = """
    SELECT procrastinate_cancel_job_v1(id, false, false) FROM procrastinate_jobs
    WHERE id = %s AND args ->> 'tenant' = %s
"""
_ID_MAX: Final = 2**63 - 1
_REMOVE: Final = """
    DELETE FROM procrastinate_jobs WHERE id IN (
        SELECT id FROM procrastinate_jobs AS job
        WHERE status = ANY(%s::procrastinate_job_status[])
        AND NOT EXISTS (SELECT 1 FROM procrastinate_events WHERE job_id = job.id AND at >= %s)
        ORDER BY id LIMIT %s
    )
"""


class JobStatus(StrEnum):
    """Where a job stands."""

    TODO = "todo"
    """It waits for its time, or for a worker."""
    DOING = "doing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Its last try failed; it runs again only when somebody says so."""
    CANCELLED = "cancelled"
    """It was taken back before a worker began it."""
    ABORTED = "aborted"
    """A worker stopped it half-way."""


class JobWaits(DomainError):
    """Say that another job of the same kind waits already, and that one is enough."""

    code = "job_waits"
    kind = Kind.CONFLICT
    title = "Another job of this kind waits already."


@dataclass(frozen=True, slots=True)
class JobRow:
    """Describe a stored job to an operator."""

    id: int
    task: str
    queue: str
    status: JobStatus
    arguments: Mapping[str, Any]
    attempts: int
    """How often it was taken up again."""
    scheduled_at: datetime | None
    changed_at: datetime | None


def list_jobs(*, status: str = "failed", limit: int = 100) -> list[JobRow]:
    """Give the current tenant's jobs in a status, newest first.

    :raises NoTenant: no tenant is set
    """
    return _list(status, before=_ID_MAX, limit=limit)


def page_jobs(
    *,
    status: JobStatus | None,
    after: str | None,
    limit: int,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Page[JobRow]:
    """Give a page of the current tenant's jobs, newest first; ``after`` is the last one's number.

    :param status: only those in it; none: all
    :param since: only those that moved last at it or later
    :param until: only those that moved last before it

    :raises NoTenant: no tenant is set
    :raises InvalidCursor: ``after`` is not what a page gave
    """
    if after is not None and not (after.isascii() and after.isdigit() and int(after) <= _ID_MAX):
        raise InvalidCursor
    before = _ID_MAX if after is None else int(after)
    rows = _list(status, before=before, limit=limit + 1, moved=(since, until))
    return Page(rows[:limit], str(rows[limit - 1].id) if len(rows) > limit else None)


def rerun(*, job_id: int) -> None:
    """Have one of the current tenant's failed jobs run again.

    :raises NotFound: the tenant has no failed job of this number
    :raises JobWaits: it is of the kind that is enqueued once, and a later one waits
    """
    try:
        with transaction.atomic():
            _change(_RERUN, job_id, f"There is no failed job {job_id}.")
    except IntegrityError as error:
        raise JobWaits from error


def cancel(*, job_id: int) -> None:
    """Take one of the current tenant's jobs back that no worker has begun.

    :raises NotFound: the tenant has no waiting job of this number
    """
    _change(_CANCEL, job_id, f"There is no waiting job {job_id}.")


def recover_stalled(*, stalled_s: float) -> list[int]:
    """Give the jobs of workers that show no life to others; gives their numbers.

    A job whose successor waits already, or that was recovered ``RECOVERIES_MAX`` times, fails instead.
    """
    recovered = []
    with context.system_scope(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STALLED, [RECOVERIES_MAX, stalled_s])
        for job_id, is_hopeless in cursor.fetchall():
            if is_hopeless or not _retried(cursor, job_id):
                cursor.execute(_GIVE_UP, [job_id])
            recovered.append(job_id)
    return recovered


def _retried(cursor: Any, job_id: int) -> bool:
    """Have a job wait again; false where another of its kind waits since just now."""
    try:
        with transaction.atomic():
            cursor.execute(_RETRY, [job_id])
    except IntegrityError:
        return False
    return True


def remove_old(*, statuses: list[str], before: datetime, limit: int = 5000) -> int:
    """Remove jobs in final statuses that nothing has happened to since an instant; gives how many."""
    with context.system_scope(), connection.cursor() as cursor:
        cursor.execute(_REMOVE, [statuses, before, limit])
        return int(cursor.rowcount)


def _list(
    status: str | None,
    *,
    before: int,
    limit: int,
    moved: tuple[datetime | None, datetime | None] = (None, None),
) -> list[JobRow]:
    since, until = moved
    given: list[Any] = [
        tenancy.current().name,
        before,
        status,
        status,
        since,
        since,
        until,
        until,
        limit,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_LIST, given)
        return [_job(*row) for row in cursor.fetchall()]


def _change(statement: str, job_id: int, complaint: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [job_id, tenancy.current().name])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        raise NotFound(complaint)


def _job(number: int, task: str, queue: str, status: str, arguments: str, *rest: Any) -> JobRow:
    return JobRow(number, task, queue, JobStatus(status), json.loads(arguments), *rest)
