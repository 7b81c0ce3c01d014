"""The ledger by itself: posting by batch size and through the intake, beside what the server can do at all.

Every check is on: floors, versions, replay by id, running balances, two history indexes. The generator of the
transfers runs in the same processes, so its time counts. Hot: every transfer credits the same account.
"""

import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import psycopg
from django.db import connection, connections, transaction

from benchmarks import raw
from benchmarks.figures import Figures
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import tenancy
from fondaco.kit.ids import uuid7
from fondaco.ledger import actions, intake
from fondaco.ledger.types import AccountId, AccountKind, Transfer, TransferId
from fondaco.ledger.verify import verify
from fondaco.money import Asset
from fondaco.project.postgres import DATABASE, Server

ACCOUNTS: Final = 100_000
FUNDS: Final = 10**12
CALLERS: Final = 64
DIRECT: Final = ((1, 8), (10, 8), (100, 2), (1000, 1), (1000, 2), (8000, 1), (8000, 2))
"""Batch size and number of clients, each with a connection and a process of its own."""
_BY: Final = Actor(ActorKind.SYSTEM, "benchmark")
_USD: Final = Asset("USD", 2)
_OPEN: Final = """
    INSERT INTO ledger_account (code, asset_id, kind, floor, created_at, frozen, closed, debits_posted,
        credits_posted, debits_pending, credits_pending, version, revision)
    SELECT 'benchmark:' || number, (SELECT id FROM ledger_asset WHERE code = 'USD'), 'liability', 0, now(),
        false, false, 0, 0, 0, 0, 0, 0
    FROM generate_series(1, %s) AS number RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Run:
    """Hold what one run came to."""

    per_second: float
    p50_ms: float
    p99_ms: float
    wal_bytes: float


class Course:
    """Make transfers between the accounts, uniform or all into one."""

    def __init__(self, accounts: Sequence[AccountId], *, hot: bool, seed: int) -> None:
        """Draw from a seed of one's own."""
        self._accounts = accounts
        self._hot = accounts[0] if hot else None
        self._random = random.Random(seed)

    def batch(self, size: int) -> list[Transfer]:
        """Ask for as many movements as are wanted, each under a new id."""
        accounts, hot, count = self._accounts, self._hot, len(self._accounts)
        draw = self._random.random
        made = []
        for _ in range(size):
            debit = accounts[int(draw() * (count - 1)) + 1]
            credit = hot or accounts[int(draw() * (count - 1)) + 1]
            if credit == debit:
                credit = accounts[0]
            made.append(
                Transfer(
                    id=TransferId(uuid7()),
                    debit=debit,
                    credit=credit,
                    amount=1,
                    kind="benchmark.move",
                )
            )
        return made


def measure(server: Server, *, seconds: float, quick: bool) -> list[Figures]:
    """Measure everything once; give the tables."""
    actions.declare_kind("benchmark.move")
    seconds = min(seconds, 5.0)
    with tenancy.scope("demo"):
        accounts = _open_accounts(2_000 if quick else ACCOUNTS)
        limit = raw.minimal_transfers_per_second(server, seconds=seconds)
        stage = _Stage(server, accounts, seconds)
        stage.direct(1000, 1, hot=False)  # the tables' files and the caches are warm from here on
        tables = [_direct_table(stage, limit), _intake_table(stage, limit)]
        found = verify()
        tables[0].note(
            f"Recomputed afterwards: {found.legs:,} legs, difference: {found.difference or 'none'}"
        )
        return tables


