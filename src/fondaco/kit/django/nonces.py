"""Numbers that are used once: a signed write is done once, however often its bytes are sent.

Whoever proves a signed request holds its nonce on the request. The first transaction that the request
commits writes it: Django's through the database wrapper, the ledger's through the intake. A request that
commits nothing, such as a refused one, writes it by itself at the end. So a nonce costs no commit of its own
where money moves, and no write can be had twice by sending its bytes again.

The table is a ring of four partitions of ten minutes each. A signature is believed for five minutes before
and after its time, so at most three of them are in use, and the fourth is emptied whole.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from django.db import connection
from psycopg.errors import UniqueViolation
from psycopg.pq.abc import PGconn

from fondaco.kit.django import direct
from fondaco.kit.django.arrays import bytes_array, plain_array
from fondaco.kit.errors import Unauthenticated

TOLERANCE_S: Final = 300
"""How far the time of a signature may lie from ours (seconds)."""
SLOT_S: Final = 600
"""The time that one partition spans (seconds)."""
RING: Final = 4

_TABLE: Final = "kit_nonce"
_DIGEST_BYTES: Final = 16
_CLAIM_BYTES: Final = 8

_INSERT: Final = """
    INSERT INTO kit_nonce (ring, digest, claim)
    SELECT ring, digest, claim FROM unnest(%s::smallint[], %s::bytea[], %s::bytea[])
        AS nonce (ring, digest, claim)
"""
_INSERT_ONE: Final = """
    INSERT INTO kit_nonce (ring, digest, claim) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING
"""
_FIND: Final = """
    SELECT digest, claim FROM kit_nonce
    WHERE ring = ANY(%s::smallint[]) AND digest = ANY(%s::bytea[])
"""


class NonceSpent(Unauthenticated):
    """Say that a signed request came a second time; nothing was done."""

    code = "nonce_spent"
    title = "This signed request was sent before. Sign each request anew."


class Cursor(Protocol):
    """What Django's and psycopg's cursors and the ledger's scripts can do."""

    def execute(self, query: Any, params: Any = None, /) -> Any:
        """Execute one statement."""


@dataclass(slots=True, eq=False)
class Nonce:
    """Hold the nonce of one request."""

    ring: int
    """The partition, by the time of the signature."""
    digest: bytes
    """16 bytes of who signed, when and with which nonce."""
    schema: str
    """The tenant's schema, since a request may also work on what all tenants share."""
    claim: bytes = field(default_factory=lambda: os.urandom(_CLAIM_BYTES))
    """Tells this request from another one with the same nonce."""
    is_written: bool = False
    """Whether it is committed, or about to be with the transaction that is being committed."""

    @classmethod
    def make(cls, *, signer: bytes, at_s: int, nonce: str, schema: str) -> "Nonce":
        """Make the nonce of a signer at a time (Unix seconds)."""
        digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
        for part in (signer, str(at_s).encode(), nonce.encode()):
            digest.update(len(part).to_bytes(4) + part)
        return cls(ring_of(at_s), digest.digest(), schema)


_held: ContextVar[Nonce | None] = ContextVar("fondaco_nonce", default=None)


def find_held() -> Nonce | None:
    """Give the nonce of the request at hand, while no transaction has taken it."""
    nonce = _held.get()
    return None if nonce is None or nonce.is_written else nonce


@contextmanager
def holding(nonce: Nonce) -> Iterator[None]:
    """Have the first commit within the block write the nonce, or the end of the block.

    :raises NonceSpent: another request was faster; what this one wanted is undone
    """
    token = _held.set(nonce)
    try:
        yield
    finally:
        _held.reset(token)
        if not nonce.is_written:
            with connection.cursor() as cursor:
                write(cursor, nonce)


def write(cursor: Any, nonce: Nonce) -> None:
    """Write a nonce, in the cursor's transaction where one is open; waits for another one that is about to.

    :raises NonceSpent: it is there already
    """
    cursor.execute(_INSERT_ONE, [nonce.ring, nonce.digest, nonce.claim])
    if cursor.rowcount != 1:
        raise NonceSpent


def commit_with(pgconn: PGconn, nonce: Nonce) -> None:
    """Write a nonce and commit the open transaction, both in one round trip and past psycopg's cursors.

    Each signed write comes by here. What is given to the server are an integer and two hexadecimal
    texts of our own making; to name the partition spares the server the search for it.

    :raises NonceSpent: it is there already; the transaction has failed and is the caller's to roll back
    :raises psycopg.Error: the transaction cannot be committed
    """
    table, values = f"{_TABLE}_{nonce.ring}", _literals(nonce)
    try:
        direct.execute(pgconn, f"INSERT INTO {table} VALUES ({values}); COMMIT".encode())  # noqa: S608 - no text of others
    except UniqueViolation as error:
        if error.diag.table_name == table:
            raise NonceSpent from error
        raise


def _literals(nonce: Nonce) -> str:
    return rf"{nonce.ring}, '\x{nonce.digest.hex()}', '\x{nonce.claim.hex()}'"


def insert(cursor: Cursor, nonces: Sequence[Nonce]) -> None:
    """Write many nonces with one statement, over a cursor of the caller's.

    :raises UniqueViolation: one of them is there already
    """
    if not nonces:
        return
    cursor.execute(
        _INSERT,
        [
            plain_array([nonce.ring for nonce in nonces]),
            bytes_array([nonce.digest for nonce in nonces]),
            bytes_array([nonce.claim for nonce in nonces]),
        ],
    )


def find(cursor: Any, nonces: Iterable[Nonce]) -> dict[bytes, bytes]:
    """Give the claims of those of the nonces that are written, by digest."""
    asked = list(nonces)
    if not asked:
        return {}
    rings = plain_array(sorted({nonce.ring for nonce in asked}))
    cursor.execute(_FIND, [rings, bytes_array([nonce.digest for nonce in asked])])
    return {bytes(digest): bytes(claim) for digest, claim in cursor.fetchall()}


def is_spent(nonce: Nonce, found: Mapping[bytes, bytes]) -> bool:
    """Tell whether another request has written the nonce; one's own is no replay."""
    return found.get(nonce.digest, nonce.claim) != nonce.claim


def forget_old() -> None:
    """Empty the partition that no signature of the present can fall into."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '5s'; SELECT kit_nonce_forget()")


def ring_of(at_s: int) -> int:
    """Give the partition of a time (Unix seconds)."""
    return at_s // SLOT_S % RING
