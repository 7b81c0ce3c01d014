"""What a batch has to know before it can be applied: positions, holds, counters, and ids used before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol
from uuid import UUID

from fondaco.kit.django.script import Script
from fondaco.ledger import rows
from fondaco.ledger.lines import HoldLine, Line, Position, Used
from fondaco.ledger.types import HoldState, Transfer, UsageClaim

_READ: Final = """
    SELECT id, asset_id, floor, version, revision, touched_us, debits_posted, credits_posted, debits_pending,
           credits_pending, kind IN ('asset', 'expense'), frozen, closed
    FROM ledger_account WHERE id = ANY(%s::bigint[])
"""
_LOCK: Final = "SELECT * FROM ledger_lock(%s::bigint[])"
_IS_KNOWN: Final = "SELECT ledger_is_any_known(%s::uuid[], %s, %s)"
_FIND: Final = "SELECT {columns} FROM {table} WHERE id = ANY(%s::uuid[]) AND id BETWEEN %s AND %s"
_FIND_TRANSFERS: Final = _FIND.format(columns=rows.TRANSFER_COLUMNS, table="ledger_transfer")
_FIND_REJECTIONS: Final = _FIND.format(columns=rows.REJECTION_COLUMNS, table="ledger_rejection")
_FIND_HOLDS: Final = """
    SELECT id, debit, credit, amount, expires_at, state, ended_by
    FROM ledger_hold WHERE id = ANY(%s::uuid[])
"""
_LOCK_USAGE: Final = """
    INSERT INTO ledger_usage (counter, period, amount, times)
    SELECT counter, period, 0, 0 FROM unnest(%s::text[], %s::text[]) AS given (counter, period)
    ORDER BY counter, period
    ON CONFLICT (counter, period) DO UPDATE SET times = ledger_usage.times
    RETURNING counter, period, amount, times
"""


class Positions(Protocol):
    """Where positions are taken from before they are looked up: a memory, or what is under way."""

    def take(self, ids: Iterable[int]) -> dict[int, Position]:
        """Take out what is there of these accounts."""


def find_holds(script: Script, transfers: Iterable[Transfer]) -> dict[UUID, HoldLine]:
    """Give the holds that a batch wants to end, as they stand."""
    ids = {transfer.hold_id.int for transfer in transfers if transfer.hold_id is not None}
    if not ids:
        return {}
    script.execute(_FIND_HOLDS, (rows.ids_array(ids),)).run()
    return {row[0]: HoldLine._make((*row[:5], HoldState(row[5]), row[6])) for row in script.fetch()}


def lock_usage(script: Script, claims: Iterable[UsageClaim]) -> dict[tuple[str, str], Used]:
    """Lock the counters that are claimed, in their order; they come before any account."""
    keys = sorted({(claim.counter, claim.window) for claim in claims})
    if not keys:
        return {}
    script.execute(_LOCK_USAGE, ([key[0] for key in keys], [key[1] for key in keys])).run()
    return {(row[0], row[1]): Used(int(row[2]), row[3]) for row in script.fetch()}


def named_accounts(transfers: Iterable[Transfer]) -> Iterator[int]:
    """Give the accounts that transfers name, one after the other, each as often as it is named."""
    for transfer in transfers:
        yield transfer.debit
        yield transfer.credit


def account_ids(transfers: Sequence[Transfer], holds: Mapping[UUID, HoldLine]) -> list[int]:
    """Give the accounts of a batch in the order in which they are locked."""
    ids: set[int] = {transfer.debit for transfer in transfers}
    ids.update([transfer.credit for transfer in transfers])
    for hold in holds.values():
        ids.update((hold.debit, hold.credit))
    ids.discard(0)
    return sorted(ids)


def lock_and_look(
    script: Script, ids: Sequence[int], transfers: Sequence[Transfer], memory: Positions
) -> tuple[dict[int, Position], dict[int, Line]]:
    """Lock the accounts in order of their ids; give their positions, and what is known of the batch's ids.

    What is known is looked up after the locks are had, so that a request and its double wait for each other.
    """
    memory.take(ids)
    numbers = [transfer.id.int for transfer in transfers]
    script.execute(_LOCK, (rows.array(ids),))
    script.execute(_IS_KNOWN, (rows.ids_array(numbers), *bounds(numbers))).run()
    positions = {row[0]: Position(*row) for row in script.fetch()}
    ((is_any_known,),) = script.fetch()
    return positions, find_known(script, transfers) if is_any_known else {}


def take_positions(script: Script, ids: Sequence[int], memory: Positions) -> dict[int, Position]:
    """Give the positions as they are remembered, or as they are stored; nothing is locked."""
    positions = memory.take(ids)
    if len(positions) < len(ids):
        missing = [account for account in ids if account not in positions]
        script.execute(_READ, (rows.array(missing),)).run()
        positions.update((row[0], Position(*row)) for row in script.fetch())
    return positions


def find_known(script: Script, transfers: Sequence[Transfer]) -> dict[int, Line]:
    """Give what happened before under the batch's ids.

    The bounds let PostgreSQL leave out the partitions that cannot hold them.
    """
    numbers = [transfer.id.int for transfer in transfers]
    arguments = (rows.ids_array(numbers), *bounds(numbers))
    script.execute(_FIND_REJECTIONS, arguments).execute(_FIND_TRANSFERS, arguments).run()
    known = [rows.read_rejection(row) for row in script.fetch()]
    known += [rows.read_transfer(row) for row in script.fetch()]
    return {line.transfer.id.int: line for line in known}


def bounds(numbers: Sequence[int]) -> tuple[str, str]:
    """Give the least and the greatest of a batch's ids."""
    return f"{min(numbers):032x}", f"{max(numbers):032x}"
