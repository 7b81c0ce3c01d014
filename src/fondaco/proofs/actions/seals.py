"""Close what was posted and done into blocks, each chained to the one before.

One snapshot is read; whatever it shows and no block closes yet goes into new blocks. A row that commits later
goes into a later block, whatever its key says. Nothing here waits for posting, and posting never for this.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, tenancy
from fondaco.ledger.dating import EPOCH, ID_WINDOW, MICROSECOND, least_id
from fondaco.proofs import chain, lines, signatures
from fondaco.proofs.events import BlockSealed
from fondaco.proofs.gathering import Gathered
from fondaco.proofs.lines import KEY_LENGTH, SOURCES, Source
from fondaco.proofs.models import Block, BlockPart
from fondaco.proofs.types import Sealed, SealedPart

ROWS_MAX: Final = 65_536
"""Rows after which a block is closed: a proof of one of them has sixteen hashes."""
OVERLAP: Final = timedelta(seconds=10)
"""How far before the last block each run looks for what committed after it."""
LATE_MAX: Final = timedelta(minutes=30)
"""How far a thorough run looks; what is dated before that and in no block was never posted by us."""
AHEAD: Final = timedelta(minutes=1)
_ACCOUNTS_BACK: Final = 1_000
"""Accounts whose numbers may commit in another order than they were given."""
_READ_MIN: Final = 4_096
"""Rows that are read at once at least; so a block may have a few more than its number."""

_FEW_ACCOUNTS: Final = 10_000
"""Up to so many accounts each run adds up their versions; of more, the first one of each span does."""
_COUNT_EACH: Final = timedelta(minutes=5)

_SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
_NO_TIMEOUT: Final = "SET LOCAL statement_timeout = 0"
_BY_INDEX: Final = "SET LOCAL enable_sort = off; SET LOCAL max_parallel_workers_per_gather = 0"
"""The index gives rows in their order. Of rows this new the planner knows little, and sorts them, on disk."""
_POSTED: Final = "SELECT (coalesce(sum(version), 0) / 2)::bigint FROM ledger_account"
_TOTALS: Final = """
    SELECT name, coalesce((
        SELECT total FROM proofs_block_part WHERE source = name ORDER BY block_id DESC LIMIT 1
    ), 0) FROM unnest(%s::text[]) AS name
