"""Apply one batch and put what comes of it into a script: rows, totals, refusals, holds and counters."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from fondaco.kit.django.script import Script
from fondaco.ledger import rows
from fondaco.ledger.engine import Book
from fondaco.ledger.lines import MOVES, Line, Position
from fondaco.ledger.types import Outcome, Transfer, UsageClaim

SLICE: Final = 256
"""Transfers that are applied before their rows are sent off."""
NEAR: Final = 60_000 << 80
"""Ids that lie within a minute are looked up by their bounds alone."""
_EXPECT_UNMOVED: Final = "SELECT ledger_expect_unmoved(%s::bigint[], %s::bigint[], %s::integer[])"
_COPY: Final = f"COPY ledger_transfer ({rows.TRANSFER_COLUMNS}) FROM STDIN"
_ADD: Final = "SELECT ledger_add_transfers(%s)"
_EXPECT_NEW: Final = "SELECT ledger_expect_new(%s::uuid[], %s::uuid[], %s, %s)"
SMALL: Final = "ledger_write_small"
PREPARE: Final = f"""
    SET enable_hashjoin = off; SET enable_nestloop = off;
    SET enable_seqscan = off; SET enable_bitmapscan = off;
    SET plan_cache_mode = force_generic_plan;
    PREPARE {SMALL} (
        ledger_transfer[], bigint[], bigint[], integer[], numeric[], numeric[], bigint, uuid, uuid,
        text
    ) AS
    WITH given AS (
        SELECT unnest($2) AS id, unnest($3) AS before, unnest($4) AS step, unnest($5) AS debit,
            unnest($6) AS credit
    ), settled AS (
        UPDATE ledger_account AS account SET
            version = given.before + given.step,
            debits_posted = given.debit,
            credits_posted = given.credit,
            touched_us = $7
        FROM given
        WHERE account.id = given.id AND account.id = ANY($2)
          AND account.version = given.before AND account.revision = 0
        RETURNING 1
    ), added AS (
        INSERT INTO ledger_transfer SELECT * FROM unnest($1)
    )
    SELECT CASE WHEN (SELECT count(*) FROM settled) <> cardinality($2) OR current_schema() <> $10
        THEN ledger_refuse_moved() END,
        CASE WHEN EXISTS (SELECT FROM ledger_rejection WHERE id BETWEEN $8 AND $9)
        THEN ledger_expect_new((SELECT array_agg(id) FROM unnest($1)), NULL, $8, $9) END
"""  # noqa: S608 - the name is ours
"""What a connection has to prepare for small batches; as in ``ledger_settle``, rows are locked by their ids.

The columns are those of ``ledger_settle``'s short form. Nothing in this statement sees its own rows yet, so
ids that were refused before are looked up by what was given. The caller names his schema: should a pooler
lead him to another tenant's session, which knows a statement of this name, too, nothing is done.
"""
_SETTLE: Final = f"SELECT ledger_settle({', '.join(['%s'] * 10)})"
REJECT: Final = f"""
    INSERT INTO ledger_rejection ({rows.REJECTION_COLUMNS})
    SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::numeric[], %s::text[], %s::text[],
        %s::text[], %s::text[], %s::timestamptz[], %s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[],
        %s::text[], %s::jsonb[])
"""  # noqa: S608 - the columns are ours
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


class Order(NamedTuple):
    """Ask for transfers on somebody's behalf, with what they count against."""

    transfers: Sequence[Transfer]
    actor: str
    claims: Sequence[UsageClaim] = ()


