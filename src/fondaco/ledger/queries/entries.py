"""Read the history of accounts: what touched them and what was refused, newest first.

One account's moves stand in order of its versions, which is the order in which they happened. Between
accounts, and for refused attempts, the instant decides, then the account, then the version, then the id.
"""

import base64
import json
from collections.abc import Sequence, Sized
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self
from uuid import UUID

from django.db import connection

from fondaco.kit.paging import InvalidCursor, Page
from fondaco.ledger.dating import ID_WINDOW, least_id
from fondaco.ledger.queries.history import refuse_detached
from fondaco.ledger.rows import DONE
from fondaco.ledger.types import (
    NO_METADATA,
    AccountId,
    Entry,
    EntryFilter,
    Result,
    Step,
    TransferId,
)

_VERSION_MAX: Final = 2**63 - 1
_ID_MAX: Final = UUID(int=2**128 - 1)
_END_OF_TIME: Final = datetime.fromisoformat("9999-01-01T00:00:00+00:00")
_BEGINNING: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_INSTANT: Final = timedelta(microseconds=1)

_MOVES: Final = """
    SELECT id, debit, credit, amount, kind, step, NULL::text, {side}_version, {side}_balance,
           hold_id, group_id, reference, memo, metadata, at, {side}
    FROM unnest(%(accounts)s::bigint[], %(versions)s::bigint[], %(instants)s::timestamptz[])
        AS bound (account, version, instant)
    CROSS JOIN LATERAL (
        SELECT * FROM ledger_transfer
        WHERE {side} = bound.account AND {side}_version < bound.version AND at < bound.instant
          AND id BETWEEN %(id_min)s AND %(id_max)s {conditions}
        ORDER BY {side}_version DESC LIMIT %(limit)s
    ) AS move
"""
_REFUSALS: Final = """
    SELECT id, debit, credit, amount, kind, step, result, NULL::bigint, NULL::numeric,
           hold_id, group_id, reference, memo, metadata, at, {side}
    FROM unnest(%(accounts)s::bigint[], %(refusal_instants)s::timestamptz[], %(refusal_ids)s::uuid[])
        AS bound (account, instant, last_id)
    CROSS JOIN LATERAL (
        SELECT * FROM ledger_rejection
        WHERE {side} = bound.account AND (at, id) < (bound.instant, bound.last_id)
          {once} {conditions}
        ORDER BY at DESC, id DESC LIMIT %(limit)s
    ) AS attempt
"""
_ONCE: Final = {"debit": "", "credit": "AND debit <> credit"}
"""An attempt to pay oneself stands on both sides, and is one entry."""
_CONDITIONS: Final[dict[str, str]] = {
    "kinds": "AND kind = ANY(%(kinds)s::text[])",
    "steps": "AND step = ANY(%(steps)s::text[])",
    "counterparties": "AND (debit = ANY(%(counterparties)s) OR credit = ANY(%(counterparties)s))",
    "since": "AND at >= %(since)s",
    "until": "AND at < %(until)s",
    "amount_min": "AND amount >= %(amount_min)s",
    "amount_max": "AND amount <= %(amount_max)s",
    "reference": "AND reference = %(reference)s",
    "text": "AND position(lower(%(text)s) IN lower(memo)) > 0",
}


@dataclass(frozen=True, slots=True)
class _Place:
    """Name the last entry of a page."""

    at: datetime
    account: int
    version: int
    """0 for a refused attempt."""
    id: UUID

    def encode(self) -> str:
        words = [self.at.isoformat(), self.account, self.version, self.id.hex]
        return base64.urlsafe_b64encode(json.dumps(words, separators=(",", ":")).encode()).decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        try:
            at, account, version, id_ = json.loads(base64.urlsafe_b64decode(text.encode("ascii")))
            place = cls(datetime.fromisoformat(at), int(account), int(version), UUID(hex=id_))
        except (ValueError, TypeError, AttributeError):
            raise InvalidCursor(field="cursor") from None
        if place.at.tzinfo is None or not 0 <= place.version <= _VERSION_MAX:
            raise InvalidCursor(field="cursor")
        return place

    def bound_of_moves(self, account: int) -> tuple[int, datetime]:
        """Give the version and the instant below which the account's further moves are."""
        if account == self.account and self.version:
            return self.version, _END_OF_TIME
        return _VERSION_MAX, self.at + _INSTANT if account < self.account else self.at

    def bound_of_refusals(self, account: int) -> tuple[datetime, UUID]:
        """Give the instant and the id below which the account's further refused attempts are."""
        if account == self.account:
            return self.at, _ID_MAX if self.version else self.id
        return self.at, _ID_MAX if account < self.account else UUID(int=0)


