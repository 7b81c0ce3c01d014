"""What the machine can do at all: pgbench calling a minimal transfer function on the same server.

Two updates and two inserts in one call: no checks, no history, no idempotency. Nobody can move money in
PostgreSQL with less, so every other figure is given beside it.
"""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg

from fondaco.project.postgres import DATABASE, Server

ACCOUNTS: Final = 100_000
CLIENTS: Final = 8
_SCHEMA: Final = "raw_limit"
_SETUP: Final = f"""
    CREATE SCHEMA {_SCHEMA};
    CREATE TABLE {_SCHEMA}.account (id bigint PRIMARY KEY, balance numeric(39, 0) NOT NULL)
        WITH (fillfactor = 50);
    CREATE TABLE {_SCHEMA}.entry
        (id bigserial PRIMARY KEY, account bigint NOT NULL, amount numeric(39, 0) NOT NULL);
    INSERT INTO {_SCHEMA}.account SELECT id, 0 FROM generate_series(1, {ACCOUNTS}) AS id;
    CREATE FUNCTION {_SCHEMA}.move(debit bigint, credit bigint, amount numeric)
        RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE {_SCHEMA}.account SET balance = balance - amount WHERE id = least(debit, credit);
        UPDATE {_SCHEMA}.account SET balance = balance + amount WHERE id = greatest(debit, credit);
        INSERT INTO {_SCHEMA}.entry (account, amount) VALUES (debit, -amount);
        INSERT INTO {_SCHEMA}.entry (account, amount) VALUES (credit, amount);
    END $$;
    ANALYZE {_SCHEMA}.account;
"""
_SCRIPT: Final = rf"""
\set debit random(1, {ACCOUNTS})
\set credit random(1, {ACCOUNTS})
SELECT {_SCHEMA}.move(:debit, :credit, 1);
"""
_RATE: Final = re.compile(r"tps = ([0-9.]+) \(without initial connection time\)")


def minimal_transfers_per_second(
    server: Server, *, seconds: float, clients: int = CLIENTS
) -> float:
    """Give the calls per second of the minimal function, each its own transaction, accounts at random."""
    with _tables(server):
        command = [
            str(server.home.binaries / "pgbench"),
            *("--no-vacuum", "--protocol=prepared", "--file=-"),
            *(
                f"--client={clients}",
                f"--jobs={min(clients, 2)}",
                f"--time={max(1, round(seconds))}",
            ),
            server.superuser_url(DATABASE),
        ]
        done = subprocess.run(
            command,
            input=_SCRIPT,
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        )
    found = _RATE.search(done.stdout)
    if found is None:
        raise AssertionError(f"pgbench gave no rate: {done.stdout}")
    return float(found[1])


@contextmanager
def _tables(server: Server) -> Iterator[None]:
    with _connect(server) as connection:
        connection.execute(_SETUP)
    try:
        yield
    finally:
        with _connect(server) as connection:
            connection.execute(f"DROP SCHEMA {_SCHEMA} CASCADE")


def _connect(server: Server) -> "psycopg.Connection[tuple[Any, ...]]":
    return psycopg.connect(server.superuser_url(DATABASE), autocommit=True)
