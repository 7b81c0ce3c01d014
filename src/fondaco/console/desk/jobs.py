"""Background work: what failed, what waits, running it again and taking it back."""

from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk.acting import Act, Outcome, act_on, listing, shown
from fondaco.console.desk.fields import choices
from fondaco.console.desk.showing import (
    Board,
    Fact,
    Way,
    badge,
    said,
    standing,
)
from fondaco.console.forms import Asking
from fondaco.console.lists import Asked, Choice, Column, OperatorList
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.django import job_store
from fondaco.kit.django.job_store import JobRow, JobStatus
from fondaco.kit.errors import NotFound
from fondaco.kit.paging import Page as Rows
from fondaco.operators import actions
from fondaco.operators.rights import Right


def _fetch(asked: Asked, after: str | None, limit: int) -> Rows[JobRow]:
    status = asked.get("status")
    return job_store.page_jobs(
        status=JobStatus(status) if status else None,
        since=asked.since,
        until=asked.until,
        after=after or None,
        limit=limit,
    )


JOBS: Final = OperatorList[JobRow](
    name="jobs",
    title=gettext_lazy("Jobs"),
    fetch=_fetch,
    columns=(
        Column("moved", gettext_lazy("Last moved"), lambda one: one.changed_at),
        Column(
            "job",
            gettext_lazy("Job"),
            lambda one: one.task,
            link=lambda one: reverse("console:desk-job", args=(one.id,)),
        ),
        Column("about", gettext_lazy("About"), lambda one: said(one.arguments)),
        Column("queue", gettext_lazy("Queue"), lambda one: one.queue),
        Column("tries", gettext_lazy("Tries"), lambda one: str(one.attempts), is_number=True),
        Column("state", gettext_lazy("State"), lambda one: standing(one.status)),
    ),
    choices=(
        Choice("status", gettext_lazy("State"), choices(JobStatus), default=JobStatus.FAILED.value),
    ),
    empty=gettext_lazy("Nothing has failed."),
)


@page(*STAFF, right=Right.JOBS_READ, methods="GET HEAD POST")
def jobs(request: HttpRequest, visitor: Principal) -> Answer:
    """List jobs, failed ones unless told, newest first; days are those on which they last moved."""
    lead = _(
        "What the house does in the background. What failed runs again only when somebody says so."
    )
    return listing(request, visitor, JOBS, lead=lead)


@page(*STAFF, right=Right.JOBS_READ, methods="GET HEAD POST")
def job(request: HttpRequest, visitor: Principal, number: int) -> Answer:
    """Show a job, have it run again, or take it back."""
    found = _find(number)
    acted = act_on(request, visitor, _acts(visitor, found))
    if acted.answer is not None:
        return acted.answer
    facts = [
        Fact(_("State"), badge(found.status)),
        Fact(_("Queue"), found.queue),
        Fact(_("Taken up again"), str(found.attempts)),
        Fact(_("Due"), instant(found.scheduled_at) if found.scheduled_at else _("at once")),
        Fact(_("Last moved"), instant(found.changed_at) if found.changed_at else "—"),
        *(Fact(name, said(value)) for name, value in found.arguments.items()),
        Fact(_("Number"), str(found.id)),
    ]
    back = Way(reverse("console:desk-jobs"), _("Jobs"))
    return shown(request, Board(title=found.task, back=back, facts=facts), acted)


def _acts(visitor: Principal, found: JobRow) -> list[Act]:
    back = reverse("console:desk-jobs")

    def rerun(_form: Asking) -> Outcome:
        actions.rerun_job(job_id=found.id, by=visitor.actor)
        return Outcome(back, "rerun")

    def cancel(_form: Asking) -> Outcome:
        actions.cancel_job(job_id=found.id, by=visitor.actor)
        return Outcome(back, "cancelled")

    if found.status is JobStatus.FAILED:
        return [
            Act(
                name="rerun",
                title=_("Run it again"),
                button=_("Run again"),
                do=rerun,
                right=Right.JOBS_MANAGE,
                is_open=True,
            )
        ]
    if found.status is JobStatus.TODO:
        return [
            Act(
                name="cancel",
                title=_("Take it back"),
                button=_("Cancel"),
                do=cancel,
                right=Right.JOBS_MANAGE,
                tone="danger",
                is_open=True,
            )
        ]
    return []


def _find(number: int) -> JobRow:
    """Find a job by its number: the one that comes first below the next number."""
    found = job_store.page_jobs(status=None, after=str(number + 1), limit=1).items
    if found and found[0].id == number:
        return found[0]
    raise NotFound
