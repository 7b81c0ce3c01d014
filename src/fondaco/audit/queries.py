"""Reads of the audit trail."""

from datetime import datetime

from fondaco.audit.models import Entry
from fondaco.audit.types import AuditEntry, AuditId


def list_entries(
    *,
    subject: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: AuditId | None = None,
    limit: int = 50,
) -> list[AuditEntry]:
    """List entries, newest first; ``before`` is the last identifier of the page before this one.

    ``since`` is included and ``until`` is not.
    """
    wanted = {
        "subject": subject,
        "actor": actor,
        "action": action,
        "at__gte": since,
        "at__lt": until,
        "id__lt": before,
    }
    chosen = {name: value for name, value in wanted.items() if value is not None}
    return [_shown(row) for row in Entry.objects.filter(**chosen).order_by("-id")[:limit]]


def _shown(row: Entry) -> AuditEntry:
    return AuditEntry(
        id=AuditId(row.id),
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        detail=row.detail,
    )
