"""What the choices about keys, indexes, partitions and free room cost and bring.

Tables of its own, of the shape of ``ledger_transfer``, are filled with COPY, 1,000 rows a commit, as large
batches are; each line changes one choice. Nothing of the ledger's code runs: it would blur the differences.
"""

import os
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final

import psycopg

from benchmarks.figures import Figures
from fondaco.project.postgres import DATABASE, Server

ACCOUNTS: Final = 20_000
BATCH: Final = 1_000
YEAR: Final = timedelta(days=360)
_BEGUN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_COLUMNS: Final = """
    id uuid NOT NULL, debit bigint NOT NULL, credit bigint NOT NULL, debit_version bigint NOT NULL,
    credit_version bigint NOT NULL, at timestamptz NOT NULL, amount numeric(39,0) NOT NULL,
    debit_balance numeric(39,0) NOT NULL, credit_balance numeric(39,0) NOT NULL, kind text NOT NULL,
    step text NOT NULL, actor text NOT NULL, PRIMARY KEY (id)
"""
_HISTORY: Final = (
    "CREATE INDEX ON moved (debit, debit_version)",
    "CREATE INDEX ON moved (credit, credit_version)",
)
_ONE_SIDE: Final = ("CREATE INDEX ON moved (debit, debit_version)",)
_KEYS: Final = (
    "ALTER TABLE moved ADD FOREIGN KEY (debit) REFERENCES account (id)",
    "ALTER TABLE moved ADD FOREIGN KEY (credit) REFERENCES account (id)",
)
_BY_INSTANT: Final = (
    "CREATE INDEX ON moved (debit, at)",
    "CREATE INDEX ON moved (credit, at)",
)
_PAGE: Final = """
    SELECT * FROM (
        (SELECT id, debit_version AS version FROM moved WHERE debit = %(a)s
         ORDER BY debit_version DESC LIMIT 50)
        UNION ALL
        (SELECT id, credit_version FROM moved WHERE credit = %(a)s
         ORDER BY credit_version DESC LIMIT 50)
    ) AS sides ORDER BY version DESC LIMIT 50
"""
_DAY: Final = """
    SELECT count(*), sum(amount) FROM moved
    WHERE debit = %(a)s AND at >= %(since)s AND at < %(until)s AND id BETWEEN %(least)s AND %(most)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Name a way to lay out the table."""

    name: str
    partitions: int = 0
    span: timedelta = timedelta(days=30)
    """What one partition holds."""
    after: Sequence[str] = _HISTORY
    is_random: bool = False
    """True: keys without order (UUIDv4)."""


_ORDER: Final = (
    Choice(name="as the ledger: UUIDv7, two history indexes, months", partitions=12),
    Choice(name="no partitions"),
    Choice(name="days", partitions=360, span=timedelta(days=1)),
    Choice(name="primary key alone", partitions=12, after=()),
    Choice(name="history of one side only", partitions=12, after=_ONE_SIDE),
    Choice(name="history by instant instead of version", partitions=12, after=_BY_INSTANT),
    Choice(name="with foreign keys to accounts", partitions=12, after=(*_HISTORY, *_KEYS)),
    Choice(name="random keys (UUIDv4), no partitions", is_random=True),
)


def measure(server: Server, *, seconds: float, quick: bool) -> list[Figures]:
    """Measure everything; ``seconds`` has no meaning here, the number of rows decides."""
    del seconds
    rows = 20_000 if quick else 60_000
    with _connect(server) as connection:
        return [
            _layouts(connection, rows),
            _free_room(connection, updates=10 if quick else 60),
        ]


def _layouts(connection: "psycopg.Connection[Any]", rows: int) -> Figures:
    figures = Figures(
        f"Keys, indexes and partitions: {rows:,} rows of {ACCOUNTS:,} accounts over a year",
        (
            "layout",
            "rows/s",
            "of the first",
            "WAL B/row",
            "heap B/row",
            "index B/row",
            "page of 50 ms",
            "one id ms",
            "one day ms",
        ),
    )
    contents = {is_random: _Content(rows, is_random=is_random) for is_random in (False, True)}
    first = 0.0
    for choice in _ORDER:
        with _schema(connection):
            figure = _Layout(connection, choice, contents[choice.is_random])
            rate = figure.fill()
            first = first or rate
            figures.add(choice.name, rate, rate / first, *figure.sizes(), *figure.reads())
    figures.note(
        "rows/s and WAL: the last third, after a checkpoint; COPY of 1,000 rows a commit, fsync on."
    )
    figures.note(
        "page: the newest 50 of one account; one day: sum over one account's day, with bounds of ids."
    )
    return figures


