"""Close what was posted and done into blocks, each chained to the one before.

One snapshot is read; whatever it shows and no block closes yet goes into new blocks. A row that commits later
goes into a later block, whatever its key says. Nothing here waits for posting, and posting never for this.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, tenancy
from fondaco.ledger.dating import EPOCH, ID_WINDOW, MICROSECOND, least_id
from fondaco.proofs import chain, lines, signatures
from fondaco.proofs.checking import MARK_BYTES
from fondaco.proofs.events import BlockSealed
from fondaco.proofs.lines import KEY_LENGTH, SOURCES, Source
from fondaco.proofs.merkle import leaf_hashes, root_of
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

_SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
_NO_TIMEOUT: Final = "SET LOCAL statement_timeout = 0"
_POSTED: Final = "SELECT (coalesce(sum(version), 0) / 2)::bigint FROM ledger_account"


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
            return _Run(cursor, by, is_thorough=is_thorough).seal()
    except IntegrityError as error:
        if "proofs_block_pkey" not in str(error):
            raise
        return Sealed(blocks=0, rows=0)


@dataclass(slots=True)
class _Gathered:
    """Hold what of one source goes into the block that is being filled."""

    keys: list[bytes] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    latest: bytes = b""

    def add(self, rows: Sequence[bytes], at: slice) -> None:
        """Take rows; in whole lists, since there are tens of thousands."""
        self.keys += [row[:KEY_LENGTH] for row in rows]
        self.hashes += leaf_hashes(rows)
        self.latest = max([self.latest, *[row[at] for row in rows]])


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
        self._since = last.sealed_at - (LATE_MAX if is_thorough else OVERLAP) if last else None
        self._totals: dict[str, int] = {}
        self._gathered: dict[str, _Gathered] = {}
        self._blocks = self._rows = 0

    def seal(self) -> Sealed:
        """Close everything."""
        for source in SOURCES:
            last = BlockPart.objects.filter(source=source.name).order_by("-block_id").first()
            self._totals[source.name] = last.total if last else 0
            self._take(source)
        self._close()
        self._cursor.execute(_POSTED)
        missing = self._cursor.fetchone()[0] - self._totals[lines.TRANSFER.name]
        return Sealed(blocks=self._blocks, rows=self._rows, missing=missing)

    def _take(self, source: Source) -> None:
        """Gather all rows of a source that no block closes, filling blocks on the way."""
        known = self._known(source)
        at = source.at_slice
        after, end = self._window(source)
        is_more = True
        while is_more:
            gathered = self._gathered.setdefault(source.name, _Gathered())
            limit = max(ROWS_MAX - self._size(), _READ_MIN)
            read = list(self._read(source, after, end, limit))
            gathered.add(
                [line for line in read if line[:KEY_LENGTH] not in known] if known else read, at
            )
            is_more = len(read) == limit
            if is_more:
                after = UUID(read[-1][:KEY_LENGTH].decode())
            if self._size() >= ROWS_MAX:
                self._close()

    def _read(self, source: Source, after: UUID, end: UUID, limit: int) -> Iterator[bytes]:
        where = f"{source.key} > %(after)s AND {source.key} < %(end)s"
        arguments: dict[str, Any] = {"after": source.bound(after), "end": source.bound(end)}
        if self._since is not None:
            where += f" AND {source.at} >= %(since)s"
            arguments["since"] = self._since
        return lines.copy_lines(self._cursor, source, where=where, arguments=arguments, limit=limit)

    def _window(self, source: Source) -> tuple[UUID, UUID]:
        """Give the keys between which rows that are not closed yet may lie, neither included."""
        if self._since is None:
            return lines.LEAST, lines.GREATEST
        if source is lines.ACCOUNT:
            last = BlockPart.objects.filter(source=source.name).order_by("-greatest").first()
            greatest = last.greatest.int if last and not self._is_thorough else 0
            return UUID(int=max(greatest - _ACCOUNTS_BACK, 0)), lines.GREATEST
        if source is lines.REJECTION and self._is_thorough:
            return lines.LEAST, lines.GREATEST  # a wrong date may be what it was refused for
        reach = ID_WINDOW + AHEAD if self._is_thorough else AHEAD
        return least_id(self._since - reach), least_id(self._now + reach)

    def _known(self, source: Source) -> frozenset[bytes]:
        """Give the keys, as they stand in lines, of the rows of the window that a block closes already."""
        if self._since is None:
            return frozenset()
        since_us = (self._since - EPOCH) // MICROSECOND
        parts = BlockPart.objects.filter(source=source.name, latest_at_us__gte=since_us)
        return frozenset(
            key for (keys,) in parts.values_list("keys") for key in lines.key_texts(bytes(keys))
        )

    def _size(self) -> int:
        return sum(len(gathered.keys) for gathered in self._gathered.values())

    def _close(self) -> None:
        """Write what was gathered as a block."""
        filled = [
            (source, self._gathered[source.name])
            for source in SOURCES
            if source.name in self._gathered and self._gathered[source.name].keys
        ]
        self._gathered = {}
        if not filled:
            return
        self._number += 1
        parts = {
            source.name: SealedPart(len(gathered.keys), root_of(gathered.hashes))
            for source, gathered in filled
        }
        block = self._write_block(parts)
        BlockPart.objects.bulk_create(
            [self._part(block, source, gathered, parts) for source, gathered in filled]
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

    def _part(
        self,
        block: Block,
        source: Source,
        gathered: _Gathered,
        parts: Mapping[str, SealedPart],
    ) -> BlockPart:
        part = parts[source.name]
        self._totals[source.name] += part.count
        return BlockPart(
            block=block,
            source=source.name,
            count=part.count,
            root=part.root,
            total=self._totals[source.name],
            least=UUID(gathered.keys[0].decode()),
            greatest=UUID(gathered.keys[-1].decode()),
            latest_at_us=int(gathered.latest),
            keys=lines.pack_keys(gathered.keys),
            marks=b"".join([leaf[:MARK_BYTES] for leaf in gathered.hashes]),
        )
