"""Background work: what failed, what waits, running it again and taking it back."""

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk.acting import Act, Outcome, act_on, reading, shown
from fondaco.console.desk.fields import choices
from fondaco.console.desk.showing import (
    PER_PAGE,
    Board,
    Fact,
    Shown,
    Table,
    Way,
    badge,
    columns,
    link,
    older_url,
    quiet,
    said,
)
from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.django import job_store
from fondaco.kit.django.job_store import JobRow, JobStatus
from fondaco.kit.errors import NotFound
from fondaco.operators import actions
from fondaco.operators.rights import Right


class StatusForm(forms.Form):
    """Choose a status."""

    status = forms.ChoiceField(label=gettext_lazy("State"), choices=choices(JobStatus))


@page(*STAFF, right=Right.JOBS_READ)
def jobs(request: HttpRequest, _visitor: Principal) -> Answer:
    """List the jobs in a status, failed ones unless told, newest first."""
    form = StatusForm(request.GET if "status" in request.GET else {"status": JobStatus.FAILED})
    status = JobStatus(form.cleaned_data["status"]) if form.is_valid() else JobStatus.FAILED
    found = job_store.page_jobs(status=status, after=request.GET.get("after"), limit=PER_PAGE)
    table = Table(
        name="jobs",
        title=_("Jobs"),
        columns=columns(_("Job"), _("About"), _("Queue"), _("Tries"), _("Last moved"), _("State")),
        rows=[_row(one) for one in found.items],
        empty=_("Nothing has failed.") if status is JobStatus.FAILED else _("No job stands there."),
        older=older_url(request, found.next),
    )
    board = Board(
        title=_("Jobs"),
        lead=_(
            "What the house does in the background. What failed runs again only when somebody says so."
        ),
        filters=form,
        tables=[table],
    )
    return reading(request, board)


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
    """Find a job by its number: the one that comes first below the next number, in some status."""
    for status in JobStatus:
        found = job_store.page_jobs(status=status, after=str(number + 1), limit=1).items
        if found and found[0].id == number:
            return found[0]
    raise NotFound


def _row(one: JobRow) -> list[Shown]:
    return [
        link(one.task, reverse("console:desk-job", args=(one.id,))),
        said(one.arguments),
        one.queue,
        str(one.attempts),
        instant(one.changed_at) if one.changed_at else quiet("—"),
        badge(one.status),
    ]
