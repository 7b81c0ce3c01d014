"""What posting costs as the table, the number of tenants and the seals grow."""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

from django.db import connections

from benchmarks.figures import Figures
from benchmarks.ledger_stage import BY, Run, Stage, open_accounts, post
from fondaco.kit.django import tenancy
from fondaco.ledger.types import Transfer
from fondaco.project.postgres import Server

BATCH: Final = 1000
SEALED_RUNS: Final = 3
"""Runs of posting whose rows are sealed together: a run of sealing begins and ends with some 25 ms."""
MONTHS: Final = (12, 1)
"""Over how many monthly partitions the rows lie: a year's, as in life, or all in the one that is written."""
_FILL: Final = """
    SET LOCAL maintenance_work_mem = '256MB';
    DO $fill$
    DECLARE
        month timestamptz := date_trunc('month', now()) - make_interval(months => {month});
        part regclass := '{schema}.ledger_transfer_' || to_char(month, 'YYYYMM');
        bounds text := (SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = part);
        least_ms bigint := extract(epoch FROM month) * 1000 + 60000;
    BEGIN
        EXECUTE format('ALTER TABLE {schema}.ledger_transfer DETACH PARTITION %s', part);
        EXECUTE (SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', part, conname)
                 FROM pg_constraint WHERE conrelid = part AND contype = 'p');
        EXECUTE (SELECT 'DROP INDEX ' || string_agg(indexrelid::regclass::text, ', ')
                 FROM pg_index WHERE indrelid = part);
        EXECUTE format($insert$
            INSERT INTO %s (id, debit, credit, debit_version, credit_version, at, amount, debit_balance,
                credit_balance, kind, step, actor)
            SELECT (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(number %% 4096), 3, '0') || '8'
                    || lpad(to_hex(number), 15, '0'))::uuid,
                {first} + (random() * {span})::bigint, {last} + 1 + (random() * {span})::bigint,
                number, number, to_timestamp(ms / 1000.0), 1, 1000000000000, 1000000000000,
                'benchmark.move', 'post', 'system:benchmark'
            FROM (SELECT number, $1 + number %% 80000000 AS ms
                  FROM generate_series({begin}, {end}) AS number) AS drawn
        $insert$, part) USING least_ms;
        EXECUTE format('ALTER TABLE {schema}.ledger_transfer ATTACH PARTITION %s %s', part, bounds);
    END $fill$
"""
"""Loads a month's rows first and makes its indexes then, which is quicker than row by row."""


def growth(server: Server, *, accounts: int, seconds: float, sizes: Sequence[int]) -> Figures:
    """Post batches into tables of more and more rows, each in a tenant of its own."""
    table = Figures(
        f"ledger.post in batches of {BATCH:,}, uniform, by rows in the table",
        ("rows", "months", "transfers/s", "client µs", "server µs", "WAL B", "× CPU of the first"),
    )
    for months in MONTHS:
        first = 0.0
        scope = _tenant(f"growth{months}")
        with tenancy.scope(scope.name):
            stage = Stage(server, open_accounts(accounts), seconds)
            rows = accounts
            for size in sizes:
                _fill(stage, scope.schema, rows, size, months)
                rows = max(rows, size)
                run = stage.direct(BATCH, 1, hot=False)
                cpu = _cpu_us(run)
                first = first or cpu
                table.add(
                    f"{size:,}",
                    months,
                    run.per_second,
                    run.client_us,
                    run.server_us,
                    run.wal_bytes,
                    cpu / first,
                )
    table.note(
        "The rows before each run are loaded in bulk: each is valid, but continues no account's history"
    )
    return table


def tenants(server: Server, *, accounts: int, seconds: float, counts: Sequence[int]) -> Figures:
    """Post batches in turn to more and more tenants, each with accounts and tables of its own."""
    table = Figures(
        "ledger.post in batches of 100, uniform, by tenants that take turns",
        ("tenants", "transfers/s", "p99 ms", "client µs", "server µs"),
    )
    names: list[str] = []
    stage: Stage | None = None
    for count in counts:
        while len(names) < count:
            names.append(_tenant(f"many{len(names)}").name)
            with tenancy.scope(names[-1]):
                stage = Stage(server, open_accounts(accounts), seconds)
        if stage is None:
            continue
        run = stage.direct(100, 1, hot=False, act=_Turns(names))
        table.add(count, run.per_second, run.p99_ms, run.client_us, run.server_us)
    return table


