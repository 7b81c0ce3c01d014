"""What can be seen and done about stored jobs: those that failed, wait, or lost their worker."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import context
from fondaco.kit.errors import NotFound

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
    WHERE args ->> 'tenant' = %s AND status = %s::procrastinate_job_status
    ORDER BY id DESC LIMIT %s
"""
_RERUN: Final = """
    SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM procrastinate_jobs
    WHERE id = %s AND status = 'failed' AND args ->> 'tenant' = %s
"""
_REMOVE: Final = """
    DELETE FROM procrastinate_jobs WHERE id IN (
        SELECT id FROM procrastinate_jobs AS job
        WHERE status = ANY(%s::procrastinate_job_status[])
        AND NOT EXISTS (SELECT 1 FROM procrastinate_events WHERE job_id = job.id AND at >= %s)
        ORDER BY id LIMIT %s
    )
"""


@dataclass(frozen=True, slots=True)
class JobRow:
    """Describe a stored job to an operator."""

    id: int
    task: str
    queue: str
    status: str
    """``todo``, ``doing``, ``succeeded``, ``failed``, ``cancelled`` or ``aborted``."""
    arguments: Mapping[str, Any]
    attempts: int
    """How often it was taken up again."""
    scheduled_at: datetime | None
    changed_at: datetime


def list_jobs(*, status: str = "failed", limit: int = 100) -> list[JobRow]:
    """Give the current tenant's jobs in a status, newest first.

    :raises NoTenant: no tenant is set
    """
    with connection.cursor() as cursor:
        cursor.execute(_LIST, [tenancy.current().name, status, limit])
        return [_job(*row) for row in cursor.fetchall()]


def rerun(*, job_id: int) -> None:
    """Have one of the current tenant's failed jobs run again.

    :raises NotFound: the tenant has no failed job of this number
    """
    with connection.cursor() as cursor:
        cursor.execute(_RERUN, [job_id, tenancy.current().name])
        if not cursor.fetchall():
            raise NotFound(f"There is no failed job {job_id}.")


def recover_stalled(*, stalled_s: float) -> list[int]:
    """Give the jobs of workers that show no life to others; gives their numbers.

    A job whose successor waits already, or that was recovered ``RECOVERIES_MAX`` times, fails instead.
    """
    recovered = []
    with context.system_scope(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STALLED, [RECOVERIES_MAX, stalled_s])
        for job_id, is_hopeless in cursor.fetchall():
            cursor.execute(_GIVE_UP if is_hopeless else _RETRY, [job_id])
            recovered.append(job_id)
    return recovered


def remove_old(*, statuses: list[str], before: datetime, limit: int = 5000) -> int:
    """Remove jobs in final statuses that nothing has happened to since an instant; gives how many."""
    with context.system_scope(), connection.cursor() as cursor:
        cursor.execute(_REMOVE, [statuses, before, limit])
        return int(cursor.rowcount)


def _job(number: int, task: str, queue: str, status: str, arguments: str, *rest: Any) -> JobRow:
    return JobRow(number, task, queue, status, json.loads(arguments), *rest)
