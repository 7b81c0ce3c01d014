"""Recompute blocks from the rows that they close, and name the first place that does not agree.

Runs in a transaction of the caller, whose snapshot decides what is seen.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from django.db import connection

from fondaco.kit.django import tenancy
from fondaco.ledger.dating import EPOCH, MICROSECOND, least_id
from fondaco.proofs import chain, lines
from fondaco.proofs.lines import BY_NAME, SOURCES, Source
from fondaco.proofs.merkle import LEAF, root_of
from fondaco.proofs.models import Block, BlockPart, KeptLeaves
from fondaco.proofs.signatures import Signature, is_signed_by
from fondaco.proofs.types import SealedPart

MARK_BYTES: Final = 4
"""How much of a row's hash a block keeps, to name a row that was changed."""
_KEY_BYTES: Final = 16
_HASH_BYTES: Final = 32
_DETACHED: Final = "SELECT starts_at, ends_at FROM ledger_detached WHERE detached_at IS NOT NULL"
_WIDE: Final = timedelta(hours=2)
"""Keys of a part that lie further apart are looked up one by one; others are read as a range."""


class Broken(Exception):
    """Name the first place where blocks and rows disagree."""


@dataclass(slots=True)
class Detached:
    """Know which transfers are out of the table, rightly."""

    ranges: Sequence[tuple[UUID, UUID]] = ()

    @classmethod
    def read(cls) -> "Detached":
        """Read what was detached so far."""
        with connection.cursor() as cursor:
            cursor.execute(_DETACHED)
            return cls([(least_id(starts), least_id(ends)) for starts, ends in cursor.fetchall()])

    def holds(self, source: Source, key: bytes) -> bool:
        """Tell whether a row went away with its partition."""
        if source is not lines.TRANSFER or not self.ranges:
            return False
        id_ = UUID(key.decode())
        return any(least <= id_ < end for least, end in self.ranges)


