"""Accounts, transfers at random, and clients that post them: in processes of their own or in threads."""

import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any, Final, cast

import psycopg
from django.db import connection, connections, transaction

from benchmarks.stage import database_cpu_s
from benchmarks.usual.models import UsualOperation, UsualWallet
from fondaco.kit import clock
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import tenancy
from fondaco.kit.django.waiting import Signal
from fondaco.kit.ids import uuid7, uuid7s
from fondaco.ledger import actions, intake, memory
from fondaco.ledger.types import AccountId, AccountKind, Transfer, TransferId
from fondaco.money import Asset
from fondaco.project.postgres import DATABASE, Server
from fondaco.project.workers import Workers

KIND: Final = "benchmark.move"
FUNDS: Final = 10**12
CALLERS: Final = 64
BY: Final = Actor(ActorKind.SYSTEM, "benchmark")
_PATIENCE_S: Final = 120.0
_USD: Final = Asset("USD", 2)
_OPEN: Final = """
    INSERT INTO ledger_account (code, asset_id, kind, floor, created_at, frozen, closed, debits_posted,
        credits_posted, debits_pending, credits_pending, version, revision)
    SELECT 'benchmark:' || number, (SELECT id FROM ledger_asset WHERE code = 'USD'), 'liability', 0, now(),
        false, false, 0, 0, 0, 0, 0, 0
    FROM generate_series(1, %s) AS number RETURNING id
"""
_OPEN_USUAL: Final = """
    INSERT INTO usual_usualwallet (id, token, owner_id, balance, held)
    SELECT account, 'benchmark:' || account, gen_random_uuid(), %s, 0 FROM unnest(%s::bigint[]) AS account
"""

Act = Callable[[Sequence[Transfer]], None]


@dataclass(frozen=True, slots=True)
class Run:
    """Hold what one run came to; the microseconds are CPU time for each transfer."""

    per_second: float
    p50_ms: float
    p99_ms: float
    wal_bytes: float
    client_us: float
    server_us: float


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
        for id_ in uuid7s(size):
            debit = accounts[int(draw() * (count - 1)) + 1]
            credit = hot or accounts[int(draw() * (count - 1)) + 1]
            if credit == debit:
                credit = accounts[0]
            made.append(Transfer(TransferId(id_), debit, credit, 1, KIND))
        return made


