"""The only writers of the audit trail."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from django.db import connection

from fondaco.audit.types import AuditEntry, AuditId
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django.arrays import plain_array, text_array
from fondaco.kit.ids import uuid7

_INSERT = """
    INSERT INTO audit_entry (id, at, actor, action, subject, detail)
    SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::jsonb[])
"""
_to_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Cursor(Protocol):
    """Execute SQL in the caller's transaction: a psycopg cursor or Django's wrapper of one."""

    def execute(self, query: Any, params: Any = None, /) -> Any:
        """Run one statement."""


def entry(
    *,
    by: Actor,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> AuditEntry:
    """Make an entry for `insert`; ``at`` is now unless given."""
    return AuditEntry(
        id=AuditId(uuid7()),
        at=at or clock.now(),
        actor=str(by),
        action=action,
        subject=subject,
        detail=dict(detail or {}),
    )


def insert(cursor: Cursor, entries: Sequence[AuditEntry]) -> None:
    """Write entries with one statement, in the transaction of the cursor."""
    if not entries:
        return
    cursor.execute(
        _INSERT,
        (
            plain_array([row.id for row in entries]),
            plain_array([row.at.isoformat() for row in entries]),
            text_array([row.actor for row in entries]),
            text_array([row.action for row in entries]),
            text_array([row.subject for row in entries]),
            text_array([_to_json(row.detail) for row in entries]),
        ),
    )


def record(
    *, by: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
) -> AuditEntry:
    """Write one change in the current transaction."""
    written = entry(by=by, action=action, subject=subject, detail=detail)
    with connection.cursor() as cursor:
        insert(cursor, [written])
    return written
