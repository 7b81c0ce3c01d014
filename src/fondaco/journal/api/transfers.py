"""``GET /ledger/transfers``: the journal itself, page by page or as one long CSV."""

from datetime import datetime
from typing import Annotated, Final

from django.http import HttpRequest
from ninja import Query
from pydantic import AwareDatetime, Field

from fondaco.journal.api.routing import router
from fondaco.journal.queries.transfers import JournalLine, list_transfers
from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.lists import Listing, LongPaging, paged_by_text, wants_csv
from fondaco.kit.django.api.schemas import Strict, Text
from fondaco.kit.paging import Page

_READ: Final = "ledger:read"
_CSV_AT_ONCE: Final = 5_000
"""Rows of a CSV that one query reads; no transaction stays open while a slow reader takes them."""


class JournalIn(LongPaging):
    """Take which transfers are looked for; ``from`` is included and ``to`` is not."""

    since: AwareDatetime | None = Field(default=None, alias="from")
    until: AwareDatetime | None = Field(default=None, alias="to")
    kind: Annotated[Text, Field(max_length=100)] | None = None


class JournalLineOut(Strict):
    """Show one transfer with both sides and the balances after it."""

    id: str
    at: datetime
    debit: str = Field(examples=["providers:manual:USD"])
    credit: str
    currency: str
    amount: str
    kind: str
    step: str
    group: str
    hold: str
    expires_at: datetime | None
    reference: str
    memo: str
    metadata: str = Field(description="JSON, or nothing.")
    actor: str
    debit_version: int
    credit_version: int
    debit_balance: str
    credit_balance: str

    @classmethod
    def of(cls, line: JournalLine) -> "JournalLineOut":
        """Show a line."""
        return cls.model_construct(**line._asdict())


@router.get("/transfers")
def list_journal(request: HttpRequest, asked: Query[JournalIn]) -> Listing[JournalLineOut]:
    """List all transfers, newest first; as ``text/csv`` all of them in one answer, however many."""
    require(principal(request), _READ)
    is_csv = wants_csv(request)

    def fetch(after: str | None, limit: int) -> Page[JournalLine]:
        return list_transfers(
            since=asked.since,
            until=asked.until,
            kind=asked.kind,
            after=after,
            limit=_CSV_AT_ONCE if is_csv else limit,
        )

    return paged_by_text(asked, fetch, JournalLineOut.of)
