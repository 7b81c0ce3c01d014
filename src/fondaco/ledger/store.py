"""Write batches of transfers to PostgreSQL, with a fixed number of round trips whatever the batch's size.

The careful way locks the accounts in order of their ids, looks the batch's ids up, applies the batch and
writes. The quick way starts from what is remembered, locks nothing before it writes, and writes on condition
that every account still is at the version that it started from and that every id is new. Who is refused
with :class:`Moved` undoes it all and takes the careful way.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from psycopg import errors

from fondaco.kit.django.script import Asking, Script, bind
from fondaco.kit.errors import DomainError, Kind
from fondaco.ledger import reading, rows
from fondaco.ledger.batch import REJECT, Batch, Order
from fondaco.ledger.dating import EPOCH, MICROSECOND
from fondaco.ledger.engine import Book, is_plain
from fondaco.ledger.lines import Line, Position
from fondaco.ledger.types import Outcome, Result, Transfer

COPY_FROM: Final = 64
"""Batches of so many transfers stream with COPY; for smaller ones its round trips cost more than it saves."""
COPY_FROM_PREPARED: Final = 256
"""The same where a prepared statement writes the smaller ones: 64 to one account are a seventh faster so."""
_POST_ONE: Final = f"SELECT ledger_post_one({', '.join(['%s'] * 11)})"


class Moved(Exception):
    """Say that an account has moved on since it was read, or that an id was known; nothing may stay."""


class PartitionMissing(DomainError):
    """Say that no partition is there for this month: the job that makes them does not run."""

    code = "ledger_partition_missing"
    kind = Kind.UNAVAILABLE
    title = "The ledger is not ready for this month; an operator has to see to it."


class Written(NamedTuple):
    """Give the outcomes of each order, and the positions to remember once it has committed."""

    outcomes: list[list[Outcome]]
    positions: dict[int, Position]


def write_one(database: Asking, transfer: Transfer, *, actor: str, at: datetime) -> Outcome | None:
    """Post one plain transfer with one call; gives none, and has done nothing, where anything is not plain.

    :raises Moved: the id was used by a transfer that committed a moment ago
    :raises PartitionMissing: the table has no partition for the id's month
    """
    if not is_plain(transfer, at):
        return None
    metadata = json.dumps(dict(transfer.metadata)) if transfer.metadata else None
    us = (at - EPOCH) // MICROSECOND
    asked = (
        f"{transfer.id.int:032x}",
        transfer.debit,
        transfer.credit,
        transfer.amount,
        transfer.kind,
        actor,
        at.isoformat(),
        us,
        None if transfer.reference is None else str(transfer.reference),
        transfer.memo or None,
        metadata,
    )
    with refusals():
        answer = database.ask(bind(database, _POST_ONE, asked))
    if answer is None:
        return None
    debit_balance, debit_held, credit_balance, credit_held, decided_us = map(int, answer.split())
    return Outcome(
        id=transfer.id,
        result=Result.POSTED,
        amount=transfer.amount,
        debit_available=debit_balance - debit_held,
        credit_available=credit_balance - credit_held,
        at=at if decided_us == us else EPOCH + decided_us * MICROSECOND,
    )


def write(
    script: Script,
    orders: Sequence[Order],
    *,
    now: Callable[[], datetime],
    memory: reading.Positions,
    careful: bool,
    hold_back: bool = False,
    prepared_in: str | None = None,
) -> Written:
    """Apply a batch and write it in the transaction of the script's cursor.

    The clock is asked once the positions are known. The last statements are left in the script for the
    caller to run, with his own behind them, within :func:`refusals`; ``hold_back`` leaves the rows there
    too, and ``prepared_in`` names the schema in which the connection has prepared
    :data:`~fondaco.ledger.batch.PREPARE`.

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
            positions, known = reading.lock_and_look(script, ids, transfers, memory)
            # Somebody may have ended a hold before the locks were had.
            holds = reading.find_holds(script, transfers)
        else:
            positions = reading.take_positions(script, ids, memory)
        book = Book(at=now(), accounts=positions, known=known, holds=holds, usage=usage)
        batch = Batch(script, book, orders, careful=careful, prepared_in=prepared_in)
        if hold_back:
            batch.hold_back()
        elif len(transfers) >= (COPY_FROM_PREPARED if prepared_in else COPY_FROM):
            script.run()
            batch.stream()
        else:
            batch.write()
    return Written(batch.outcomes, positions)


class refusals:  # noqa: N801 - read as a function, and a generator costs as much as a transfer's checks
    """Turn what the database refuses within the block into what it means."""

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Raise what it means."""
        if isinstance(error, (errors.SerializationFailure, errors.UniqueViolation)):
            raise Moved(str(error)) from error
        if isinstance(error, errors.CheckViolation) and "no partition" in str(error):
            raise PartitionMissing from error


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
        script.execute(REJECT, rows.rejection_arrays(kept)).run()