def seals(stage: Stage) -> tuple[Figures, float]:
    """Post with and without a process that seals each second; gives sealing's share of posting's cost.

    A run of sealing looks again at what is dated shortly before the last block. What was posted then must not
    count for the rows that are sealed here, so that time is waited for; and as nothing new makes no block,
    all is sealed in one run, as each minute.
    """
    table = Figures(
        f"ledger.post in batches of {BATCH:,}, uniform, with and without seals",
        ("seals", "transfers/s", "p99 ms", "client µs", "server µs"),
    )
    sealing = import_module("fondaco.proofs.actions.seals")
    time.sleep((sealing.OVERLAP + sealing.AHEAD).total_seconds())
    _seal()
    runs = [stage.direct(BATCH, 1, hot=False) for _ in range(SEALED_RUNS)]
    off = sorted(runs, key=_cpu_us)[SEALED_RUNS // 2]
    table.add("off", off.per_second, off.p99_ms, off.client_us, off.server_us)
    client, server = time.process_time(), stage.server_cpu_s()
    rows = _seal()
    client_us = 1e6 * (time.process_time() - client) / rows
    server_us = 1e6 * (stage.server_cpu_s() - server) / rows
    table.add("sealing these rows afterwards", "", "", client_us, server_us)
    with _sealing():
        run = stage.direct(BATCH, 1, hot=False)
    table.add("each second", run.per_second, run.p99_ms, run.client_us, run.server_us)
    cost = (client_us + server_us) / _cpu_us(off)
    table.note(
        f"Sealing a row takes {cost:.1%} of the processor time of posting it: the median of {len(runs)} runs"
        f" ({', '.join(f'{_cpu_us(one):.1f}' for one in runs)} µs), whose {rows:,} rows are sealed at once"
    )
    table.note(
        "Each second: every row is read some ten times, since each run looks ten seconds back;"
        " the worker seals each minute, and reads one row in six twice"
    )
    return table, cost


class _Turns:
    """Post each batch to the next tenant; their accounts have the same numbers."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names, self._next = names, 0

    def __call__(self, transfers: Sequence[Transfer]) -> None:
        self._next = (self._next + 1) % len(self._names)
        with tenancy.scope(self._names[self._next]):
            post(transfers)


def _tenant(name: str) -> Any:
    return (
        import_module("fondaco.kit.django.tenancy.schemas")
        .create_tenant(name=name, mode="demo")
        .scope
    )


def _fill(stage: Stage, schema: str, rows: int, size: int, months: int) -> None:
    """Write rows as posting would have, over months before this one; their accounts have no other part."""
    first, last = min(stage.accounts), max(stage.accounts)
    for month in range(months):
        stage.ask(
            f"SELECT {schema}.ledger_make_partition((date_trunc('month', now())"
            f" - make_interval(months => {month}))::date, 'month')"
        )
    share = -(-max(size - rows, 0) // months)
    for month in range(months):
        begin = rows + month * share
        end = min(begin + share, size)
        if begin < end:
            stage.ask(
                _FILL.format(
                    schema=schema,
                    first=first,
                    last=last,
                    span=last - first,
                    month=month,
                    begin=begin,
                    end=end - 1,
                )
            )
    stage.ask(f"VACUUM ANALYZE {schema}.ledger_transfer")


def _cpu_us(run: Run) -> float:
    """Give the processor time of a transfer, of both sides."""
    return run.client_us + run.server_us


def _seal() -> int:
    rows: int = import_module("fondaco.proofs.actions.seals").seal(by=BY).rows
    return rows


@contextmanager
def _sealing() -> Iterator[None]:
    """Seal each second in a process of its own."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    done = context.Event()

    def work() -> None:
        while not done.is_set():
            _seal()
            time.sleep(1)
        connections.close_all()

    worker = context.Process(target=work)
    worker.start()
    try:
        yield
    finally:
        done.set()
        worker.join()
