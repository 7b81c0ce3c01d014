"""Go through all transfers of the books with both sides named: page by page, or from beginning to end.

Reads the ledger's tables as a whole, which none of its own queries does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

from django.db import connection

from fondaco.kit.django.snapshots import snapshot, stream
from fondaco.kit.ids import InvalidId, decode, encode
from fondaco.kit.paging import InvalidCursor, Page
from fondaco.ledger.dating import EPOCH, ID_WINDOW, least_id
from fondaco.ledger.types import TRANSFER_PREFIX
from fondaco.money import Asset, Money

_END: Final = datetime.fromisoformat("9999-01-01T00:00:00+00:00")
_COLUMNS: Final = """
    SELECT transfer.id, transfer.at, debit.code, credit.code, asset.code, asset.scale, transfer.amount::text,
           transfer.kind, transfer.step, transfer.group_id, transfer.hold_id, transfer.expires_at,
           transfer.reference, transfer.memo, transfer.metadata::text, transfer.actor, transfer.debit_version,
           transfer.credit_version, transfer.debit_balance::text, transfer.credit_balance::text
"""
_JOINS: Final = """
    JOIN ledger_account AS debit ON debit.id = transfer.debit
    JOIN ledger_account AS credit ON credit.id = transfer.credit
    JOIN ledger_asset AS asset ON asset.id = debit.asset_id
"""
_WITHIN: Final = """
    WHERE at >= %(since)s AND at < %(until)s AND id >= %(id_min)s AND id < %(id_end)s
"""
_PAGE: Final = f"""
    {_COLUMNS}
    FROM (
        SELECT * FROM ledger_transfer {_WITHIN} AND (%(kind)s::text IS NULL OR kind = %(kind)s)
        ORDER BY id DESC LIMIT %(limit)s
    ) AS transfer {_JOINS} ORDER BY transfer.id DESC
"""  # noqa: S608 - made of our own parts
_ALL: Final = f"""
    {_COLUMNS} FROM (SELECT * FROM ledger_transfer {_WITHIN}) AS transfer {_JOINS} ORDER BY transfer.id
"""  # noqa: S608 - made of our own parts

_SUMS: Final = f"""
    SELECT asset.code, asset.scale, sum(side.count)::bigint, sum(side.amount)::text
    FROM (
        SELECT debit, count(*) AS count,
               coalesce(sum(amount) FILTER (WHERE step IN ('post', 'capture')), 0) AS amount
        FROM ledger_transfer {_WITHIN} AND (%(kind)s::text IS NULL OR kind = %(kind)s) GROUP BY debit
    ) AS side
    JOIN ledger_account AS account ON account.id = side.debit
    JOIN ledger_asset AS asset ON asset.id = account.asset_id
    GROUP BY asset.code, asset.scale ORDER BY asset.code
"""  # noqa: S608 - made of our own parts


_BY_KIND: Final = f"""
    SELECT side.kind, asset.code, asset.scale, sum(side.count)::bigint, sum(side.amount)::text
    FROM (
        SELECT debit, kind, count(*) AS count,
               coalesce(sum(amount) FILTER (WHERE step IN ('post', 'capture')), 0) AS amount
        FROM ledger_transfer {_WITHIN} AND kind = ANY(%(kinds)s) GROUP BY debit, kind
    ) AS side
    JOIN ledger_account AS account ON account.id = side.debit
    JOIN ledger_asset AS asset ON asset.id = account.asset_id
    GROUP BY side.kind, asset.code, asset.scale ORDER BY side.kind, asset.code
