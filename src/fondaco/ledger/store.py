"""Write batches of transfers to PostgreSQL, with a fixed number of statements whatever the batch's size.

Read the positions, walk the batch through the state machine while its rows stream into the table, and write
the new totals on condition that every account still is at the version that was read. Who finds that one has
moved on (:class:`Moved`) undoes it all and begins again with the rows locked in order of their ids.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from psycopg import errors
from psycopg.types.json import JsonbLoader
from psycopg.types.numeric import IntLoader

from fondaco.kit.errors import DomainError, Kind
from fondaco.ledger import rows
from fondaco.ledger.engine import Book
from fondaco.ledger.lines import MOVES, HoldLine, Line, Position, Used
from fondaco.ledger.memory import Memory
from fondaco.ledger.types import HoldState, Outcome, Transfer, UsageClaim

ROWS_PER_WRITE: Final = 200
_READ: Final = """
    SELECT id, asset_id, floor, version, revision, debits_posted, credits_posted, debits_pending,
           credits_pending, kind IN ('asset', 'expense'), frozen, closed
    FROM ledger_account WHERE id = ANY(%s::bigint[])
"""
_LOCK: Final = f"{_READ} ORDER BY id FOR NO KEY UPDATE"
_PROBE: Final = """
    SELECT EXISTS (SELECT FROM ledger_transfer WHERE id BETWEEN %s AND %s)
        OR EXISTS (SELECT FROM ledger_rejection WHERE id BETWEEN %s AND %s)
"""
_FIND: Final = "SELECT {columns} FROM {table} WHERE id = ANY(%s::uuid[]) AND id BETWEEN %s AND %s"
_FIND_TRANSFERS: Final = _FIND.format(columns=rows.TRANSFER_COLUMNS, table="ledger_transfer")
_FIND_REJECTIONS: Final = _FIND.format(columns=rows.REJECTION_COLUMNS, table="ledger_rejection")
_FIND_HOLDS: Final = """
    SELECT id, debit, credit, amount, expires_at, state, ended_by FROM ledger_hold WHERE id = ANY(%s::uuid[])
"""
_COPY_TRANSFERS: Final = f"COPY ledger_transfer ({rows.TRANSFER_COLUMNS}) FROM STDIN"
_COPY_REJECTIONS: Final = f"COPY ledger_rejection ({rows.REJECTION_COLUMNS}) FROM STDIN"
_SETTLE: Final = (
    "SELECT ledger_settle(%s::bigint[], %s::bigint[], %s::integer[], %s::bigint[],"
    " %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[])"
)
_COUNT_UNMOVED: Final = """
    SELECT count(*) FROM ledger_account AS account
    JOIN unnest(%s::bigint[], %s::bigint[], %s::integer[]) AS given (id, version, revision)
    USING (id, version, revision)
"""
_KEEP_HOLDS: Final = """
    INSERT INTO ledger_hold (id, debit, credit, amount, expires_at, state, ended_by)
    SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::numeric[], %s::timestamptz[],
                         %s::text[], %s::uuid[])
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, ended_by = excluded.ended_by
    WHERE ledger_hold.state = 'open'
"""
_LOCK_USAGE: Final = """
    INSERT INTO ledger_usage (counter, period, amount, times)
    SELECT counter, period, 0, 0 FROM unnest(%s::text[], %s::text[]) AS given (counter, period)
    ORDER BY counter, period
    ON CONFLICT (counter, period) DO UPDATE SET times = ledger_usage.times
    RETURNING counter, period, amount, times
"""
_WRITE_USAGE: Final = """
    UPDATE ledger_usage AS usage SET amount = given.amount, times = given.times
    FROM unnest(%s::text[], %s::text[], %s::numeric[], %s::bigint[]) AS given (counter, period, amount, times)
    WHERE usage.counter = given.counter AND usage.period = given.period
"""


class Moved(Exception):  # noqa: N818 - not an error but a reason to begin again
    """Say that an account was posted to, or changed, after it was read; nothing of the batch may stay."""

    def __init__(self, accounts: Iterable[int]) -> None:
        """Name the batch's accounts."""
        super().__init__("an account has moved on since it was read")
        self.accounts = accounts


class PartitionMissing(DomainError):
    """Say that the table of transfers has no partition for this month: the job that makes them does not run."""

    code = "ledger_partition_missing"
    kind = Kind.UNAVAILABLE
    title = "The ledger is not ready for this month; an operator has to see to it."


class Cursor(Protocol):
    """What the store needs of a psycopg cursor, be it Django's or the poster's."""

    adapters: Any
    rowcount: int

    def execute(self, query: Any, params: Any = None, /) -> Any:
        """Run one statement."""

    def fetchone(self) -> Any:
        """Give the next row."""

    def fetchall(self) -> Any:
        """Give the rows that are left."""

    def copy(self, statement: Any, /) -> Any:
        """Stream rows into a table."""


class Order(NamedTuple):
    """Ask for transfers on somebody's behalf, with what they count against."""

    transfers: Sequence[Transfer]
    actor: str
    claims: Sequence[UsageClaim] = ()