class Batch:
    """Hold a batch on its way through the book into the database."""

    def __init__(
        self,
        script: Script,
        book: Book,
        orders: Sequence[Order],
        *,
        careful: bool,
        prepared_in: str | None = None,
    ) -> None:
        """Take the orders, and note the versions that the accounts have before them.

        ``careful`` says that the accounts are locked; ``prepared_in`` names the schema in which the
        connection has prepared ``PREPARE``.
        """
        self.outcomes: list[list[Outcome]] = []
        self._script = script
        self._book = book
        self._orders = orders
        self._careful = careful
        self._prepared_in = prepared_in
        self._positions = [book.accounts[id_] for id_ in sorted(book.accounts)]
        self._befores = [position.version for position in self._positions]
        self._unmoved: list[tuple[Line, str]] = []
        """Those that make no row, each with its actor."""
        self._instant = book.at.isoformat()
        self._actors: dict[str, str] = {}
        """As COPY takes them."""

    def write(self) -> None:
        """Apply the orders, and write the transfers that come of them with the other statements."""
        book = self._book
        moves: list[tuple[Line, str]] = []
        for order in self._orders:
            done = book.apply(order.transfers, order.claims)
            for line in done:
                (moves if line.result in MOVES else self._unmoved).append((line, order.actor))
            self.outcomes.append([line.outcome() for line in done])
        if self._prepared_in is not None and self._write_small(moves):
            return
        if moves:
            self._script.execute(_ADD, (rows.transfer_records(moves),))
        self._conclude()

    def _write_small(self, moves: Sequence[tuple[Line, str]]) -> bool:
        """Write it with one prepared statement, if nothing is in it but transfers; gives whether it was."""
        book = self._book
        if self._careful or self._unmoved or not moves or book.changed_holds or book.changed_usage:
            return False
        moved = self._positions
        touched = moved[0].touched_us
        if any(position.touched_us != touched or position.revision for position in moved):
            return False
        least, greatest = min(book.known), max(book.known)
        if greatest - least >= NEAR:
            return False
        self._script.call(
            SMALL,
            (
                rows.transfer_records(moves),
                *_totals(moved, self._befores),
                touched,
                f"{least:032x}",
                f"{greatest:032x}",
                self._prepared_in,
            ),
        )
        return True

    def stream(self) -> None:
        """Apply the orders while the rows that they make flow to the server.

        The statements that follow are prepared before the stream ends, while the server still works on its
        last rows.
        """
        with _without_collection(), self._script.cursor.copy(_COPY) as copy:
            texts: list[str] = []
            for order in self._orders:
                self._stream_order(order, texts, copy.write)
            copy.write("".join(texts))
            self._conclude()

    def hold_back(self) -> None:
        """Apply the orders, and leave their rows in the script, the statements that follow behind them."""
        with _without_collection():
            pieces: list[str] = []
            texts: list[str] = []
            for order in self._orders:
                self._stream_order(order, texts, pieces.append)
            self._script.copy(_COPY, [*pieces, "".join(texts)])
            self._conclude()

    def _stream_order(self, order: Order, texts: list[str], send: Callable[[str], None]) -> None:
        at, instant, row = self._book.at, self._instant, rows.transfer_row
        actor = self._actors.get(order.actor)
        if actor is None:
            actor = self._actors[order.actor] = rows.escape(order.actor)
        outcomes: list[Outcome] = []
        is_whole = order.claims or len(order.transfers) <= SLICE
        pieces = [order.transfers] if is_whole else rows.slices(order.transfers, SLICE)
        for piece in pieces:
            new = self._book.apply(piece, order.claims)
            made = [
                row(line, instant if line.at is at else line.at.isoformat(), actor)
                for line in new
                if line.result in MOVES
            ]
            if len(made) < len(new):
                self._unmoved += [(one, order.actor) for one in new if one.result not in MOVES]
            texts += made
            if len(texts) >= SLICE:
                send("".join(texts))
                texts.clear()
            outcomes += [line.outcome() for line in new]
        self.outcomes.append(outcomes)

    def _conclude(self) -> None:
        """Prepare all statements that follow the transfers."""
        moved, befores = self._positions, self._befores
        read = [one for one, before in zip(moved, befores, strict=True) if one.version == before]
        if read:
            apart = [
                (one, before)
                for one, before in zip(moved, befores, strict=True)
                if one.version != before
            ]
            moved, befores = [one for one, _ in apart], [before for _, before in apart]
        if moved:
            self._settle(moved, befores)
        if read and not self._careful:
            self._expect_unmoved(read)
        kept = [(line, actor) for line, actor in self._unmoved if line.is_kept_refusal]
        if not self._careful:
            self._expect_new([line.transfer.id.int for line, _ in kept])
        if kept:
            self._script.execute(REJECT, rows.rejection_arrays(kept))
        self._keep_holds()
        keep_usage(self._script, self._book)

    def _settle(self, moved: Sequence[Position], befores: list[int]) -> None:
        """Write the totals, each on condition that the account is as it was before."""
        touches = [position.touched_us for position in moved]
        is_common = touches.count(touches[0]) == len(touches)
        revisions = [position.revision for position in moved]
        pending: tuple[str | None, str | None] = (None, None)
        if self._book.changed_holds:
            pending = (
                rows.numbers_array([position.debits_pending for position in moved]),
                rows.numbers_array([position.credits_pending for position in moved]),
            )
        self._script.execute(
            _SETTLE,
            (
                *_totals(moved, befores),
                touches[0],
                None if is_common else rows.numbers_array(touches),
                rows.numbers_array(revisions) if any(revisions) else None,
                *pending,
            ),
        )

    def _expect_new(self, refused: Sequence[int]) -> None:
        """See that no id was used before; the table of transfers itself refuses those that it has."""
        numbers = self._book.known  # which knew none before, and each of the batch by now
        least, greatest = min(numbers), max(numbers)
        self._script.execute(
            _EXPECT_NEW,
            (
                None if greatest - least < NEAR else rows.ids_array(numbers),
                rows.ids_array(refused) if refused else None,
                f"{least:032x}",
                f"{greatest:032x}",
            ),
        )

    def _expect_unmoved(self, read: Sequence[Position]) -> None:
        """See that what was only looked at, to refuse a transfer, still is what it was."""
        self._script.execute(
            _EXPECT_UNMOVED,
            (
                rows.array([position.id for position in read]),
                rows.array([position.version for position in read]),
                rows.array([position.revision for position in read]),
            ),
        )

    def _keep_holds(self) -> None:
        """Write holds that begin or end; the accounts' versions let nobody else end the same one."""
        holds = list(self._book.changed_holds.values())
        if holds:
            self._script.execute(
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


def _totals(moved: Sequence[Position], befores: list[int]) -> tuple[str, ...]:
    """Write ids, versions before, steps, debits and credits of accounts as arrays."""
    return (
        rows.numbers_array([position.id for position in moved]),
        rows.numbers_array(befores),
        rows.numbers_array([p.version - v for p, v in zip(moved, befores, strict=True)]),
        rows.numbers_array([position.debits_posted for position in moved]),
        rows.numbers_array([position.credits_posted for position in moved]),
    )


def keep_usage(script: Script, book: Book) -> None:
    """Write what a book has counted against limits."""
    keys, usage = sorted(book.changed_usage), book.usage
    if keys:
        script.execute(
            _KEEP_USAGE,
            (
                [key[0] for key in keys],
                [key[1] for key in keys],
                rows.array([usage[key].amount for key in keys]),
                rows.array([usage[key].times for key in keys]),
            ),
        )


@contextmanager
def _without_collection() -> Iterator[None]:
    """Keep the garbage collector away for the block: it would search a large batch's tuples in vain."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