class _Content:
    """Rows in the order in which they happen, made once for all layouts."""

    def __init__(self, rows: int, *, is_random: bool) -> None:
        self.batches: list[str] = []
        self.ids: list[str] = []
        self._chance = random.Random(1)
        self._versions = [0] * (ACCOUNTS + 1)
        step = YEAR / rows
        for first in range(0, rows, BATCH):
            instants = (_BEGUN + step * place for place in range(first, first + BATCH))
            made = [self._row(at, is_random=is_random) for at in instants]
            self.batches.append("".join(made))
            self.ids.append(made[0][:32])

    def _row(self, at: datetime, *, is_random: bool) -> str:
        id_ = os.urandom(16).hex() if is_random else _id_at(at, os.urandom(8))
        debit = int(self._chance.random() * ACCOUNTS) + 1
        credit = debit % ACCOUNTS + 1
        self._versions[debit] += 1
        self._versions[credit] += 1
        return (
            f"{id_}\t{debit}\t{credit}\t{self._versions[debit]}\t{self._versions[credit]}\t"
            f"{at.isoformat()}\t1234\t100000\t100000\twallets.charge\tpost\tusr_1\n"
        )


class _Layout:
    """One table under measurement."""

    def __init__(
        self, connection: "psycopg.Connection[Any]", choice: Choice, content: "_Content"
    ) -> None:
        self._connection = connection
        self._choice = choice
        self._content = content
        self._chance = random.Random(1)
        self._wal = 0.0
        self._create()

    def fill(self) -> float:
        """Fill the table; gives rows per second of the last third."""
        batches = self._content.batches
        late = len(batches) * 2 // 3
        for text in batches[:late]:
            self._copy(text)
        self._connection.execute("CHECKPOINT")
        before, begun = self._wal_now(), time.perf_counter()
        for text in batches[late:]:
            self._copy(text)
        took = time.perf_counter() - begun
        count = (len(batches) - late) * BATCH
        self._wal = (self._wal_now() - before) / count
        self._connection.execute("VACUUM ANALYZE moved")
        return count / took

    def sizes(self) -> tuple[float, float, float]:
        """Give bytes per row: of WAL, of the table, of its indexes."""
        row = self._one("""
            SELECT sum(pg_relation_size(oid)) FILTER (WHERE relkind = 'r'),
                   sum(pg_relation_size(oid)) FILTER (WHERE relkind = 'i')
            FROM pg_class WHERE relnamespace = 'bench_layout'::regnamespace
              AND relname LIKE 'moved%'
        """)
        rows = len(self._content.batches) * BATCH
        return self._wal, float(row[0] or 0) / rows, float(row[1] or 0) / rows

    def reads(self) -> tuple[float, float, float]:
        """Give milliseconds: of a page of history, of one row by its id, of one account's day."""
        accounts = [self._chance.randint(1, ACCOUNTS) for _ in range(40)]
        day = _BEGUN + YEAR / 2
        bounds: dict[str, Any] = {"since": day, "until": day + timedelta(days=1)}
        bounds |= {
            "least": _id_at(day - timedelta(days=1)),
            "most": _id_at(day + timedelta(days=2)),
        }
        if self._choice.is_random:
            bounds |= {"least": "0" * 32, "most": "f" * 32}
        return (
            self._typical(_PAGE, [{"a": account} for account in accounts]),
            self._typical(
                "SELECT amount FROM moved WHERE id = %(id)s",
                [{"id": self._chance.choice(self._content.ids)} for _ in accounts],
            ),
            self._typical(_DAY, [{"a": account} | bounds for account in accounts]),
        )

    def _create(self) -> None:
        run = self._connection.execute
        run("CREATE TABLE account (id bigint PRIMARY KEY)")
        run(f"INSERT INTO account SELECT generate_series(1, {ACCOUNTS})")
        if not self._choice.partitions:
            run(f"CREATE TABLE moved ({_COLUMNS})")
        else:
            run(f"CREATE TABLE moved ({_COLUMNS}) PARTITION BY RANGE (id)")
            for number in range(self._choice.partitions):
                ends = [
                    _id_at(_BEGUN + self._choice.span * place) for place in (number, number + 1)
                ]
                run(
                    f"CREATE TABLE moved_{number} PARTITION OF moved"
                    f" FOR VALUES FROM ('{ends[0]}') TO ('{ends[1]}')"
                )
        for statement in self._choice.after:
            run(statement)

    def _copy(self, text: str) -> None:
        with self._connection.cursor() as cursor, cursor.copy("COPY moved FROM STDIN") as copy:
            copy.write(text)

    def _typical(self, statement: str, asked: Sequence[dict[str, Any]]) -> float:
        times = []
        for arguments in asked:
            begun = time.perf_counter()
            self._connection.execute(statement, arguments).fetchall()
            times.append(time.perf_counter() - begun)
        return median(times) * 1000

    def _wal_now(self) -> float:
        return float(self._one("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")[0])

    def _one(self, statement: str) -> tuple[Any, ...]:
        row = self._connection.execute(statement).fetchone()
        return row or ()


