"""``/operator/jobs``: the tenant's background work, and what an operator does about it."""

from datetime import datetime
from typing import Annotated, Any, Self

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.kit.access import require
from fondaco.kit.django import job_store
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.lists import Listing, LongPaging, paged_by_text
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict
from fondaco.kit.django.job_store import JobRow, JobStatus, JobWaits
from fondaco.operators import actions
from fondaco.operators.rights import Right

router = Router(auth=staff, tags=["jobs"])

JobNumber = Annotated[int, Field(ge=1, le=2**63 - 1)]


class JobsIn(LongPaging):
    """Take which jobs are looked for."""

    status: JobStatus = JobStatus.FAILED


class JobOut(Strict):
    """Show one job."""

    id: int
    task: str = Field(examples=["wallets.void_expired"])
    queue: str
    status: JobStatus
    arguments: dict[str, Any] = Field(description="Identifiers; never secrets.")
    attempts: int = Field(description="How often it was taken up again.")
    scheduled_at: datetime | None = Field(description="Null: as soon as a worker is free.")
    changed_at: datetime | None

    @classmethod
    def of(cls, row: JobRow) -> Self:
        """Show a job."""
        return cls(
            id=row.id,
            task=row.task,
            queue=row.queue,
            status=row.status,
            arguments=dict(row.arguments),
            attempts=row.attempts,
            scheduled_at=row.scheduled_at,
            changed_at=row.changed_at,
        )


@router.get("")
def list_jobs(request: HttpRequest, asked: Query[JobsIn]) -> Listing[JobOut]:
    """List the jobs in a status (failed ones unless told), newest first."""
    require(principal(request), Right.JOBS_READ)
    return paged_by_text(
        asked,
        lambda after, limit: job_store.page_jobs(status=asked.status, after=after, limit=limit),
        JobOut.of,
    )


@router.post("/{job_id}/rerun", errors=(JobWaits,))
def rerun_job(request: HttpRequest, job_id: JobNumber) -> None:
    """Have a failed job run again, as soon as a worker is free."""
    by = require(principal(request), Right.JOBS_MANAGE).actor
    actions.rerun_job(job_id=job_id, by=by)


@router.post("/{job_id}/cancel")
def cancel_job(request: HttpRequest, job_id: JobNumber) -> None:
    """Take a job back that no worker has begun."""
    by = require(principal(request), Right.JOBS_MANAGE).actor
    actions.cancel_job(job_id=job_id, by=by)