class Written(NamedTuple):
    """Give the lines of each order, and the positions to remember once the transaction has committed."""

    lines: list[list[Line]]
    positions: dict[int, Position]


def write(
    cursor: Cursor,
    orders: Sequence[Order],
    *,
    at: datetime,
    memory: Memory,
    locked: bool,
) -> Written:
    """Write a batch in the transaction of the cursor.

    :raises Moved: not locked, and an account has moved on since it was read
    """
    _use_integers(cursor)
    transfers = [transfer for order in orders for transfer in order.transfers]
    usage = _lock_usage(cursor, orders)
    holds = _find_holds(cursor, transfers)
    positions = _read_positions(cursor, _account_ids(transfers, holds), memory, locked=locked)
    if locked and holds:
        holds = _find_holds(
            cursor, transfers
        )  # somebody may have ended one before the locks were had
    befores = {account: position.version for account, position in positions.items()}
    book = Book(
        at=at,
        accounts=positions,
        known=_find_known(cursor, transfers),
        holds=holds,
        usage=usage,
    )
    lines = _stream(cursor, book, orders, at)
    _settle(cursor, positions, befores, book, locked=locked)
    _keep_rejections(cursor, orders, lines, at)
    _keep_holds(cursor, book)
    _keep_usage(cursor, book)
    return Written(lines, positions)


def _account_ids(transfers: Sequence[Transfer], holds: Mapping[UUID, HoldLine]) -> list[int]:
    """Give the accounts of a batch in the order in which they are locked."""
    ids = {transfer.debit for transfer in transfers}
    ids.update([transfer.credit for transfer in transfers])
    named = set(map(int, ids))
    for hold in holds.values():
        named.update((hold.debit, hold.credit))
    named.discard(0)
    return sorted(named)


def _read_positions(
    cursor: Cursor, ids: Sequence[int], memory: Memory, *, locked: bool
) -> dict[int, Position]:
    """Give the positions in order of their ids: remembered ones where allowed, else as they are stored."""
    if locked:
        memory.take(ids)
        cursor.execute(_LOCK, (rows.array(ids),))
        return {row[0]: Position(*row) for row in cursor.fetchall()}
    positions = memory.take(ids)
    missing = [account for account in ids if account not in positions]
    if missing:
        cursor.execute(_READ, (rows.array(missing),))
        positions.update((row[0], Position(*row)) for row in cursor.fetchall())
    return positions


def _find_known(cursor: Cursor, transfers: Sequence[Transfer]) -> dict[int, Line]:
    """Give what happened before under the batch's ids.

    Ids are ordered by time, so one look between the least and the greatest tells that all of a fresh batch
    are new; it also lets PostgreSQL leave out the partitions that cannot hold them.
    """
    numbers = [transfer.id.int for transfer in transfers]
    if not numbers:
        return {}
    least, greatest = f"{min(numbers):032x}", f"{max(numbers):032x}"
    cursor.execute(_PROBE, (least, greatest, least, greatest))
    if not cursor.fetchone()[0]:
        return {}
    ids = rows.ids_array(numbers)
    cursor.execute(_FIND_REJECTIONS, (ids, least, greatest))
    known = [rows.read_rejection(row) for row in cursor.fetchall()]
    cursor.execute(_FIND_TRANSFERS, (ids, least, greatest))
    known += [rows.read_transfer(row) for row in cursor.fetchall()]
    return {line.transfer.id.int: line for line in known}


def _find_holds(cursor: Cursor, transfers: Sequence[Transfer]) -> dict[UUID, HoldLine]:
    ids = [transfer.hold_id.int for transfer in transfers if transfer.hold_id is not None]
    if not ids:
        return {}
    cursor.execute(_FIND_HOLDS, (rows.ids_array(ids),))
    return {
        row[0]: HoldLine(*row[:5], state=HoldState(row[5]), ended_by=row[6])
        for row in cursor.fetchall()
    }


def _lock_usage(cursor: Cursor, orders: Sequence[Order]) -> dict[tuple[str, str], Used]:
    """Lock the counters that are claimed, in their order; they come before any account."""
    keys = sorted({(claim.counter, claim.window) for order in orders for claim in order.claims})
    if not keys:
        return {}
    cursor.execute(_LOCK_USAGE, ([key[0] for key in keys], [key[1] for key in keys]))
    return {(row[0], row[1]): Used(int(row[2]), row[3]) for row in cursor.fetchall()}


def _stream(cursor: Cursor, book: Book, orders: Sequence[Order], at: datetime) -> list[list[Line]]:
    """Apply the orders while the rows that they make flow to the server.

    :raises PartitionMissing: the table has no partition for the ids' month
    """
    try:
        return _copy(cursor, book, orders, at)
    except errors.CheckViolation as error:
        if "no partition" in str(error):
            raise PartitionMissing from error
        raise