class _Stage:
    """Run clients against the server and read its log of changes."""

    def __init__(self, server: Server, accounts: Sequence[AccountId], seconds: float) -> None:
        self._server, self._accounts, self._seconds = server, accounts, seconds

    def direct(self, size: int, clients: int, *, hot: bool) -> Run:
        """Post batches of a size from processes with a connection each."""
        connections.close_all()
        context = multiprocessing.get_context("fork")
        barrier, answers = context.Barrier(clients), context.SimpleQueue()
        before = self._position()
        workers = [
            context.Process(
                target=self._client,
                args=(size,),
                kwargs={"hot": hot, "number": number, "barrier": barrier, "answers": answers},
            )
            for number in range(clients)
        ]
        for worker in workers:
            worker.start()
        took = [answers.get() for _ in workers]
        for worker in workers:
            worker.join()
        return self._run(size, [one for many in took for one in many], before)

    def through_intake(self, *, hot: bool) -> Run:
        """Submit single transfers from many threads of one process."""
        return self._threads(_submit, hot=hot)

    def one_by_one(self, *, hot: bool) -> Run:
        """Post single transfers from the same threads, each in a transaction of its own."""
        return self._threads(_post, hot=hot)

    def _threads(self, act: Callable[[Sequence[Transfer]], None], *, hot: bool) -> Run:
        took: list[list[float]] = [[] for _ in range(CALLERS)]
        barrier = threading.Barrier(CALLERS)

        def call(number: int) -> None:
            course = Course(self._accounts, hot=hot, seed=number)
            barrier.wait()
            try:
                took[number] = _repeat(act, course, 1, self._seconds)
            finally:
                connections.close_all()

        before = self._position()
        bound = tenancy.run_in_context(call)
        threads = [threading.Thread(target=bound, args=(number,)) for number in range(CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self._run(1, [one for many in took for one in many], before)

    def _client(self, size: int, *, hot: bool, number: int, barrier: Any, answers: Any) -> None:
        course = Course(self._accounts, hot=hot, seed=number)
        _post(course.batch(size))
        barrier.wait()
        answers.put(_repeat(_post, course, size, self._seconds))
        connections.close_all()

    def _run(self, size: int, took: Sequence[float], before: str) -> Run:
        took = sorted(took)
        count = size * len(took)
        written = self._written_since(before)
        return Run(
            per_second=count / self._seconds,
            p50_ms=1e3 * took[len(took) // 2],
            p99_ms=1e3 * took[int(len(took) * 0.99)],
            wal_bytes=written / count,
        )

    def _position(self) -> str:
        return cast("str", self._ask("SELECT pg_current_wal_insert_lsn()::text"))

    def _written_since(self, before: str) -> float:
        return float(self._ask(f"SELECT pg_current_wal_insert_lsn() - '{before}'::pg_lsn"))

    def _ask(self, statement: str) -> Any:
        with psycopg.connect(self._server.superuser_url(DATABASE), autocommit=True) as one:
            (answer,) = one.execute(statement).fetchone() or (None,)
            return answer


def _repeat(
    act: Callable[[Sequence[Transfer]], None], course: Course, size: int, seconds: float
) -> list[float]:
    """Act for so many seconds; gives how long each call took, the making of its transfers included."""
    took = []
    begun = time.perf_counter()
    until, now = begun + seconds, begun
    while now < until:
        act(course.batch(size))
        now, last = time.perf_counter(), now
        took.append(now - last)
    return took


def _post(transfers: Sequence[Transfer]) -> None:
    with transaction.atomic():
        outcomes = actions.post(transfers, by=_BY)
    if not all(outcome.is_done for outcome in outcomes):
        raise AssertionError("a transfer was refused")


def _submit(transfers: Sequence[Transfer]) -> None:
    if not all(outcome.is_done for outcome in actions.submit(transfers, by=_BY).outcomes):
        raise AssertionError("a transfer was refused")


def _open_accounts(count: int) -> list[AccountId]:
    """Open accounts and bring money into each, by transfers like any other."""
    bank = actions.open_account(
        code="benchmark:bank", asset=_USD, kind=AccountKind.ASSET, floor=None, by=_BY
    )
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [count])
        accounts = [AccountId(id_) for (id_,) in cursor.fetchall()]
    for start in range(0, count, 8000):
        _post(
            [
                Transfer(
                    id=TransferId(uuid7()),
                    debit=bank.id,
                    credit=account,
                    amount=FUNDS,
                    kind="benchmark.move",
                )
                for account in accounts[start : start + 8000]
            ]
        )
    return accounts


def _direct_table(stage: _Stage, limit: float) -> Figures:
    table = Figures(
        "ledger.post, transfers per second by batch size",
        ("batch × clients", "uniform", "p99 ms", "WAL B", "hot", "p99 ms", "WAL B", "× raw limit"),
    )
    for size, clients in DIRECT:
        uniform = stage.direct(size, clients, hot=False)
        hot = stage.direct(size, clients, hot=True)
        table.add(
            f"{size:,} × {clients}",
            uniform.per_second,
            uniform.p99_ms,
            uniform.wal_bytes,
            hot.per_second,
            hot.p99_ms,
            hot.wal_bytes,
            uniform.per_second / limit,
        )
    table.note(f"Raw limit: {limit:,.0f} calls/s of the minimal function, {raw.CLIENTS} clients")
    return table


def _intake_table(stage: _Stage, limit: float) -> Figures:
    table = Figures(
        f"{CALLERS} callers with one transfer each",
        ("way", "transfers/s", "p50 ms", "p99 ms", "WAL B", "× raw limit"),
    )
    for shape, hot in (("one account", True), ("uniform", False)):
        for way, run in (
            ("one by one", stage.one_by_one(hot=hot)),
            ("intake", stage.through_intake(hot=hot)),
        ):
            table.add(
                f"{way}, {shape}",
                run.per_second,
                run.p50_ms,
                run.p99_ms,
                run.wal_bytes,
                run.per_second / limit,
            )
    intake.drain()
    intake.reopen()
    return table