@dataclass(slots=True)
class BlockCheck:
    """Go through blocks in their order, and count what was seen."""

    public_keys: Mapping[str, bytes]
    published: Mapping[int, bytes] = field(default_factory=dict)
    """Hashes by number, as they were published outside."""
    cutoff_us: int = 0
    """Rows that are dated before this are counted, to find what no block closes."""
    blocks: int = 0
    rows: int = 0
    by_root_alone: int = 0
    """Rows of detached partitions: their block's root stands for them."""
    old_rows: dict[str, int] = field(default_factory=dict)
    """Rows from before the cut-off, by source."""

    def over(self, first: int, end: int, *, report: Callable[[int], object]) -> None:
        """Check the blocks from one number on, up to another that is not included; ``report`` gets the rows.

        :raises Broken: the first place that does not agree
        """
        previous, totals = self._before(first)
        detached = Detached.read()
        expected = first
        for block in Block.objects.filter(number__gte=first, number__lt=end).order_by("number"):
            if block.number != expected:
                raise Broken(f"block {expected} is missing")
            parts = _parts(block)
            self._check_header(block, parts, previous)
            _check_totals(block, parts, totals)
            for part in parts:
                self.check_part(part, detached)
            previous, expected = bytes(block.hash), expected + 1
            self.blocks += 1
            report(self.rows)
        if expected != end:
            raise Broken(f"block {expected} is missing")

    def _before(self, first: int) -> tuple[bytes, dict[str, int]]:
        """Give the hash of the block before, and how much of each source is closed by then."""
        if first == 1:
            return chain.genesis(tenancy.current().name), {}
        before = Block.objects.filter(number=first - 1).first()
        if before is None:
            raise Broken(f"block {first - 1} is missing")
        totals = {}
        for source in SOURCES:
            parts = BlockPart.objects.filter(source=source.name, block_id__lt=first)
            last = parts.order_by("-block_id").first()
            totals[source.name] = last.total if last else 0
        return bytes(before.hash), totals

    def _check_header(self, block: Block, parts: Sequence[BlockPart], previous: bytes) -> None:
        if bytes(block.previous) != previous:
            raise Broken(f"block {block.number} does not follow block {block.number - 1}")
        line = chain.header(
            number=block.number,
            sealed_at=block.sealed_at,
            previous=previous,
            parts={part.source: SealedPart(part.count, bytes(part.root)) for part in parts},
        )
        if chain.hash_of(line) != bytes(block.hash):
            raise Broken(f"block {block.number} says something else than its hash")
        if self.published.get(block.number, bytes(block.hash)) != bytes(block.hash):
            raise Broken(f"block {block.number} has another hash than was published")
        self._check_signature(block)

    def _check_signature(self, block: Block) -> None:
        signature = Signature(block.key_id, bytes(block.signature))
        public = self.public_keys.get(signature.key_id)
        if public is None:
            raise Broken(f"block {block.number} is signed with key {block.key_id}, unknown here")
        if not is_signed_by(public, bytes(block.hash), signature.bytes):
            raise Broken(f"block {block.number} is not signed by the house")

    def check_part(self, part: BlockPart, detached: Detached) -> None:
        """Check the rows of one source that a block closes.

        :raises Broken: the first one that does not agree
        """
        hashes = self._hashes(part, detached)
        present = [leaf for leaf in hashes if leaf is not None]
        self.rows += len(hashes)
        self.by_root_alone += len(hashes) - len(present)
        if len(present) < len(hashes):
            kept = KeptLeaves.objects.filter(part=part).first()
            if kept is None:
                _compare_marks(part, hashes)
                return
            present = _filled(hashes, bytes(kept.hashes))
        if root_of(present) == bytes(part.root):
            return
        _compare_marks(part, hashes)
        raise Broken(f"block {part.block_id}: the root of its rows of {part.source} is another one")

    def _hashes(self, part: BlockPart, detached: Detached) -> list[bytes | None]:
        """Hash the rows of a part in their order; none for those that are detached.

        :raises Broken: a row is missing, or their order is not that of their keys
        """
        source, keys = BY_NAME[part.source], lines.key_texts(bytes(part.keys))
        for before, after in pairwise(keys):
            if before >= after:
                raise Broken(
                    f"block {part.block_id}: {source.name} {after.decode()} is not in its place"
                )
        cutoff, at, old = str(self.cutoff_us).rjust(16, "0").encode(), source.at_slice, 0
        hashes: list[bytes | None] = []
        rows = read_part(source, part)
        line = next(rows, b"")
        for key in keys:
            while line and line[: lines.KEY_LENGTH] < key:
                line = next(rows, b"")
            if line[: lines.KEY_LENGTH] == key:
                hashes.append(sha256(LEAF + line).digest())
                old += line[at] < cutoff
            elif detached.holds(source, key):
                hashes.append(None)
            else:
                raise Broken(
                    f"{source.name} {key.decode()}, which block {part.block_id} closes, is gone"
                )
        for _ in rows:  # the connection is free only when all of it is read
            pass
        self.old_rows[source.name] = self.old_rows.get(source.name, 0) + old
        return hashes


def find_unsealed(cutoff_us: int, old_rows: Mapping[str, int]) -> str | None:
    """Name a row that is dated before the cut-off though no block closes it, or none.

    Such a row was not there when the blocks of its time were made.
    """
    arguments = {"cutoff": EPOCH + cutoff_us * MICROSECOND}
    for source in SOURCES:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM {source.table} WHERE {source.at} < %(cutoff)s",  # noqa: S608 - ours
                arguments,
            )
            there = cursor.fetchone()[0]
        if there > old_rows.get(source.name, 0):
            return _name_unsealed(source, arguments)
    return None


