"""Read a few rows with one statement on a hot path, without Django's and psycopg's cursors.

A cursor writes the parameters into the statement, waits in Python and keeps the answer for whoever may ask
again; for a look-up that takes the server 50 µs this costs the client four times that. Here the statement and
its parameters go to libpq as they are, and psycopg's own loaders read the answer.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, TransactionStatus

from fondaco.kit.django import direct
from fondaco.kit.django.tenancy import current

Value = int | str | bytes | UUID
Row = tuple[Any, ...]
Execute = Callable[..., Sequence[Row]]
SCHEMA: Final = "{schema}"
"""What a statement puts before the name of each table of a tenant: ``{schema}.wallets_wallet``."""


class Lookup:
    """Ask one statement; parameters are ``$1``, ``$2`` …, each with its type written behind it."""

    __slots__ = ("_by_schema", "_sql")

    def __init__(self, sql: str) -> None:
        """Take the statement, which is never a caller's text."""
        self._sql = sql
        self._by_schema: dict[str, bytes] = {}

    def rows(self, *params: Value | Sequence[Value]) -> Sequence[Row]:
        """Give all rows for the parameters in the current tenant's schema; a sequence is an array.

        :raises NoTenant: no tenant is set
        :raises django.db.DatabaseError: as any statement of Django's connection
        """
        schema = current().schema
        statement = self._by_schema.get(schema)
        if statement is None:
            statement = self._sql.replace(SCHEMA, f'"{schema}"').encode()
            self._by_schema[schema] = statement
        return _ask(statement, [_encode(value) for value in params])


def _ask(statement: bytes, params: Sequence[bytes]) -> Sequence[Row]:
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    with connection.wrap_database_errors:
        execute: Execute = partial(_send, connection)
        if connection.execute_wrappers or connection.queries_logged:
            execute = _watched(connection, execute)
        return execute(statement, params, False, {"connection": connection, "cursor": None})


def _send(
    connection: BaseDatabaseWrapper,
    statement: bytes,
    params: Sequence[bytes],
    _many: object,
    _context: object,
) -> Sequence[Row]:
    raw = connection.connection
    if connection.in_atomic_block and raw.pgconn.transaction_status == TransactionStatus.IDLE:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")  # the first statement of a transaction begins it
    result = raw.pgconn.exec_params(statement, params)
    if result.status != ExecStatus.TUPLES_OK:
        raise direct.error_of(raw.pgconn, result)
    reader = Transformer(raw)
    reader.set_pgresult(result)
    return reader.load_rows(0, result.ntuples, tuple)


def _watched(connection: BaseDatabaseWrapper, execute: Execute) -> Execute:
    """Let Django's wrappers see the statement, and its log, where either is on."""
    for wrapper in reversed(connection.execute_wrappers):
        execute = partial(wrapper, execute)

    def run(statement: bytes, *others: Any) -> Sequence[Row]:
        begun = time.perf_counter()
        try:
            return execute(statement, *others)
        finally:
            if connection.queries_logged:
                took_s = time.perf_counter() - begun
                connection.queries_log.append({"sql": statement.decode(), "time": f"{took_s:.3f}"})

    return run


def _encode(value: Value | Iterable[Value]) -> bytes:
    """Write a parameter in PostgreSQL's text form."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return b"\\x" + value.hex().encode()
    if isinstance(value, int | UUID):
        return str(value).encode()
    return b"{" + b",".join(_quoted(_encode(part)) for part in value) + b"}"


def _quoted(element: bytes) -> bytes:
    return b'"' + element.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
