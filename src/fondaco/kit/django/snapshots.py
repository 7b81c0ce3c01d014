"""Read many things as they were at one instant."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection, transaction

FETCH: Final = 5_000
"""Rows that a cursor gives at once."""
_SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_NO_TIMEOUT: Final = "SET LOCAL statement_timeout = 0"


@contextmanager
def snapshot() -> Iterator[None]:
    """Let all reads within the block see the database as it is at the first of them, without a time-out.

    :raises RuntimeError: a transaction is open already
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_SNAPSHOT)
        cursor.execute(_NO_TIMEOUT)
        yield


def stream(name: str, statement: str, params: Any = None) -> Iterator[tuple[Any, ...]]:
    """Go through the rows of a statement with a cursor of the server, within an open transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"DECLARE {name} NO SCROLL CURSOR FOR {statement}", params)
        while True:
            cursor.execute(f"FETCH {FETCH} FROM {name}")
            rows = cursor.fetchall()
            yield from rows
            if len(rows) < FETCH:
                break
        cursor.execute(f"CLOSE {name}")