def list_entries(
    *,
    account_ids: Sequence[AccountId],
    chosen: EntryFilter | None = None,
    after: str | None = None,
    limit: int,
) -> Page[Entry]:
    """Give the entries of all these accounts, newest first, refused attempts included.

    ``after`` is the ``next`` of the page before. A transfer between two of the accounts is an entry of each.

    Without a beginning in the filter the history ends where the table's transfers begin.

    :raises HistoryDetached: moves since the filter's beginning are in the archive
    :raises InvalidCursor: ``after`` is not what a page gave
    """
    place = _Place.decode(after) if after else None
    chosen = chosen or EntryFilter()
    statement, arguments = _statement(list(account_ids), chosen, place, limit + 1)
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        entries = sorted((entry_of(row) for row in cursor.fetchall()), key=_order, reverse=True)
    if len(entries) <= limit:
        if chosen.since is not None and chosen.succeeded is not False:
            refuse_detached(account_ids=account_ids, since=chosen.since)
        return Page(entries)
    last = entries[limit - 1]
    place = _Place(last.at, last.account_id, last.version or 0, last.transfer_id)
    return Page(entries[:limit], place.encode())


def _statement(
    accounts: list[AccountId], chosen: EntryFilter, place: _Place | None, limit: int
) -> tuple[str, dict[str, Any]]:
    moves = [
        place.bound_of_moves(account) if place else (_VERSION_MAX, _END_OF_TIME)
        for account in accounts
    ]
    refusals = [
        place.bound_of_refusals(account) if place else (_END_OF_TIME, _ID_MAX)
        for account in accounts
    ]
    until = min(place.at if place else _END_OF_TIME, chosen.until or _END_OF_TIME)
    arguments: dict[str, Any] = {
        "accounts": accounts,
        "versions": [version for version, _ in moves],
        "instants": [instant for _, instant in moves],
        "refusal_instants": [instant for instant, _ in refusals],
        "refusal_ids": [id_ for _, id_ in refusals],
        "id_min": least_id((chosen.since or _BEGINNING) - ID_WINDOW),
        "id_max": least_id(until + ID_WINDOW),
        "limit": limit,
    }
    conditions = []
    for name, condition in _CONDITIONS.items():
        value = getattr(chosen, name)
        if value is not None and (not isinstance(value, Sized) or len(value) > 0):
            conditions.append(condition)
            arguments[name] = list(value) if isinstance(value, list | tuple) else value
    sources = [] if chosen.succeeded is False else [_MOVES]
    sources += [] if chosen.succeeded is True else [_REFUSALS]
    branches = [
        source.format(side=side, once=_ONCE[side], conditions=" ".join(conditions))
        for source in sources
        for side in ("debit", "credit")
    ]
    return " UNION ALL ".join(f"({branch})" for branch in branches), arguments


def entry_of(row: Sequence[Any]) -> Entry:
    """Make an entry of a row in the order of the statements above."""
    (id_, debit, credit, amount, kind, step, result, version, balance) = row[:9]
    (hold, group, reference, memo, metadata, at, account) = row[9:]
    return Entry(
        transfer_id=TransferId(id_),
        account_id=AccountId(account),
        debit=AccountId(debit),
        credit=AccountId(credit),
        amount=int(amount),
        kind=kind,
        step=Step(step),
        result=Result(result) if result else DONE[Step(step)],
        version=version,
        balance_after=None if balance is None else int(balance),
        hold_id=TransferId(hold) if hold else None,
        group_id=TransferId(group) if group else None,
        reference=reference,
        memo=memo or "",
        metadata=json.loads(metadata) if metadata else NO_METADATA,
        at=at,
    )


def _order(entry: Entry) -> tuple[datetime, int, int, UUID]:
    return entry.at, entry.account_id, entry.version or 0, entry.transfer_id
