"""The cursor that sends ``SET LOCAL search_path`` with what it executes.

The path is never a property of the session, since behind PgBouncer in transaction mode sessions are shared:

* autocommit: path and statement go as one string, hence as one implicit transaction;
* the first statement of a transaction: ``BEGIN``, path and statement go as one string, which saves the round
  trip that psycopg would make for ``BEGIN``, and the connection remembers whose transaction it is;
* later statements: sent as they are, but only for the same tenant;
* pipelines, ``executemany`` and ``COPY`` cannot carry two statements, so a transaction is opened for them.

Transactions are begun by Django (``atomic``), not by psycopg's ``connection.transaction()``.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Self

from psycopg import ClientCursor, Connection, Copy, sql
from psycopg.abc import Params, Query, QueryNoTemplate
from psycopg.copy import Writer
from psycopg.cursor import Cursor as PlainCursor
from psycopg.pq import PipelineStatus, TransactionStatus

from fondaco.kit.django import direct
from fondaco.kit.django.tenancy import context
from fondaco.kit.django.tenancy.context import Active, MixedTenants

_OWNER: Final = "_fondaco_active"
"""Attribute of the connection: whose transaction is open."""
_MANUAL: Final = "_fondaco_manual"
"""Attribute of the connection: Django wants a transaction, which the first statement is to begin."""


class TenantCursor(ClientCursor[Any]):
    """Execute statements for the current tenant, or raise ``NoTenant``."""

    def execute(  # type: ignore[override] # psycopg also overloads for template strings, which come with Python 3.14
        self,
        query: QueryNoTemplate,
        params: Params | None = None,
        *,
        prepare: bool | None = None,
        binary: bool | None = None,
    ) -> Self:
        """Execute one statement with the tenant's search path.

        :raises NoTenant: no scope is open
        :raises MixedTenants: the transaction belongs to another tenant
        """
        before = () if query == "" else _missing(self.connection)
        if before and self.connection.pgconn.pipeline_status == PipelineStatus.OFF:
            super().execute(_joined(before, query), params, prepare=prepare, binary=binary)
            for _ in before:
                self.nextset()
            return self
        for statement in before:
            super().execute(statement)
        super().execute(query, params, prepare=prepare, binary=binary)
        return self

    def executemany(
        self, query: Query, params_seq: Iterable[Params], *, returning: bool = False
    ) -> None:
        """Execute one statement for many parameters, in one transaction.

        :raises NoTenant: no scope is open
        :raises MixedTenants: the transaction belongs to another tenant
        """
        with self._transaction():
            super().executemany(query, params_seq, returning=returning)

    @contextmanager
    def copy(
        self, statement: Query, params: Params | None = None, *, writer: Writer | None = None
    ) -> Iterator[Copy]:
        """Copy in or out with the tenant's search path.

        :raises NoTenant: no scope is open
        :raises MixedTenants: the transaction belongs to another tenant
        """
        with self._transaction(), super().copy(statement, params, writer=writer) as copy:
            yield copy

    def stream(
        self,
        query: Query,
        params: Params | None = None,
        *,
        binary: bool | None = None,
        size: int = 1,
    ) -> Iterator[Any]:
        """Go through rows as they arrive, in one transaction.

        :raises NoTenant: no scope is open
        :raises MixedTenants: the transaction belongs to another tenant
        """
        with self._transaction():
            yield from super().stream(query, params, binary=binary, size=size)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Have a transaction open whose path is set: the caller's, or one for this block."""
        if _is_manual(self.connection):
            before = _missing(self.connection)
            if before:
                PlainCursor(self.connection).execute("; ".join(before))
            yield
            return
        path = _set_local(context.require_active())
        with self.connection.transaction():
            PlainCursor(self.connection).execute(path)
            yield


def ask(connection: Connection[Any], statement: str) -> str | None:
    """Execute one statement past psycopg's steps, and give its only value as the server wrote it.

    :raises NoTenant: no scope is open
    :raises MixedTenants: the transaction belongs to another tenant
    :raises psycopg.Error: it failed
    """
    asked = "; ".join([*_missing(connection), statement])
    value = direct.execute(connection.pgconn, asked.encode()).get_value(0, 0)
    return None if value is None else bytes(value).decode()


def begin_by_hand(connection: Connection[Any], *, wanted: bool) -> None:
    """Have the next statement begin a transaction, or none; psycopg itself stays in autocommit."""
    if not connection.autocommit:
        connection.autocommit = True
    setattr(connection, _MANUAL, wanted)


def is_open(connection: Connection[Any]) -> bool:
    """Tell whether a transaction of the present tenant has begun, so that its path is set.

    :raises MixedTenants: the transaction belongs to another tenant
    """
    if connection.pgconn.transaction_status == TransactionStatus.IDLE:
        return False
    _check_owner(connection, context.require_active())
    return True


def is_plain(connection: Connection[Any]) -> bool:
    """Tell whether a transaction of our own making is open that nothing has failed in."""
    return (
        connection.autocommit  # else it is psycopg's
        and connection.pgconn.transaction_status == TransactionStatus.INTRANS
        and connection.pgconn.pipeline_status == PipelineStatus.OFF
    )


def _missing(connection: Connection[Any]) -> Sequence[str]:
    """Give the statements that must precede the next one; none if transaction and path stand already."""
    status = connection.pgconn.transaction_status
    if not _is_manual(connection):
        if status == TransactionStatus.INTRANS:
            raise RuntimeError("transactions of Django's connections are begun by atomic()")
        return () if context.is_bare() else (_set_local(context.require_active()),)
    active = context.require_active()
    if status == TransactionStatus.IDLE:
        setattr(connection, _OWNER, active)
        begin = ("BEGIN",) if connection.autocommit else ()  # else psycopg sends it
        return (*begin, _set_local(active))
    _check_owner(connection, active)
    return ()


def _check_owner(connection: Connection[Any], active: Active) -> None:
    owner = getattr(connection, _OWNER, None)
    if owner != active:
        raise MixedTenants(f"a transaction of {owner} is used for {active}")


def _is_manual(connection: Connection[Any]) -> bool:
    return not connection.autocommit or getattr(connection, _MANUAL, False)


def _set_local(active: Active) -> str:
    return f"SET LOCAL search_path = {active.search_path}"


def _joined(before: Sequence[str], query: QueryNoTemplate) -> QueryNoTemplate:
    path = "; ".join(before)
    if isinstance(query, str):
        return f"{path}; {query}"
    if isinstance(query, bytes):
        return f"{path}; ".encode() + query
    return sql.SQL("{}; {}").format(sql.SQL(path), query)
