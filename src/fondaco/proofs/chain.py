"""How a block's hash follows from what it says: one line of text, hashed."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

from fondaco.ledger.dating import EPOCH, MICROSECOND
from fondaco.proofs.lines import SOURCES
from fondaco.proofs.merkle import HEADER

FORMAT: Final = "block/1"


def genesis(tenant: str) -> bytes:
    """Give what stands for the block before the first, so that no chain passes for another house's."""
    return sha256(f"fondaco chain of {tenant}\n".encode()).digest()


def header(
    *, number: int, sealed_at: datetime, counts: Mapping[str, int], root: bytes, previous: bytes
) -> bytes:
    """Write a block's header: tab-separated, and a line feed."""
    cells = [
        FORMAT,
        str(number),
        str((sealed_at - EPOCH) // MICROSECOND),
        *(str(counts.get(source.name, 0)) for source in SOURCES),
        root.hex(),
        previous.hex(),
    ]
    return ("\t".join(cells) + "\n").encode()


def hash_of(line: bytes) -> bytes:
    """Hash a header."""
    return sha256(HEADER + line).digest()
