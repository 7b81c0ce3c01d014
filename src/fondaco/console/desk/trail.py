"""The audit trail: what was done, by whom, to what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.audit import queries
from fondaco.audit.types import AuditEntry
from fondaco.console.desk import names
from fondaco.console.desk.showing import said
from fondaco.console.lists import (
    Asked,
    Choice,
    Column,
    OperatorList,
    page_by_cursor,
    show_list,
)
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import words
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.paging import Page as Rows
from fondaco.operators.rights import Right


@dataclass(frozen=True, slots=True)
class Entry:
    """Show an entry with the name of who did it."""

    entry: AuditEntry
    who: str


def _fetch(asked: Asked, after: str | None, limit: int) -> Rows[Entry]:
    found = queries.list_entries(
        subject=asked.get("subject"),
        actor=asked.get("actor"),
        action=asked.get("action"),
        since=asked.since,
        until=asked.until,
        after=page_by_cursor(after),
        limit=limit,
    )
    known = names.staff_names()
    return Rows([Entry(one, _who(one, known)) for one in found.items], found.next)


def _who(one: AuditEntry, known: Any) -> str:
    return names.known_as(one.actor.rpartition(":")[2], known)


def _people() -> Sequence[tuple[str, str | Promise]]:
    chosen = [(f"operator:{wire}", name) for wire, name in names.staff_names().items()]
    return [("system", gettext_lazy("the house's own machinery")), *chosen]


TRAIL: Final = OperatorList[Entry](
    name="audit",
    title=gettext_lazy("Audit"),
    fetch=_fetch,
    columns=(
        Column("when", gettext_lazy("When"), lambda row: row.entry.at),
        Column(
            "action",
            gettext_lazy("What"),
            lambda row: words(row.entry.action.replace(".", " ")).capitalize(),
        ),
        Column("subject", gettext_lazy("About"), lambda row: row.entry.subject),
        Column("who", gettext_lazy("Who"), lambda row: row.who),
        Column("said", gettext_lazy("Said"), lambda row: said(row.entry.detail)),
    ),
    choices=(
        Choice("subject", gettext_lazy("About (an identifier)")),
        Choice("actor", gettext_lazy("Who"), _people),
        Choice("action", gettext_lazy("What, such as policies.stop.set")),
    ),
    empty=gettext_lazy("Nothing was done yet."),
)


@page(*STAFF, right=Right.AUDIT_READ, methods="GET HEAD POST")
def trail(request: HttpRequest, visitor: Principal) -> Answer:
    """List what was done, newest first."""
    lead = _(
        "Each change, who made it and what it was about. Nothing here can be altered or removed."
    )
    return show_list(request, visitor, TRAIL, template="desk/list.html", lead=lead)