"""  # noqa: S608 - made of our own parts


class JournalLine(NamedTuple):
    """Show one transfer as the journal has it; the names are the columns of exports."""

    id: str
    at: datetime
    debit: str
    credit: str
    currency: str
    amount: str
    """In major units, as all balances here."""
    kind: str
    step: str
    group: str
    hold: str
    expires_at: datetime | None
    reference: str
    memo: str
    metadata: str
    """JSON, or nothing."""
    actor: str
    debit_version: int
    credit_version: int
    debit_balance: str
    credit_balance: str

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> Self:
        """Read a row of the database."""
        (id_, at, debit, credit, code, scale, amount, kind, step, group, hold, expires) = row[:12]
        (reference, memo, metadata, actor, debit_version, credit_version, *balances) = row[12:]
        asset = Asset(code, scale)
        return cls(
            id=encode(TRANSFER_PREFIX, id_),
            at=at,
            debit=debit,
            credit=credit,
            currency=code,
            amount=Money(int(amount), asset).to_text(),
            kind=kind,
            step=step,
            group=_wire(group),
            hold=_wire(hold),
            expires_at=expires,
            reference=str(reference or ""),
            memo=memo or "",
            metadata=metadata or "",
            actor=actor,
            debit_version=debit_version,
            credit_version=credit_version,
            debit_balance=Money(int(balances[0]), asset).to_text(),
            credit_balance=Money(int(balances[1]), asset).to_text(),
        )


def list_transfers(
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    kind: str | None = None,
    after: str | None = None,
    limit: int,
) -> Page[JournalLine]:
    """Give one page of transfers, newest identifiers first; ``since`` is included and ``until`` is not.

    :raises InvalidCursor: ``after`` is no transfer's identifier
    """
    params = _bounds(since, until)
    if after is not None:
        try:
            params["id_end"] = min(params["id_end"], decode(TRANSFER_PREFIX, after))
        except InvalidId:
            raise InvalidCursor(field="cursor") from None
    with connection.cursor() as cursor:
        cursor.execute(_PAGE, {**params, "kind": kind, "limit": limit + 1})
        lines = [JournalLine.of(row) for row in cursor.fetchall()]
    if len(lines) <= limit:
        return Page(lines)
    return Page(lines[:limit], lines[limit - 1].id)


@dataclass(frozen=True, slots=True)
class TransferSum:
    """Sum up transfers of one asset."""

    count: int
    moved: Money
    """What was posted; holds and voids move nothing."""


def sum_transfers(
    *, since: datetime | None = None, until: datetime | None = None, kind: str | None = None
) -> list[TransferSum]:
    """Sum up what ``list_transfers`` would list, by asset in order of the codes."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, {**_bounds(since, until), "kind": kind})
        rows = cursor.fetchall()
    return [
        TransferSum(count, Money(int(moved), Asset(code, scale)))
        for code, scale, count, moved in rows
    ]


def sum_by_kind(
    *, kinds: Sequence[str], since: datetime | None = None, until: datetime | None = None
) -> dict[str, list[TransferSum]]:
    """Sum up the transfers of several kinds, each by asset in order of the codes; one statement."""
    found: dict[str, list[TransferSum]] = {kind: [] for kind in kinds}
    with connection.cursor() as cursor:
        cursor.execute(_BY_KIND, {**_bounds(since, until), "kinds": list(kinds)})
        for kind, code, scale, count, moved in cursor.fetchall():
            found[kind].append(TransferSum(count, Money(int(moved), Asset(code, scale))))
    return found


def stream_transfers(
    *, since: datetime | None = None, until: datetime | None = None
) -> Iterator[JournalLine]:
    """Go through all transfers in order of their identifiers, as they are at one instant.

    The rows come through a cursor of the server, so that memory holds a few thousand of them.

    :raises RuntimeError: a transaction is open, in which no snapshot can be taken
    """
    with snapshot():
        for row in stream("journal", _ALL, _bounds(since, until)):
            yield JournalLine.of(row)


def _bounds(since: datetime | None, until: datetime | None) -> dict[str, Any]:
    """Give the bounds in time, and in identifiers, so that only the partitions between them are read."""
    first, end = since or EPOCH, until or _END
    bounds: Mapping[str, Any] = {
        "since": first,
        "until": end,
        "id_min": least_id(max(first - ID_WINDOW, EPOCH)) if since else UUID(int=0),
        "id_end": least_id(end + ID_WINDOW) if until else UUID(int=2**128 - 1),
    }
    return dict(bounds)


def _wire(id_: UUID | None) -> str:
    return encode(TRANSFER_PREFIX, id_) if id_ else ""
