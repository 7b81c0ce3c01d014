"""How a block's hash follows from what it says: one line of text, hashed."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

from fondaco.ledger.dating import EPOCH, MICROSECOND
from fondaco.proofs.lines import SOURCES
from fondaco.proofs.merkle import EMPTY, HEADER
from fondaco.proofs.types import SealedPart

FORMAT: Final = "block/1"
_NOTHING: Final = SealedPart(0, EMPTY)


def genesis(tenant: str) -> bytes:
    """Give what stands for the block before the first, so that no chain passes for another house's."""
    return sha256(f"fondaco chain of {tenant}\n".encode()).digest()


def header(
    *, number: int, sealed_at: datetime, previous: bytes, parts: Mapping[str, SealedPart]
) -> bytes:
    """Write a block's header: tab-separated, with count and root of each source in their order."""
    cells = [
        FORMAT,
        str(number),
        str((sealed_at - EPOCH) // MICROSECOND),
        previous.hex(),
    ]
    for source in SOURCES:
        part = parts.get(source.name, _NOTHING)
        cells += [str(part.count), part.root.hex()]
    return ("\t".join(cells) + "\n").encode()


def hash_of(line: bytes) -> bytes:
    """Hash a header."""
    return sha256(HEADER + line).digest()