"""


def seal(*, by: Actor, is_thorough: bool = False) -> Sealed:
    """Close everything that is committed and in no block yet; gives how much that was.

    A thorough run also finds transfers that their callers dated hours off, and what took long to commit. When
    another process seals at this moment nothing is done.

    :raises KeysError: there is no key to sign with
    """
    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(_SNAPSHOT)
            cursor.execute(_NO_TIMEOUT)
            cursor.execute(_BY_INDEX)
            return _Run(cursor, by, is_thorough=is_thorough).seal()
    except IntegrityError as error:
        if "proofs_block_pkey" not in str(error):
            raise
        return Sealed(blocks=0, rows=0)


class _Run:
    """One run of sealing, in one snapshot."""

    def __init__(self, cursor: Any, by: Actor, *, is_thorough: bool) -> None:
        self._cursor = cursor
        self._by = by
        self._is_thorough = is_thorough
        self._now = (
            clock.now()
        )  # before the snapshot, which therefore shows all that committed by then
        last = Block.objects.order_by("-number").first()
        self._number = last.number if last else 0
        self._previous = bytes(last.hash) if last else chain.genesis(tenancy.current().name)
        self._last_at = last.sealed_at if last else None
        self._since = last.sealed_at - (LATE_MAX if is_thorough else OVERLAP) if last else None
        self._totals = self._read_totals()
        self._known = self._read_known()
        self._gathered: dict[str, Gathered] = {}
        self._blocks = self._rows = 0

    def seal(self) -> Sealed:
        """Close everything."""
        for source in SOURCES:
            self._take(source)
        self._close()
        missing = self._missing() if self._is_count_due() else 0
        return Sealed(blocks=self._blocks, rows=self._rows, missing=missing)

    def _missing(self) -> int:
        """Count the transfers of the snapshot that no block closes."""
        self._cursor.execute(_POSTED)
        posted: int = self._cursor.fetchone()[0]
        return posted - self._totals[lines.TRANSFER.name]

    def _is_count_due(self) -> bool:
        """Tell whether to read all accounts in order to count; the chain decides, so any process may seal."""
        if self._is_thorough or self._totals[lines.ACCOUNT.name] <= _FEW_ACCOUNTS:
            return True
        return self._last_at is None or _span(self._last_at) < _span(self._now)

    def _take(self, source: Source) -> None:
        """Gather all rows of a source that no block closes, filling blocks on the way."""
        known = self._known.get(source.name, frozenset())
        after, end = self._window(source)
        is_more = True
        while is_more:
            gathered = self._gathered.setdefault(source.name, Gathered(source))
            limit = max(ROWS_MAX - self._size(), _READ_MIN)
            read, last = 0, b""
            for piece in self._read(source, after, end, limit):
                gathered.add(piece, known)
                read, last = read + len(piece), piece[-1]
            is_more = read == limit
            if is_more:
                after = UUID(last[:KEY_LENGTH].decode())
            if self._size() >= ROWS_MAX:
                self._close()

    def _read(self, source: Source, after: UUID, end: UUID, limit: int) -> Iterator[list[bytes]]:
        where = f"{source.key} > %(after)s AND {source.key} < %(end)s"
        arguments: dict[str, Any] = {"after": source.bound(after), "end": source.bound(end)}
        if self._since is not None:
            where += f" AND {source.at} >= %(since)s"
            arguments["since"] = self._since
        return lines.copy_pieces(
            self._cursor, source, where=where, arguments=arguments, limit=limit
        )

    def _window(self, source: Source) -> tuple[UUID, UUID]:
        """Give the keys between which rows that are not closed yet may lie, neither included."""
        if self._since is None:
            return lines.LEAST, lines.GREATEST
        if source is lines.ACCOUNT:
            parts = BlockPart.objects.filter(source=source.name).order_by("-greatest")
            greatest = parts.values_list("greatest", flat=True).first()
            if greatest is None or self._is_thorough:
                return lines.LEAST, lines.GREATEST
            return UUID(int=max(greatest.int - _ACCOUNTS_BACK, 0)), lines.GREATEST
        if source is lines.REJECTION and self._is_thorough:
            return lines.LEAST, lines.GREATEST  # a wrong date may be what it was refused for
        reach = ID_WINDOW + AHEAD if self._is_thorough else AHEAD
        return least_id(self._since - reach), least_id(self._now + reach)

    def _read_totals(self) -> dict[str, int]:
        """Give how many rows of each source all blocks close."""
        self._cursor.execute(_TOTALS, [[source.name for source in SOURCES]])
        return dict(self._cursor.fetchall())

    def _read_known(self) -> dict[str, frozenset[bytes]]:
        """Give by source the packed keys of the rows of the window that a block closes already."""
        if self._since is None:
            return {}
        since_us = (self._since - EPOCH) // MICROSECOND
        names = [source.name for source in SOURCES]
        parts = BlockPart.objects.filter(source__in=names, latest_at_us__gte=since_us)
        known: dict[str, list[bytes]] = {}
        for name, keys in parts.values_list("source", "keys"):
            known.setdefault(name, []).extend(lines.split_keys(bytes(keys)))
        return {name: frozenset(keys) for name, keys in known.items()}

    def _size(self) -> int:
        return sum(gathered.count for gathered in self._gathered.values())

    def _close(self) -> None:
        """Write what was gathered as a block."""
        filled = [gathered for gathered in self._gathered.values() if gathered.count]
        self._gathered = {}
        if not filled:
            return
        self._number += 1
        parts = {
            gathered.source.name: SealedPart(gathered.count, gathered.root()) for gathered in filled
        }
        block = self._write_block(parts)
        for gathered in filled:
            name = gathered.source.name
            self._totals[name] += gathered.count
            gathered.write(
                self._cursor, block=block.number, root=parts[name].root, total=self._totals[name]
            )
        self._blocks += 1
        self._rows += sum(part.count for part in parts.values())
        self._previous = bytes(block.hash)

    def _write_block(self, parts: Mapping[str, SealedPart]) -> Block:
        line = chain.header(
            number=self._number, sealed_at=self._now, previous=self._previous, parts=parts
        )
        hash_ = chain.hash_of(line)
        signature = signatures.sign(hash_)
        block = Block.objects.create(
            number=self._number,
            sealed_at=self._now,
            previous=self._previous,
            hash=hash_,
            key_id=signature.key_id,
            signature=signature.bytes,
        )
        happened = BlockSealed(
            number=self._number,
            sealed_at=self._now,
            rows=sum(part.count for part in parts.values()),
            roots={name: part.root.hex() for name, part in parts.items()},
            previous=self._previous.hex(),
            hash=hash_.hex(),
            key_id=signature.key_id,
            signature=signature.bytes.hex(),
        )
        events.publish(happened, by=self._by)
        return block


def _span(at: datetime) -> int:
    return (at - EPOCH) // _COUNT_EACH
