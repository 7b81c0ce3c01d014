"""Write batches of transfers to PostgreSQL, with a fixed number of round trips whatever the batch's size.

The careful way locks the accounts in order of their ids, looks the batch's ids up, applies the batch and writes.
The quick way starts from what is remembered, locks nothing before it writes, and writes on condition that every
account still is at the version that it started from and that every id is new. Who is refused with
:class:`Moved` undoes it all and takes the careful way.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final, NamedTuple

from psycopg import errors

from fondaco.kit.errors import DomainError, Kind
from fondaco.ledger import reading, rows
from fondaco.ledger.engine import Book
from fondaco.ledger.lines import MOVES, Line, Position
from fondaco.ledger.memory import Memory
from fondaco.ledger.script import Cursor, Script
from fondaco.ledger.types import Outcome, Transfer, UsageClaim

COPY_FROM: Final = 256
"""Batches of so many transfers stream with COPY; for smaller ones its round trips cost more than it saves."""
SLICE: Final = 256
"""Transfers that are applied before their rows are sent off."""
_EXPECT_NEW: Final = "SELECT ledger_expect_new(%s::uuid[], %s, %s)"
_EXPECT_UNMOVED: Final = "SELECT ledger_expect_unmoved(%s::bigint[], %s::bigint[], %s::integer[])"
_COPY: Final = f"COPY ledger_transfer ({rows.TRANSFER_COLUMNS}) FROM STDIN"
_ADD: Final = f"SELECT ledger_add_transfers(%s, {', '.join(['%s'] * 19)})"
_SETTLE: Final = f"SELECT ledger_settle({', '.join(['%s'] * 8)})"
_REJECT: Final = f"""
    INSERT INTO ledger_rejection ({rows.REJECTION_COLUMNS})
    SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::numeric[], %s::text[], %s::text[],
        %s::text[], %s::text[], %s::timestamptz[], %s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[],
        %s::text[], %s::jsonb[])
"""
_KEEP_HOLDS: Final = """
    INSERT INTO ledger_hold (id, debit, credit, amount, expires_at, state, ended_by)
    SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::numeric[], %s::timestamptz[],
                         %s::text[], %s::uuid[])
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, ended_by = excluded.ended_by
"""
_KEEP_USAGE: Final = """
    UPDATE ledger_usage AS usage SET amount = given.amount, times = given.times
    FROM unnest(%s::text[], %s::text[], %s::numeric[], %s::bigint[])
        AS given (counter, period, amount, times)
    WHERE usage.counter = given.counter AND usage.period = given.period
"""


class Moved(Exception):  # noqa: N818 - not an error but a reason to begin again
    """Say that an account has moved on since it was read, or that an id was known; nothing may stay."""


class PartitionMissing(DomainError):
    """Say that the table of transfers has no partition for this month: the job that makes them does not run."""

    code = "ledger_partition_missing"
    kind = Kind.UNAVAILABLE
    title = "The ledger is not ready for this month; an operator has to see to it."


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
    script: Script, orders: Sequence[Order], *, at: datetime, memory: Memory, careful: bool
) -> Written:
    """Apply a batch and write it in the transaction of the script's cursor.

    The last statements are left in the script for the caller to run, with his own behind them, within
    :func:`refusals`.

    :raises Moved: what the quick way started from is no longer so
    :raises PartitionMissing: the table has no partition for the ids' month
    """
    transfers = [transfer for order in orders for transfer in order.transfers]
    if not transfers:
        return Written([[] for _ in orders], {})
    with refusals():
        usage = reading.lock_usage(script, [claim for order in orders for claim in order.claims])
        holds = reading.find_holds(script, transfers)
        ids = reading.account_ids(transfers, holds)
        known: Mapping[int, Line] = {}
        if careful:
            positions = reading.lock_positions(script, ids, memory)
            known = reading.find_known(script, transfers)
            # Somebody may have ended a hold before the locks were had.
            holds = reading.find_holds(script, transfers)
        else:
            positions = reading.take_positions(script, ids, memory)
            _expect_new(script, transfers)
        befores = {account: position.version for account, position in positions.items()}
        book = Book(at=at, accounts=positions, known=known, holds=holds, usage=usage)
        lines = _apply(script, book, orders, len(transfers))
        _settle(script, book, befores, careful=careful)
        _reject(script, orders, lines)
        _keep_holds(script, book)
        _keep_usage(script, book)
    return Written(lines, positions)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the database refuses within the block into what it means."""
    try:
        yield
    except (errors.SerializationFailure, errors.UniqueViolation) as error:
        raise Moved(str(error)) from error
    except errors.CheckViolation as error:
        if "no partition" in str(error):
            raise PartitionMissing from error
        raise


