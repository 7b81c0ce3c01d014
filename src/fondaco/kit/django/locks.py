"""Wait for rows in one order, and try again where the database asks for it."""

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from django.db import DatabaseError, connection
from django.db.models import Model, QuerySet
from psycopg import errors

from fondaco.kit.django import tenancy
from fondaco.kit.errors import DomainError, Kind

Row = TypeVar("Row", bound=Model)
Answer = TypeVar("Answer")

PAUSE_S: Final = 0.02
"""The first pause between tries; doubles, and is cut at random so that rivals part."""


class LockTimeout(DomainError):
    """Say that somebody else kept what is needed for too long; nothing was changed."""

    code = "lock_timeout"
    kind = Kind.UNAVAILABLE
    title = "This is busy; try again in a moment."


def lock_rows(rows: QuerySet[Row]) -> list[Row]:
    """Lock rows against changes in the order of their keys, so that two callers never wait crosswise.

    Readers and foreign keys to the rows are not held up.
    """
    return list(rows.order_by("pk").select_for_update(of=("self",), no_key=True))


def lock_name(name: str) -> None:
    """Let nobody else past who asks for the same name in this tenant, until the transaction ends.

    For rules about how many rows there are, which no row stands for.

    :raises RuntimeError: no transaction is open, so the lock would be gone at once
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a name is locked for a transaction; open one first")
    with connection.cursor() as cursor:
        text = f"{tenancy.current().schema}:{name}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [text])


def retrying(function: Callable[[], Answer], *, tries: int = 3) -> Answer:
    """Run a function, which opens its own transaction, again after a deadlock or serialisation failure.

    :raises LockTimeout: a lock was not to be had in time, or the tries are used up
    :raises RuntimeError: a transaction is open already, so that the function alone cannot be run again
    """
    if connection.in_atomic_block:
        raise RuntimeError(
            "only a whole transaction can be tried again; call this outside atomic()"
        )
    for attempt in range(1, tries + 1):
        try:
            return function()
        except DatabaseError as error:
            if not _passes(error) or attempt == tries:
                raise_busy(error)
            time.sleep(PAUSE_S * 2 ** (attempt - 1) * (1 + random.random()))  # noqa: S311 - a pause is no secret
    raise AssertionError("tries is at least 1")


def raise_busy(error: DatabaseError) -> None:
    """Raise ``LockTimeout`` for a lock that was not to be had, and the error itself for any other.

    :raises LockTimeout: the database gave up waiting or chose this transaction as a victim
    """
    if _passes(error) or isinstance(error.__cause__, errors.LockNotAvailable):
        raise LockTimeout(retry_after_s=1) from error
    raise error


def _passes(error: DatabaseError) -> bool:
    return isinstance(error.__cause__, errors.SerializationFailure | errors.DeadlockDetected)
