"""The cursor that sends ``SET LOCAL search_path`` with what it executes.

The path is never a property of the session, since behind PgBouncer in transaction mode sessions are shared:

* autocommit: path and statement go as one string, hence as one implicit transaction;
* the first statement of a transaction: the same, and the connection remembers whose transaction it is;
* later statements: sent as they are, but only for the same tenant;
* pipelines, ``executemany`` and ``COPY`` cannot carry two statements, so a transaction is opened for them.

Transactions are begun by Django (``atomic``), not by psycopg's ``connection.transaction()``.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Self

from psycopg import ClientCursor, Copy, sql
from psycopg.abc import Params, Query, QueryNoTemplate
from psycopg.copy import Writer
from psycopg.cursor import Cursor as PlainCursor
from psycopg.pq import PipelineStatus, TransactionStatus

from fondaco.kit.django.tenancy import context
from fondaco.kit.django.tenancy.context import Active, MixedTenants

_OWNER: Final = "_fondaco_active"
"""Attribute of the connection: whose transaction is open."""


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
        path = None if query == "" else self._missing_path()
        if path is None:
            super().execute(query, params, prepare=prepare, binary=binary)
        elif self.connection.pgconn.pipeline_status != PipelineStatus.OFF:
            super().execute(path)
            super().execute(query, params, prepare=prepare, binary=binary)
        else:
            super().execute(_joined(path, query), params, prepare=prepare, binary=binary)
            self.nextset()
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

    def _missing_path(self) -> str | None:
        """Give the statement that must precede the next one, or none if the path stands already."""
        status = self.connection.pgconn.transaction_status
        if self.connection.autocommit and status == TransactionStatus.INTRANS:
            raise RuntimeError("transactions of Django's connections are begun by atomic()")
        if self.connection.autocommit:
            return None if context.is_bare() else _set_local(context.require_active())
        active = context.require_active()
        if status == TransactionStatus.IDLE:
            setattr(self.connection, _OWNER, active)
            return _set_local(active)
        self._check_owner(active)
        return None

    def _check_owner(self, active: Active) -> None:
        owner = getattr(self.connection, _OWNER, None)
        if owner != active:
            raise MixedTenants(f"a transaction of {owner} is used for {active}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Have a transaction open whose path is set: the caller's, or one for this block."""
        if not self.connection.autocommit:
            path = self._missing_path()
            if path is not None:
                PlainCursor(self.connection).execute(path)
            yield
            return
        path = _set_local(context.require_active())
        with self.connection.transaction():
            PlainCursor(self.connection).execute(path)
            yield


def _set_local(active: Active) -> str:
    return f"SET LOCAL search_path = {active.search_path}"


def _joined(path: str, query: QueryNoTemplate) -> QueryNoTemplate:
    if isinstance(query, str):
        return f"{path}; {query}"
    if isinstance(query, bytes):
        return f"{path}; ".encode() + query
    return sql.SQL("{}; {}").format(sql.SQL(path), query)