def _expect_new(script: Script, transfers: Sequence[Transfer]) -> None:
    numbers = [transfer.id.int for transfer in transfers]
    script.execute(_EXPECT_NEW, (rows.ids_array(numbers), *reading.bounds(numbers)))


def _apply(script: Script, book: Book, orders: Sequence[Order], size: int) -> list[list[Line]]:
    """Apply the orders and write the transfers that come of them."""
    if size >= COPY_FROM:
        script.run()
        return _stream(script.cursor, book, orders)
    lines = [book.apply(order.transfers, order.claims) for order in orders]
    moves = [
        (line, order.actor)
        for order, done in zip(orders, lines, strict=True)
        for line in done
        if line.result in MOVES
    ]
    if moves:
        script.execute(_ADD, (book.at, *rows.transfer_arrays(moves)))
    return lines


def _stream(cursor: Cursor, book: Book, orders: Sequence[Order]) -> list[list[Line]]:
    """Apply the orders while the rows that they make flow to the server."""
    instant, row = book.at.isoformat(), rows.transfer_row
    lines: list[list[Line]] = []
    texts: list[str] = []
    with cursor.copy(_COPY) as copy:
        for order in orders:
            actor = rows.escape(order.actor)
            done: list[Line] = []
            pieces = [order.transfers] if order.claims else rows.slices(order.transfers, SLICE)
            for piece in pieces:
                new = book.apply(piece, order.claims)
                texts += [row(line, instant, actor) for line in new if line.result in MOVES]
                if len(texts) >= SLICE:
                    copy.write("".join(texts))
                    texts.clear()
                done += new
            lines.append(done)
        copy.write("".join(texts))
    return lines


def _settle(script: Script, book: Book, befores: Mapping[int, int], *, careful: bool) -> None:
    """Write the totals of accounts that were posted to, and see that the others are as they were read."""
    positions = book.accounts
    moved = [p for p in (positions[id_] for id_ in sorted(befores)) if p.version != befores[p.id]]
    if moved:
        pending: tuple[str | None, str | None] = (None, None)
        if book.changed_holds:
            pending = (
                rows.array([p.debits_pending for p in moved]),
                rows.array([p.credits_pending for p in moved]),
            )
        revisions = [p.revision for p in moved]
        script.execute(
            _SETTLE,
            (
                rows.array([p.id for p in moved]),
                rows.array([befores[p.id] for p in moved]),
                rows.array(revisions) if any(revisions) else None,
                rows.array([p.version for p in moved]),
                rows.array([p.debits_posted for p in moved]),
                rows.array([p.credits_posted for p in moved]),
                *pending,
            ),
        )
    if not careful and len(moved) < len(befores):
        read = [p for p in positions.values() if p.version == befores[p.id]]
        script.execute(
            _EXPECT_UNMOVED,
            (
                rows.array([p.id for p in read]),
                rows.array([p.version for p in read]),
                rows.array([p.revision for p in read]),
            ),
        )


def _reject(script: Script, orders: Sequence[Order], lines: Sequence[Sequence[Line]]) -> None:
    kept = [
        (line, order.actor)
        for order, done in zip(orders, lines, strict=True)
        for line in done
        if line.is_kept_refusal
    ]
    if kept:
        script.execute(_REJECT, rows.rejection_arrays(kept))


def _keep_holds(script: Script, book: Book) -> None:
    """Write holds that begin or end; the accounts' versions let nobody else end the same one."""
    holds = list(book.changed_holds.values())
    if holds:
        script.execute(
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


def _keep_usage(script: Script, book: Book) -> None:
    keys = sorted(book.changed_usage)
    if keys:
        script.execute(
            _KEEP_USAGE,
            (
                [key[0] for key in keys],
                [key[1] for key in keys],
                rows.array([book.usage[key].amount for key in keys]),
                rows.array([book.usage[key].times for key in keys]),
            ),
        )


def keep_refusals(
    script: Script, refused: Iterable[tuple[Transfer, Outcome]], *, actor: str
) -> None:
    """Write refused attempts whose own transaction was rolled back; those that are kept already stay."""
    asked = list(refused)
    if not asked:
        return
    transfers = [transfer for transfer, _ in asked]
    known = reading.find_known(script, transfers)
    holds = reading.find_holds(script, transfers)
    lines = [
        Book(at=outcome.at, accounts={}, holds=holds).refusal(transfer, outcome.result)
        for transfer, outcome in asked
        if transfer.id.int not in known
    ]
    kept = [(line, actor) for line in lines if line.is_kept_refusal]
    if kept:
        script.execute(_REJECT, rows.rejection_arrays(kept)).run()
