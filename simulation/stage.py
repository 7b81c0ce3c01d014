"""A database of the run's own, copied from the tests' template, on the tests' embedded server."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

import psycopg

TENANTS: Final = ("alpha", "beta")


@contextmanager
def prepared() -> Iterator["psycopg.Connection[Any]"]:
    """Load Django for a fresh database within the block; gives a connection of the superuser to it.

    Modules that need Django can be imported only within the block.
    """
    # By name, since loading it reads the environment, and the caller decides when.
    database = import_module("tests.plumbing.database")
    server = database.begin()
    with (
        database.own_copy(server),
        database.superuser(server, database.NAME) as connection,
    ):
        for tenant in _schemas(connection):
            connection.execute(
                f'CREATE TABLE "{tenant}".simulation_heard (event uuid NOT NULL, type text NOT NULL)'
            )
            connection.execute(
                f'GRANT SELECT, INSERT ON "{tenant}".simulation_heard TO fondaco_app'
            )
        yield connection


def _schemas(connection: "psycopg.Connection[Any]") -> list[str]:
    asked = "SELECT schema FROM public.tenancy_tenant WHERE name = ANY(%s)"
    return [schema for (schema,) in connection.execute(asked, [list(TENANTS)])]
