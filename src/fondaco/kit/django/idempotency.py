"""Do a thing once per key, and give its first answer again for ever after.

The answer is stored in the transaction of what it reports. Requests with one key wait for each other on an
advisory lock of the transaction. What ``once`` stores is sealed, since an answer may hold a wallet's token;
the answers that the ledger's poster inserts by the thousand hold none, and are kept as they are. One table
holds all keys until they age out, not one for each month: only one index can tell, after midnight too, that
a key was used.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from django.db import DatabaseError, OperationalError, connection, transaction
from psycopg import errors

from fondaco.kit import clock
from fondaco.kit.django import tenancy
from fondaco.kit.django.arrays import bytes_array, plain_array
from fondaco.kit.django.envelope import is_sealed, seal, unseal
from fondaco.kit.errors import DomainError, Kind

WAIT_S: Final = 2
"""How long a duplicate waits for the first request's answer."""

_DIGEST_BYTES: Final = 16
_LOCK_BYTES: Final = 8

_PASSING: Final = frozenset({Kind.UNAUTHENTICATED, Kind.THROTTLED, Kind.UNAVAILABLE})
"""Refusals that another try may not meet; storing them would make them last."""

_LOCK_THEN_FIND: Final = """
    SET LOCAL lock_timeout = %s;
    SELECT pg_advisory_xact_lock(%s);
    SET LOCAL lock_timeout TO DEFAULT;
    SELECT fingerprint, status, body FROM kit_idempotency WHERE digest = %s
"""
_FIND: Final = """
    SELECT digest, fingerprint, status, body FROM kit_idempotency WHERE digest = ANY(%s::bytea[])
"""
_INSERT: Final = """
    INSERT INTO kit_idempotency (digest, fingerprint, status, body, created_at)
    SELECT digest, fingerprint, status, body, %s
    FROM unnest(%s::bytea[], %s::bytea[], %s::smallint[], %s::bytea[])
        AS answer (digest, fingerprint, status, body)
"""
_FORGET: Final = """
    DELETE FROM kit_idempotency WHERE digest IN (
        SELECT digest FROM kit_idempotency WHERE created_at < %s LIMIT %s
    )
"""


class IdempotencyInProgress(DomainError):
    """Say that the first request with this key is still at work."""

    code = "idempotency_in_progress"
    kind = Kind.CONFLICT
    title = "The first request with this key is still at work; ask again."


class KeyReused(DomainError):
    """Say that the key was used for something else before."""

    code = "idempotency_key_reused"
    kind = Kind.INVALID
    title = "This key was used with another body."


@dataclass(frozen=True, slots=True)
class Key:
    """Name one attempt of one customer at one operation, and what exactly was asked."""

    digest: bytes
    """16 bytes of scope, operation and key."""
    fingerprint: bytes
    """16 bytes of the body."""

    @classmethod
    def make(cls, *, scope: str, operation: str, key: str, body: bytes) -> Self:
        """Make a key from the customer's id, the operation's name, the header and the canonical body."""
        return cls(_digest(scope, operation, key), _digest(body))


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what is sent: a status and JSON bytes."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Remembered:
    """Hold an answer with the fingerprint of the body that it was given to."""

    fingerprint: bytes
    answer: Answer

    def replay(self, key: Key) -> Answer:
        """Give the answer again.

        :raises KeyReused: the key's body is another one
        """
        if self.fingerprint != key.fingerprint:
            raise KeyReused
        return self.answer


def once(
    key: Key, perform: Callable[[], Answer], *, refusal: Callable[[DomainError], Answer]
) -> tuple[Answer, bool]:
    """Perform what no request with this key has performed; gives the answer, and whether it is a replay.

    Opens the outermost transaction. A refusal by a rule undoes what was performed and is stored too; an
    unexpected error, or a refusal that may pass by itself, stores nothing.

    :raises IdempotencyInProgress: the first request took longer than ``WAIT_S``
    :raises KeyReused: the key was used with another body
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        remembered = _lock_then_find(cursor, key)
        if remembered is not None:
            return remembered.replay(key), True
        answer = _perform(perform, refusal)
        sealed = seal(answer.body, context=_context(key.digest))
        insert(cursor, [(key, Answer(answer.status, sealed))])
    return answer, False


def find(cursor: Any, keys: Iterable[Key]) -> Mapping[bytes, Remembered]:
    """Give what is stored under each digest, over a cursor of the caller's."""
    cursor.execute(_FIND, [[key.digest for key in keys]])
    return {bytes(row[0]): _remembered(bytes(row[0]), row[1:]) for row in cursor.fetchall()}


def insert(cursor: Any, rows: Sequence[tuple[Key, Answer]]) -> None:
    """Store answers with one statement, over a cursor of the caller's.

    :raises UniqueViolation: an answer is stored under one of the keys (Django's cursors: ``IntegrityError``)
    """
    if not rows:
        return
    cursor.execute(
        _INSERT,
        [
            clock.now(),
            bytes_array([key.digest for key, _answer in rows]),
            bytes_array([key.fingerprint for key, _answer in rows]),
            plain_array([answer.status for _key, answer in rows]),
            bytes_array([answer.body for _key, answer in rows]),
        ],
    )


def forget(*, before: Any, limit: int = 10_000) -> int:
    """Remove answers that were stored before an instant, at most ``limit`` of them; gives how many."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [before, limit])
        return int(cursor.rowcount)


def _perform(perform: Callable[[], Answer], refusal: Callable[[DomainError], Answer]) -> Answer:
    try:
        with transaction.atomic():
            return perform()
    except DomainError as error:
        if error.kind in _PASSING:
            raise
        if connection.needs_rollback:
            # The connection broke on the way back to the savepoint, of which Django says nothing.
            raise OperationalError("the connection was lost while a refusal was undone") from error
        return refusal(error)


def _lock_then_find(cursor: Any, key: Key) -> Remembered | None:
    try:
        cursor.execute(_LOCK_THEN_FIND, [f"{WAIT_S}s", _lock_number(key), key.digest])
    except DatabaseError as error:
        if isinstance(error.__cause__, errors.LockNotAvailable):
            raise IdempotencyInProgress(retry_after_s=1) from error
        raise
    cursor.set_result(-1)
    row = cursor.fetchone()
    return _remembered(key.digest, row) if row else None


def _remembered(digest: bytes, row: Sequence[Any]) -> Remembered:
    fingerprint, status, stored = row
    body = bytes(stored)
    if is_sealed(body):
        body = unseal(body, context=_context(digest))
    return Remembered(bytes(fingerprint), Answer(status, body))


def _context(digest: bytes) -> str:
    return f"kit_idempotency.body:{digest.hex()}"


def _lock_number(key: Key) -> int:
    """Give the lock's number, another one in each tenant: locks are the whole database's."""
    tenant = tenancy.current().name.encode()
    number = hashlib.blake2b(tenant + key.digest, digest_size=_LOCK_BYTES).digest()
    return int.from_bytes(number, signed=True)


def _digest(*parts: str | bytes) -> bytes:
    total = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode()
        total.update(len(raw).to_bytes(_LOCK_BYTES))
        total.update(raw)
    return total.digest()
