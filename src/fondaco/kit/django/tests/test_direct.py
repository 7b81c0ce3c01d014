"""What goes past psycopg's cursors: the same transactions, tenants and errors as with them."""

import os
import socket
from contextvars import Context
from typing import Any
from uuid import uuid4

import pytest
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    IntegrityError,
    OperationalError,
    connection,
    connections,
    transaction,
)

from fondaco.kit.django import tenancy
from fondaco.kit.django.lookups import Lookup

pytestmark = pytest.mark.usefixtures("tenant")


def ask(statement: str) -> Any:
    """Ask by the connection's short way."""
    database: Any = connections[DEFAULT_DB_ALIAS]
    with database.wrap_database_errors:
        return database.ask(statement)


def hang_up() -> None:
    """End the connection below libpq, which no server explains."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    with socket.socket(fileno=os.dup(connection.connection.pgconn.socket)) as end:
        end.shutdown(socket.SHUT_RDWR)


def test_one_value_comes_as_the_server_wrote_it() -> None:
    assert ask("SELECT 12.50") == "12.50"
    assert ask("SELECT NULL") is None


def test_it_begins_the_transaction_and_is_part_of_it() -> None:
    with transaction.atomic():
        first = ask("SELECT txid_current()")
        assert ask("SELECT txid_current()") == first
        assert ask("SELECT current_schema()") == tenancy.current().schema
    assert ask("SELECT txid_current()") != first


def test_no_tenant_no_answer() -> None:
    with pytest.raises(tenancy.NoTenant):
        Context().run(ask, "SELECT 1")


def test_what_the_server_refuses_undoes_the_transaction() -> None:
    with transaction.atomic():
        with pytest.raises(DatabaseError), transaction.atomic():
            ask("SELECT 1 / 0")
        assert ask("SELECT 2") == "2"


def test_a_commit_may_be_refused() -> None:
    name = f"late_{uuid4().hex}"
    twice = (
        f"CREATE TEMP TABLE {name} (n integer UNIQUE DEFERRABLE INITIALLY DEFERRED);"
        f" INSERT INTO {name} VALUES (1), (1); SELECT 1"
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        ask(twice)
    assert ask(f"SELECT to_regclass('{name}')") is None


@pytest.mark.parametrize("act", [lambda: ask("SELECT 1"), Lookup("SELECT 1").rows])
def test_a_lost_connection_is_an_operational_error(act: Any) -> None:
    hang_up()
    with pytest.raises(OperationalError):
        act()
    connection.close()


def test_a_connection_lost_before_the_commit_is_an_operational_error() -> None:
    with pytest.raises(OperationalError), transaction.atomic():
        hang_up()
    connection.close()