def _copy(cursor: Cursor, book: Book, orders: Sequence[Order], at: datetime) -> list[list[Line]]:
    instant, row = at.isoformat(), rows.transfer_row
    lines: list[list[Line]] = []
    texts: list[str] = []
    with cursor.copy(_COPY_TRANSFERS) as copy:
        for order in orders:
            actor = rows.escape(order.actor)
            done: list[Line] = []
            for piece in (
                [order.transfers] if order.claims else rows.slices(order.transfers, ROWS_PER_WRITE)
            ):
                new = book.apply(piece, order.claims)
                texts += [row(line, instant, actor) for line in new if line.result in MOVES]
                if len(texts) >= ROWS_PER_WRITE:
                    copy.write("".join(texts))
                    texts.clear()
                done += new
            lines.append(done)
        copy.write("".join(texts))
    return lines


def _settle(
    cursor: Cursor,
    positions: Mapping[int, Position],
    befores: Mapping[int, int],
    book: Book,
    *,
    locked: bool,
) -> None:
    """Write the totals of accounts that were posted to, and see that the others are as they were read."""
    moved = [
        positions[account]
        for account in sorted(befores)
        if positions[account].version != befores[account]
    ]
    if moved:
        pending = [None, None]
        if book.changed_holds:
            pending = [
                rows.array([position.debits_pending for position in moved]),
                rows.array([position.credits_pending for position in moved]),
            ]
        cursor.execute(
            _SETTLE,
            (
                rows.array([position.id for position in moved]),
                rows.array([befores[position.id] for position in moved]),
                rows.array([position.revision for position in moved]),
                rows.array([position.version for position in moved]),
                rows.array([position.debits_posted for position in moved]),
                rows.array([position.credits_posted for position in moved]),
                *pending,
            ),
        )
        if cursor.fetchone()[0] != len(moved):
            raise Moved(befores)
    if len(moved) < len(positions) and not locked:
        _check_unmoved(
            cursor,
            [p for p in positions.values() if p.version == befores[p.id]],
            befores,
        )


def _check_unmoved(cursor: Cursor, read: Sequence[Position], befores: Mapping[int, int]) -> None:
    """See that what was only looked at, to refuse a transfer, still is what it was.

    :raises Moved: it is not
    """
    cursor.execute(
        _COUNT_UNMOVED,
        (
            rows.array([position.id for position in read]),
            rows.array([position.version for position in read]),
            rows.array([position.revision for position in read]),
        ),
    )
    if cursor.fetchone()[0] != len(read):
        raise Moved(befores)


def _keep_rejections(
    cursor: Cursor,
    orders: Sequence[Order],
    lines: Sequence[Sequence[Line]],
    at: datetime,
) -> None:
    instant = at.isoformat()
    texts = [
        rows.rejection_row(line, instant, rows.escape(order.actor))
        for order, done in zip(orders, lines, strict=True)
        for line in done
        if line.is_kept_refusal
    ]
    if texts:
        with cursor.copy(_COPY_REJECTIONS) as copy:
            copy.write("".join(texts))


def _keep_holds(cursor: Cursor, book: Book) -> None:
    """Write holds that begin or end; the accounts' versions let nobody else end the same one."""
    holds = list(book.changed_holds.values())
    if not holds:
        return
    cursor.execute(
        _KEEP_HOLDS,
        (
            [hold.id for hold in holds],
            [hold.debit for hold in holds],
            [hold.credit for hold in holds],
            rows.array([hold.amount for hold in holds]),
            [hold.expires_at for hold in holds],
            [hold.state.value for hold in holds],
            [hold.ended_by for hold in holds],
        ),
    )
    if cursor.rowcount != len(holds):
        raise Moved([])


def _keep_usage(cursor: Cursor, book: Book) -> None:
    keys = sorted(book.changed_usage)
    if not keys:
        return
    cursor.execute(
        _WRITE_USAGE,
        (
            [key[0] for key in keys],
            [key[1] for key in keys],
            rows.array([book.usage[key].amount for key in keys]),
            rows.array([book.usage[key].times for key in keys]),
        ),
    )


def keep_refusals(
    cursor: Cursor, refused: Sequence[tuple[Transfer, Outcome]], *, actor: str
) -> None:
    """Write refused attempts whose own transaction was rolled back; those that are kept already stay."""
    if not refused:
        return
    _use_integers(cursor)
    transfers = [transfer for transfer, _ in refused]
    known = _find_known(cursor, transfers)
    book = Book(at=refused[0][1].at, accounts={}, holds=_find_holds(cursor, transfers))
    texts = []
    for transfer, outcome in refused:
        line = book.refusal(transfer, outcome.result)
        if line.is_kept_refusal and transfer.id.int not in known:
            texts.append(rows.rejection_row(line, outcome.at.isoformat(), rows.escape(actor)))
    if texts:
        with cursor.copy(_COPY_REJECTIONS) as copy:
            copy.write("".join(texts))


def _use_integers(cursor: Cursor) -> None:
    """Have whole numbers come as integers and JSON as objects, whoever made the cursor."""
    cursor.adapters.register_loader("numeric", IntLoader)
    cursor.adapters.register_loader("jsonb", JsonbLoader)
