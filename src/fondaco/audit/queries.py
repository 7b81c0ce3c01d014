"""Reads of the audit trail."""

from datetime import datetime

from fondaco.audit.models import Entry
from fondaco.audit.types import AuditEntry, AuditId
from fondaco.kit.django.narrowing import given
from fondaco.kit.paging import LIMIT_DEFAULT, Cursor, Page, page


def list_entries(
    *,
    subject: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[AuditEntry]:
    """Give one page of entries, newest first; ``since`` is included and ``until`` is not."""
    chosen = given(
        subject=subject,
        actor=actor,
        action=action,
        at__gte=since,
        at__lt=until,
        id__lt=after.id if after else None,
    )
    rows = Entry.objects.filter(**chosen).order_by("-id")[: limit + 1]
    entries = [_shown(row) for row in rows]
    return page(entries, limit=limit, key=lambda entry: Cursor(entry.at, entry.id))


def _shown(row: Entry) -> AuditEntry:
    return AuditEntry(
        id=AuditId(row.id),
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        detail=row.detail,
    )
