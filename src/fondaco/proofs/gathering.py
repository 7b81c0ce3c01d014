"""What of one source goes into the block that is being filled, kept small while it grows.

Rows come in pieces, and each piece becomes packed keys, marks and a part of the tree before the next one is
read. So a row's text is still in the processor's cache when it is hashed, and no block is ever held as text.
"""

from collections.abc import Sequence, Set as AbstractSet
from dataclasses import dataclass, field
from itertools import compress
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from fondaco.proofs import lines
from fondaco.proofs.checking import MARK_BYTES
from fondaco.proofs.lines import KEY_LENGTH, Source
from fondaco.proofs.merkle import Tree, leaf_hashes

_key_of: Final = itemgetter(slice(0, KEY_LENGTH))
_mark_of: Final = itemgetter(slice(0, MARK_BYTES))
_TYPES: Final = {
    "block_id": "int8",
    "source": "text",
    "count": "int4",
    "root": "bytea",
    "total": "int8",
    "least": "uuid",
    "greatest": "uuid",
    "latest_at_us": "int8",
    "keys": "bytea",
    "marks": "bytea",
}
"""Columns of a part, each with its type."""
_WRITE: Final = f"COPY proofs_block_part ({', '.join(_TYPES)}) FROM STDIN (FORMAT BINARY)"


@dataclass(slots=True)
class Gathered:
    """Hold what of one source goes into the block that is being filled."""

    source: Source
    count: int = 0
    latest: bytes = b""
    """The latest instant of a row, as it stands in lines."""
    _keys: list[bytes] = field(default_factory=list)
    _marks: list[bytes] = field(default_factory=list)
    _tree: Tree = field(default_factory=Tree)

    def add(self, rows: Sequence[bytes], known: AbstractSet[bytes]) -> None:
        """Take the lines of a piece, in order of their keys, less those whose packed keys are known."""
        keys = lines.pack_keys(map(_key_of, rows))
        if known:
            each = lines.split_keys(keys)
            is_new = [key not in known for key in each]
            rows, keys = list(compress(rows, is_new)), b"".join(compress(each, is_new))
        if not rows:
            return
        hashes = leaf_hashes(rows)
        self.count += len(rows)
        self.latest = max(self.latest, *map(itemgetter(self.source.at_slice), rows))
        self._keys.append(keys)
        self._marks.append(b"".join(map(_mark_of, hashes)))
        self._tree.add(hashes)

    def root(self) -> bytes:
        """Give the root over all rows."""
        return self._tree.root()

    def write(self, cursor: Any, *, block: int, root: bytes, total: int) -> None:
        """Write the part of a block; as text its keys and marks would cost the server three times as much."""
        keys = b"".join(self._keys)
        part = (
            block,
            self.source.name,
            self.count,
            root,
            total,
            UUID(bytes=keys[:16]),
            UUID(bytes=keys[-16:]),
            int(self.latest),
            keys,
            b"".join(self._marks),
        )
        with cursor.copy(_WRITE) as copy:
            copy.set_types(list(_TYPES.values()))
            copy.write_row(part)
