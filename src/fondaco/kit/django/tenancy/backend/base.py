"""The database wrapper whose connections refuse statements without a tenant."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, cast

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.postgresql import base
from django.db.backends.utils import debug_transaction
from psycopg import Connection

from fondaco.kit.django import direct, nonces
from fondaco.kit.django.tenancy import context
from fondaco.kit.django.tenancy.backend.cursor import (
    TenantCursor,
    ask,
    begin_by_hand,
    is_open,
    is_plain,
)

_request: Final[ContextVar[object]] = ContextVar("fondaco_connections_of", default=None)


def tend_when_used() -> None:
    """Have each connection looked at before its first use from here on; called when a request begins.

    Many requests use none, and to look is a call of the system, which lets other threads go first.
    """
    _request.set(object())


class DatabaseWrapper(base.DatabaseWrapper):
    """Open connections whose cursors put the current tenant's schema before each statement."""

    _tended_for: object = None

    def ensure_connection(self) -> None:
        """Connect where that is missing; what an earlier request left may be of no use any more."""
        request = _request.get()
        if request is not self._tended_for and not self.in_atomic_block:
            self._tended_for = request
            self.close_if_unusable_or_obsolete()
        super().ensure_connection()

    def get_connection_params(self) -> dict[str, Any]:
        """Give what psycopg connects with; the cursor class is ours."""
        return {**super().get_connection_params(), "cursor_factory": TenantCursor}

    def is_usable(self) -> bool:
        """Tell whether the connection lives; asked before anybody has set a tenant."""
        with context.system_scope():
            return super().is_usable()

    def close_if_unusable_or_obsolete(self) -> None:
        """Drop a connection that the server has ended meanwhile, before a request or job uses it.

        A server that restarts says so on the socket, and one
        that has nothing to say is well: to look costs microseconds, where asking it costs a round trip.
        """
        if self.connection is not None and self._has_news() and not self.is_usable():
            self.close()
        super().close_if_unusable_or_obsolete()

    def ask(self, statement: str) -> str | None:
        """Execute one statement past all cursors, and give its only value as the server wrote it.

        :raises NoTenant: no scope is open
        :raises MixedTenants: the transaction belongs to another tenant
        :raises psycopg.Error: it failed
        """
        self.validate_thread_sharing()
        self.ensure_connection()
        return ask(self.connection, statement)

    def mogrify(self, query: str, params: Any = None) -> str:
        """Give a statement with its parameters written out."""
        with self.cursor() as cursor:
            return cast("str", cursor.cursor.mogrify(query, params))

    def set_autocommit(
        self,
        autocommit: bool,  # noqa: FBT001 - Django's signature
        force_begin_transaction_with_broken_autocommit: bool = False,  # noqa: FBT001, FBT002 - the same
    ) -> None:
        """Have a transaction begin with the next statement, or none: nothing is sent, and nothing timed."""
        if autocommit or self.queries_logged:
            super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
            return
        self.validate_no_atomic_block()
        self.close_if_health_check_failed()
        self.ensure_connection()
        self._set_autocommit(autocommit)
        self.autocommit = autocommit

    def _commit(self) -> None:
        """Commit, and with it the nonce of the signed request that this is done for.

        :raises NonceSpent: another request with the nonce was faster; nothing is committed
        """
        nonce = nonces.find_held()
        if nonce is None or not self._is_of(nonce.schema):
            self._commit_alone()
            return
        try:
            self._commit_with(nonce)
        except nonces.NonceSpent:
            self.rollback()
            raise
        nonce.is_written = True

    def _commit_alone(self) -> None:
        if self.connection is None or self.queries_logged or not is_plain(self.connection):
            super()._commit()  # type: ignore[misc] # django-stubs lacks it
            return
        with self.wrap_database_errors:
            direct.execute(self.connection.pgconn, b"COMMIT")

    def _commit_with(self, nonce: nonces.Nonce) -> None:
        if not is_open(self.connection):  # nothing was written, so the nonce begins the transaction
            with self.cursor() as cursor:
                nonces.write(cursor, nonce)
            super()._commit()  # type: ignore[misc] # django-stubs lacks it
            return
        with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
            nonces.commit_with(self.connection.pgconn, nonce)

    def _is_of(self, schema: str) -> bool:
        """Tell whether this is the application's connection at work for the tenant of a schema."""
        tenant = context.find_current()
        return self.alias == DEFAULT_DB_ALIAS and tenant is not None and tenant.schema == schema

    def _has_news(self) -> bool:
        """Tell whether the server sent something that nobody asked for, or hung up."""
        if self.connection.closed:
            return True
        watch = select.poll()
        watch.register(self.connection.pgconn.socket, select.POLLIN)
        return bool(watch.poll(0))

    def _set_autocommit(self, autocommit: bool) -> None:  # noqa: FBT001 - Django's signature
        with self.wrap_database_errors:
            begin_by_hand(self.connection, wanted=not autocommit)

    def chunked_cursor(self) -> Any:
        """Give an ordinary cursor: one on the server's side would not outlive a pooled transaction."""
        return self.cursor()

    def _configure_connection(self, connection: Connection[Any]) -> bool:
        # The pool calls this in threads of its own, where no tenant can be set.
        with context.system_scope():
            return super()._configure_connection(connection)  # type: ignore[no-any-return,misc] # django-stubs lacks it

    @contextmanager
    def _nodb_cursor(self) -> Iterator[Any]:
        # CREATE DATABASE and DROP DATABASE run in no transaction and in no schema.
        with context.bare_statements(), super()._nodb_cursor() as cursor:
            yield cursor