class Stage:
    """Run clients against the server, and read its log of changes and everybody's CPU time."""

    def __init__(self, server: Server, accounts: Sequence[AccountId], seconds: float) -> None:
        """Take the accounts of the current tenant, and the length of each run."""
        self._server, self.accounts, self.seconds = server, accounts, seconds
        self._workers = Workers(threads=1)
        self._is_remembered = False
        """Whether this process knows all accounts as they are: nobody else has posted since."""

    def direct(self, size: int, clients: int, *, hot: bool, act: "Act | None" = None) -> Run:
        """Post batches of a size from processes with a connection each."""
        self._is_remembered = False
        connections.close_all()
        context = multiprocessing.get_context("fork")
        answers, begin, end = (
            context.SimpleQueue(),
            context.Barrier(clients + 1),
            context.Barrier(clients + 1),
        )

        def client(number: int) -> None:
            course = Course(self.accounts, hot=hot, seed=number)
            doing = act or post
            # What a process remembers of accounts, and the server's caches, are warm from here on.
            _repeat(doing, course, size, self.seconds / 2)
            begin.wait()
            used = time.process_time()
            took = _repeat(doing, course, size, self.seconds)
            answers.put((took, time.process_time() - used))
            end.wait()
            connections.close_all()

        workers = [context.Process(target=client, args=(number,)) for number in range(clients)]
        for worker in workers:
            worker.start()
        begin.wait()
        before, used = self._position(), database_cpu_s(self._server)
        answered = [answers.get() for _ in workers]
        used = database_cpu_s(self._server) - used
        written = self._written_since(before)
        end.wait()
        for worker in workers:
            worker.join()
        took = [many for many, _ in answered]
        return self._run(size, took, written, sum(cpu for _, cpu in answered), used)

    def threads(self, act: Act, *, hot: bool, callers: int = CALLERS) -> Run:
        """Do one transfer at a time in many threads of this process, each with a connection of its own."""
        self._is_remembered = False
        took: list[list[float]] = [[] for _ in range(callers)]
        barrier = threading.Barrier(callers + 1)

        def call(number: int) -> None:
            course = Course(self.accounts, hot=hot, seed=number)
            try:
                _repeat(act, course, 1, self.seconds / 2)
                barrier.wait()
                took[number] = _repeat(act, course, 1, self.seconds)
                barrier.wait()
                barrier.wait()  # the server's processes live until their time is read
            finally:
                connections.close_all()

        bound = tenancy.run_in_context(call)
        threads = [threading.Thread(target=bound, args=(number,)) for number in range(callers)]
        for thread in threads:
            thread.start()
        barrier.wait()
        before, mine, used = self._position(), time.process_time(), database_cpu_s(self._server)
        barrier.wait()
        mine, used = time.process_time() - mine, database_cpu_s(self._server) - used
        written = self._written_since(before)
        barrier.wait()
        for thread in threads:
            thread.join()
        return self._run(1, took, written, mine, used)

    def hand_in(self, *, hot: bool, callers: int = CALLERS, size: int = 1) -> Run:
        """Hand one transfer, or batch, at a time to the intake, by callers as a web process has them.

        They are requests of ``project.workers``: whoever waits gives his thread away. The process remembers
        the accounts, as one does that has run for a while.
        """
        if not self._is_remembered:
            begin_intake_anew()
            self._remember_accounts()
        took: list[list[float]] = [[] for _ in range(callers)]
        begin = [Signal() for _ in range(callers)]
        told: SimpleQueue[Exception | None] = SimpleQueue()

        def call(number: int) -> None:
            course = Course(self.accounts, hot=hot, seed=number)
            try:
                _repeat(submit, course, size, self.seconds / 2)
                told.put(None)
                begin[number].wait(_PATIENCE_S)
                took[number] = _repeat(submit, course, size, self.seconds)
            except Exception as error:  # noqa: BLE001 - raised where somebody waits for it
                told.put(error)
            else:
                told.put(None)

        bound = tenancy.run_in_context(call)
        for number in range(callers):
            self._workers.take(partial(bound, number))
        _hear(told, callers)
        before, mine, used = self._position(), time.process_time(), database_cpu_s(self._server)
        for signal in begin:
            signal.set()
        _hear(told, callers)
        mine, used = time.process_time() - mine, database_cpu_s(self._server) - used
        return self._run(size, took, self._written_since(before), mine, used)

    def _remember_accounts(self) -> None:
        """Post to each account once through the intake."""
        pairs = list(zip(self.accounts[::2], self.accounts[1::2], strict=False))
        for at in range(0, len(pairs), 8000):
            submit(
                [Transfer(TransferId(uuid7()), *pair, 1, KIND) for pair in pairs[at : at + 8000]]
            )
        self._is_remembered = True

    def _run(
        self,
        size: int,
        by_caller: Sequence[Sequence[float]],
        written: float,
        client_s: float,
        server_s: float,
    ) -> Run:
        took = sorted(one for many in by_caller for one in many)
        count = size * len(took)
        return Run(
            per_second=size * sum(len(many) / sum(many) for many in by_caller),
            p50_ms=1e3 * took[len(took) // 2],
            p99_ms=1e3 * took[int(len(took) * 0.99)],
            wal_bytes=written / count,
            client_us=1e6 * client_s / count,
            server_us=1e6 * server_s / count,
        )

    def _position(self) -> str:
        return cast("str", self.ask("SELECT pg_current_wal_insert_lsn()::text"))

    def _written_since(self, before: str) -> float:
        return float(self.ask(f"SELECT pg_current_wal_insert_lsn() - '{before}'::pg_lsn"))

    def server_cpu_s(self) -> float:
        """Give the CPU seconds of the database's processes."""
        return database_cpu_s(self._server)

    def ask(self, statement: str) -> Any:
        """Ask the server as its superuser, outside of any tenant."""
        with psycopg.connect(self._server.superuser_url(DATABASE), autocommit=True) as one:
            cursor = one.execute(statement)
            return (cursor.fetchone() or (None,))[0] if cursor.description else None


def _hear(told: "SimpleQueue[Exception | None]", many: int) -> None:
    """Wait until so many have said that they are done, or raise what one of them met."""
    for _ in range(many):
        if (error := told.get(timeout=_PATIENCE_S)) is not None:
            raise error


def begin_intake_anew() -> None:
    """Let the posters end and forget what this process knows of accounts, where others post as well."""
    intake.drain()
    intake.reopen()
    memory.forget()


def _repeat(act: Act, course: Course, size: int, seconds: float) -> list[float]:
    """Act for so many seconds; gives how long each call took, the making of its transfers included.

    The last one ends after that time, and counts like all others: their sum is the time that they took.
    """
    took = []
    begun = time.perf_counter()
    until, now = begun + seconds, begun
    while now < until:
        act(course.batch(size))
        now, last = time.perf_counter(), now
        took.append(now - last)
    return took


def post(transfers: Sequence[Transfer]) -> None:
    """Post them in a transaction of their own."""
    with transaction.atomic():
        outcomes = actions.post(transfers, by=BY)
    if not all(outcome.is_done for outcome in outcomes):
        raise AssertionError("a transfer was refused")


def submit(transfers: Sequence[Transfer]) -> None:
    """Hand them to the intake."""
    if not all(outcome.is_done for outcome in actions.submit(transfers, by=BY).outcomes):
        raise AssertionError("a transfer was refused")


def pay_the_usual_way(transfers: Sequence[Transfer]) -> None:
    """Move money with Django's ORM: lock both rows, check, save both, note it; one transaction each."""
    for transfer in transfers:
        with transaction.atomic():
            rows = {
                row.pk: row
                for row in UsualWallet.objects.select_for_update()
                .filter(pk__in=(transfer.debit, transfer.credit))
                .order_by("pk")
            }
            source, target = rows[transfer.debit], rows[transfer.credit]
            if source.balance < transfer.amount:
                raise AssertionError("a payment was refused")
            source.balance -= transfer.amount
            target.balance += transfer.amount
            source.save(update_fields=["balance"])
            target.save(update_fields=["balance"])
            UsualOperation.objects.create(
                source=source,
                target=target,
                amount=transfer.amount,
                summary="",
                success=True,
                at=clock.now(),
            )


def open_accounts(count: int) -> list[AccountId]:
    """Open accounts and bring money into each, by transfers like any other."""
    bank = actions.open_account(
        code="benchmark:bank", asset=_USD, kind=AccountKind.ASSET, floor=None, by=BY
    )
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [count])
        accounts = [AccountId(id_) for (id_,) in cursor.fetchall()]
    for start in range(0, count, 8000):
        post(
            [
                Transfer(TransferId(uuid7()), bank.id, account, FUNDS, KIND)
                for account in accounts[start : start + 8000]
            ]
        )
    return accounts


def open_usual_wallets(accounts: Sequence[AccountId]) -> None:
    """Give each account a wallet of the usual way, with the same number and the same money."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_USUAL, [FUNDS, list(accounts)])
