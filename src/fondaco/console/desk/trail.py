"""The audit trail: what was done, by whom, to what."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.audit import queries
from fondaco.audit.types import AuditEntry
from fondaco.console.desk import names
from fondaco.console.desk.acting import reading
from fondaco.console.desk.fields import text
from fondaco.console.desk.showing import (
    PER_PAGE,
    Board,
    Shown,
    Table,
    after_of,
    code,
    columns,
    older_url,
    quiet,
    said,
    short,
)
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant
from fondaco.kit.access import STAFF, Principal
from fondaco.operators.rights import Right


class TrailForm(forms.Form):
    """Narrow the trail."""

    subject = text(gettext_lazy("About (an identifier)"), longest=200, required=False)
    actor = forms.ChoiceField(label=gettext_lazy("Who"), required=False)
    action = text(gettext_lazy("What, such as policies.stop.set"), longest=100, required=False)
    since = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=gettext_lazy("To, included"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        """Make the form with the house's people."""
        super().__init__(*args, **kwargs)
        chosen = [(f"operator:{wire}", name) for wire, name in people.items()]
        everybody = [("", _("Everybody")), ("system", _("the house's own machinery")), *chosen]
        self.fields["actor"].choices = everybody  # type: ignore[attr-defined]  # a ChoiceField


@page(*STAFF, right=Right.AUDIT_READ)
def trail(request: HttpRequest, _visitor: Principal) -> Answer:
    """List what was done, newest first."""
    known = names.staff_names()
    form = TrailForm(request.GET, people=known)
    given = form.cleaned_data if form.is_valid() else {}
    until = given.get("until")
    found = queries.list_entries(
        subject=given.get("subject") or None,
        actor=given.get("actor") or None,
        action=given.get("action") or None,
        since=_midnight(given.get("since")),
        until=_midnight(until + timedelta(days=1)) if until else None,
        after=after_of(request),
        limit=PER_PAGE,
    )
    table = Table(
        name="entries",
        title=_("Entries"),
        columns=columns(_("What"), _("About"), _("Who"), _("When"), _("Said")),
        rows=[_row(one, known) for one in found.items],
        empty=_("Nothing fits. Take a wider time, or fewer words."),
        older=older_url(request, found.next),
    )
    board = Board(
        title=_("Audit"),
        lead=_(
            "Each change, who made it and what it was about. Nothing here can be altered or removed."
        ),
        filters=form,
        tables=[table],
    )
    return reading(request, board)


def _row(one: AuditEntry, known: Any) -> list[Shown]:
    return [
        code(one.action),
        short(one.subject),
        names.actor(one.actor, known),
        instant(one.at),
        said(one.detail) if one.detail else quiet("—"),
    ]


def _midnight(day: Any) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=UTC) if day else None
