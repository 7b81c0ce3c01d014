"""What the machine can do at all: minimal functions on the same server, for one transfer and for batches.

One: pgbench, two updates and two inserts in a call, no checks, no history, no idempotency. Batches: one
statement sums up what each account gives and gets, writes the totals, and inserts a wide row for each
transfer with running balances and versions, below the same two history indexes; nothing is checked either,
and the arrays are written before the clock starts. Nobody can move money in PostgreSQL with less, so every
other figure is given beside it.
"""

import random
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, LiteralString

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
_BATCHES: Final = f"""
    CREATE SCHEMA {_SCHEMA};
    CREATE TABLE {_SCHEMA}.account
        (id bigint PRIMARY KEY, balance numeric(39, 0) NOT NULL, version bigint NOT NULL)
        WITH (fillfactor = 50);
    CREATE TABLE {_SCHEMA}.transfer (
        id bigserial PRIMARY KEY, debit bigint NOT NULL, credit bigint NOT NULL,
        debit_version bigint NOT NULL, credit_version bigint NOT NULL, amount numeric(39, 0) NOT NULL,
        debit_balance numeric(39, 0) NOT NULL, credit_balance numeric(39, 0) NOT NULL
    );
    CREATE INDEX ON {_SCHEMA}.transfer (debit, debit_version);
    CREATE INDEX ON {_SCHEMA}.transfer (credit, credit_version);
    INSERT INTO {_SCHEMA}.account SELECT id, 0, 0 FROM generate_series(1, {ACCOUNTS}) AS id;
    CREATE FUNCTION {_SCHEMA}.move(debits bigint[], credits bigint[], amounts numeric[])
        RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
    BEGIN
        WITH asked AS (
            SELECT * FROM unnest(debits, credits, amounts) WITH ORDINALITY AS one (debit, credit, amount, at)
        ), leg AS (
            SELECT at, debit AS account, -amount AS change FROM asked
            UNION ALL SELECT at, credit, amount FROM asked
        ), total AS (
            SELECT account, sum(change) AS change, count(*) AS steps
            FROM leg GROUP BY account ORDER BY account
        ), moved AS (
            UPDATE {_SCHEMA}.account AS one
            SET balance = balance + total.change, version = version + total.steps
            FROM total WHERE one.id = total.account
            RETURNING one.id, balance - total.change AS balance, version - total.steps AS version
        ), after AS (
            SELECT leg.at, leg.account, moved.balance + sum(leg.change) OVER each AS balance,
                moved.version + count(*) OVER each AS version
            FROM leg JOIN moved ON moved.id = leg.account
            WINDOW each AS (PARTITION BY leg.account ORDER BY leg.at)
        )
        INSERT INTO {_SCHEMA}.transfer
            (debit, credit, amount, debit_version, credit_version, debit_balance, credit_balance)
        SELECT debit, credit, amount, payer.version, payee.version, payer.balance, payee.balance
        FROM asked JOIN after AS payer ON payer.at = asked.at AND payer.account = debit
        JOIN after AS payee ON payee.at = asked.at AND payee.account = credit ORDER BY asked.at;
    END $$;
    ANALYZE {_SCHEMA}.account;
"""
_KEPT: Final = 24
"""Batches that are made beforehand, and used in turn."""
_SCRIPT: Final = rf"""
\set debit random(1, {ACCOUNTS})
\set credit random(1, {ACCOUNTS})
SELECT {_SCHEMA}.move(:debit, :credit, 1);
"""
_CALL: Final = f"SELECT {_SCHEMA}.move(%s::bigint[], %s::bigint[], %s::numeric[])"
_RATE: Final = re.compile(r"tps = ([0-9.]+) \(without initial connection time\)")


def minimal_transfers_per_second(
    server: Server, *, seconds: float, clients: int = CLIENTS
) -> float:
    """Give the calls per second of the minimal function, each its own transaction, accounts at random."""
    with _tables(server, _SETUP):
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


def batched_transfers_per_second(
    server: Server, *, seconds: float, size: int, hot: bool = False
) -> float:
    """Give the transfers per second of the minimal function for batches, called by one client."""
    draw = random.Random(size)
    batches = [_arrays(draw, size, hot=hot) for _ in range(_KEPT)]
    with _tables(server, _BATCHES), _connect(server) as connection:
        cursor = connection.cursor()

        def call(until: float) -> int:
            done = 0
            while time.perf_counter() < until:
                cursor.execute(_CALL, batches[done % _KEPT], prepare=True)
                done += 1
            return done

        call(time.perf_counter() + seconds / 2)
        begun = time.perf_counter()
        done = call(begun + seconds)
        return size * done / (time.perf_counter() - begun)


def _arrays(draw: random.Random, size: int, *, hot: bool) -> tuple[str, str, str]:
    sides = [(draw.randrange(1, ACCOUNTS), draw.randrange(1, ACCOUNTS)) for _ in range(size)]
    debits = [debit for debit, _ in sides]
    credits_ = [ACCOUNTS if hot or debit == credit else credit for debit, credit in sides]
    return _array(debits), _array(credits_), _array([1] * size)


def _array(values: list[int]) -> str:
    return f"{{{str(values)[1:-1]}}}"


@contextmanager
def _tables(server: Server, setup: LiteralString) -> Iterator[None]:
    with _connect(server) as connection:
        connection.execute(setup)
    try:
        yield
    finally:
        with _connect(server) as connection:
            connection.execute(f"DROP SCHEMA {_SCHEMA} CASCADE")


def _connect(server: Server) -> "psycopg.Connection[tuple[Any, ...]]":
    return psycopg.connect(server.superuser_url(DATABASE), autocommit=True)