def _free_room(connection: "psycopg.Connection[Any]", *, updates: int) -> Figures:
    figures = Figures(
        f"Free room beside accounts: {updates} batches of {BATCH:,} balances of {ACCOUNTS:,}",
        ("accounts with", "balances/s", "HOT %", "WAL B/balance", "bytes/account after"),
    )
    for factor, index in ((100, ""), (90, ""), (50, ""), (50, "CREATE INDEX ON account (version)")):
        with _schema(connection):
            name = f"fillfactor {factor}" + (", an index on what changes" if index else "")
            figures.add(name, *_update(connection, factor, index, updates))
    figures.note(
        "Each batch writes two totals and the version of 1,000 accounts by one statement and commits."
    )
    return figures


def _update(
    connection: "psycopg.Connection[Any]", factor: int, index: str, updates: int
) -> tuple[float, float, float, float]:
    run, chance = connection.execute, random.Random(2)
    run(f"""
        CREATE TABLE account (id bigint PRIMARY KEY, code text NOT NULL,
            debits numeric(39,0) NOT NULL, credits numeric(39,0) NOT NULL, version bigint NOT NULL)
        WITH (fillfactor = {factor}, autovacuum_enabled = false);
        INSERT INTO account SELECT id, 'wallets:wal_' || md5(id::text) || ':USD', 0, 0, 0
        FROM generate_series(1, {ACCOUNTS}) AS id;
        {index}
    """)
    run("VACUUM ANALYZE account")
    run("CHECKPOINT")
    before = _number(connection, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")
    begun = time.perf_counter()
    for _ in range(updates):
        ids = sorted(chance.sample(range(1, ACCOUNTS + 1), BATCH))
        run(
            "UPDATE account SET debits = debits + 5, credits = credits + 7, version = version + 1"
            " WHERE id = ANY(%s)",
            [ids],
        )
    took = time.perf_counter() - begun
    wal = _number(connection, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')") - before
    run("SELECT pg_stat_force_next_flush()")
    hot = _number(
        connection,
        "SELECT 100.0 * n_tup_hot_upd / greatest(n_tup_upd, 1) FROM pg_stat_user_tables"
        " WHERE relid = 'account'::regclass",
    )
    size = _number(connection, "SELECT pg_table_size('account') + pg_indexes_size('account')")
    count = updates * BATCH
    return count / took, hot, wal / count, size / ACCOUNTS


def _id_at(at: datetime, tail: bytes = bytes(8)) -> str:
    """Write the UUIDv7 of an instant; without a tail the least one."""
    milliseconds = int(at.timestamp() * 1000)
    if not any(tail):
        return f"{milliseconds << 80:032x}"
    low = int.from_bytes(tail) >> 2
    return f"{milliseconds << 80 | 0x7 << 76 | (low & 0xFFF) << 64 | 0b10 << 62 | low:032x}"


def _number(connection: "psycopg.Connection[Any]", statement: str) -> float:
    row = connection.execute(statement).fetchone()
    return float(row[0]) if row else 0.0


@contextmanager
def _schema(connection: "psycopg.Connection[Any]") -> Iterator[None]:
    connection.execute("CREATE SCHEMA bench_layout; SET search_path = bench_layout")
    try:
        yield
    finally:
        connection.execute("SET search_path = public; DROP SCHEMA bench_layout CASCADE")


def _connect(server: Server) -> "psycopg.Connection[Any]":
    return psycopg.connect(server.superuser_url(DATABASE), autocommit=True)
