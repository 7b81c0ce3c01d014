"""The database wrapper whose connections refuse statements without a tenant."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection

from fondaco.kit.django.tenancy import context
from fondaco.kit.django.tenancy.backend.cursor import TenantCursor


class DatabaseWrapper(base.DatabaseWrapper):
    """Open connections whose cursors put the current tenant's schema before each statement."""

    def get_connection_params(self) -> dict[str, Any]:
        """Give what psycopg connects with; the cursor class is ours."""
        return {**super().get_connection_params(), "cursor_factory": TenantCursor}

    def is_usable(self) -> bool:
        """Tell whether the connection lives; asked before anybody has set a tenant."""
        with context.system_scope():
            return super().is_usable()

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