def read_part(source: Source, part: BlockPart) -> Iterator[bytes]:
    """Give the lines of a part's rows in order of their keys; of a range, with those between them."""
    arguments: dict[str, Any] = {
        "least": source.bound(part.least),
        "greatest": source.bound(part.greatest),
    }
    where = f"{source.key} BETWEEN %(least)s AND %(greatest)s"
    if (part.greatest.int - part.least.int) >> 80 > _WIDE.total_seconds() * 1000:
        where += f" AND {source.key} = ANY(%(keys)s)"
        arguments["keys"] = [UUID(key.decode()) for key in lines.key_texts(bytes(part.keys))]
    with connection.cursor() as cursor:
        yield from lines.copy_lines(cursor, source, where=where, arguments=arguments)


def _parts(block: Block) -> list[BlockPart]:
    order = [source.name for source in SOURCES]
    parts = list(BlockPart.objects.filter(block=block))
    strange = [part for part in parts if part.source not in order]
    if strange:
        raise Broken(f"block {block.number} closes rows of {strange[0].source}, unknown here")
    return sorted(parts, key=lambda part: order.index(part.source))


def _check_totals(block: Block, parts: Sequence[BlockPart], totals: dict[str, int]) -> None:
    for part in parts:
        totals[part.source] = totals.get(part.source, 0) + part.count
        sizes = (len(part.keys) / _KEY_BYTES, len(part.marks) / MARK_BYTES)
        if part.total != totals[part.source] or sizes != (part.count, part.count):
            raise Broken(f"block {block.number} counts its rows of {part.source} wrongly")


def _compare_marks(part: BlockPart, hashes: Sequence[bytes | None]) -> None:
    """Name the first row whose hash does not begin as the block says.

    :raises Broken: there is one
    """
    marks, keys = bytes(part.marks), bytes(part.keys)
    for index, leaf in enumerate(hashes):
        mark = marks[index * MARK_BYTES : (index + 1) * MARK_BYTES]
        if leaf is not None and leaf[:MARK_BYTES] != mark:
            id_ = UUID(bytes=keys[index * _KEY_BYTES : (index + 1) * _KEY_BYTES])
            raise Broken(f"{part.source} {id_} is not as block {part.block_id} closed it")


def _filled(hashes: Sequence[bytes | None], kept: bytes) -> list[bytes]:
    """Put what was kept where rows are detached."""
    return [
        kept[index * _HASH_BYTES : (index + 1) * _HASH_BYTES] if leaf is None else leaf
        for index, leaf in enumerate(hashes)
    ]


def _name_unsealed(source: Source, arguments: Mapping[str, Any]) -> str:
    """Look for the row in slices of keys, so that memory holds one slice."""
    after: UUID = lines.LEAST
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {source.uuid} FROM {source.table}"  # noqa: S608 - ours
                f" WHERE {source.at} < %(cutoff)s AND {source.key} > %(after)s"
                f" ORDER BY {source.key} LIMIT 100000",
                {**arguments, "after": source.bound(after)},
            )
            ids = [id_ for (id_,) in cursor.fetchall()]
        if not ids:
            return f"there are more rows of {source.name} than blocks close"
        closed = _closed_between(source, ids[0], ids[-1])
        for id_ in ids:
            if id_.bytes not in closed:
                return f"{source.name} {id_} is dated before the last block, and none closes it"
        after = ids[-1]


def _closed_between(source: Source, least: UUID, greatest: UUID) -> set[bytes]:
    parts = BlockPart.objects.filter(
        source=source.name, greatest__gte=least, least__lte=greatest
    ).values_list("keys", flat=True)
    return {
        bytes(keys)[start : start + _KEY_BYTES]
        for keys in parts
        for start in range(0, len(keys), _KEY_BYTES)
    }


def read_leaves(part: BlockPart) -> list[bytes]:
    """Hash the rows of a part as they are now, in their order; those that are missing are left out."""
    wanted = set(lines.key_texts(bytes(part.keys)))
    return [
        sha256(LEAF + line).digest()
        for line in read_part(BY_NAME[part.source], part)
        if line[: lines.KEY_LENGTH] in wanted
    ]
