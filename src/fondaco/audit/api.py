"""``/operator/audit``: what was done, by whom, to what."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import AwareDatetime, Field

from fondaco.audit import queries
from fondaco.audit.types import AUDIT_PREFIX, AuditEntry
from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text, WireId

router = Router(auth=staff, tags=["audit"])

_READ = "audit:read"


class EntriesIn(Paging):
    """Take which entries are looked for."""

    subject: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    actor: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    action: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class EntryOut(Strict):
    """Show one change."""

    id: Annotated[UUID, WireId(AUDIT_PREFIX)]
    at: datetime
    actor: str = Field(examples=["operator:usr_06bq…"])
    action: str = Field(examples=["identity.customer.disable"])
    subject: str
    detail: dict[str, Any]

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        """Show an entry."""
        return cls(
            id=entry.id,
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            detail=dict(entry.detail),
        )


@router.get("")
def list_entries(request: HttpRequest, asked: Query[EntriesIn]) -> Listing[EntryOut]:
    """List what was done, newest first; ``since`` is included and ``until`` is not."""
    require(principal(request), _READ)
    return paged(
        asked,
        lambda after, limit: queries.list_entries(
            subject=asked.subject,
            actor=asked.actor,
            action=asked.action,
            since=asked.since,
            until=asked.until,
            after=after,
            limit=limit,
        ),
        EntryOut.of,
    )
