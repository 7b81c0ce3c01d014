"""No statement reaches another tenant's schema: in threads, directly, through PgBouncer, from a pool."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
from django.core.cache import cache
from django.db import ProgrammingError, connection, connections, transaction
from django.db.utils import DatabaseError
from psycopg import sql

from fondaco.kit.django import tenancy
from fondaco.kit.django.models import EventReader
from fondaco.kit.django.tenancy.models import Tenant

THREADS: Final = 12
ROUNDS: Final = 60
MARK: Final = "isolation"

EVERYWHERE: Final = pytest.mark.parametrize(
    "alias",
    ["direct", "pool", pytest.param("pgbouncer", marks=pytest.mark.needs_tool("pgbouncer"))],
    indirect=True,
)


@pytest.fixture(autouse=True)
def _marks() -> None:
    """Put a row into each tenant that says whose it is: alpha 1, beta 2."""
    for number, name in enumerate(("alpha", "beta"), 1):
        with tenancy.scope(name):
            EventReader.objects.update_or_create(
                name=MARK, defaults={"seq": number, "moved_at": "2026-01-01T00:00Z"}
            )


def _read_autocommit(alias: str) -> int:
    return int(EventReader.objects.using(alias).get(name=MARK).seq)


def _read_in_transaction(alias: str) -> int:
    with transaction.atomic(using=alias):
        with transaction.atomic(using=alias):
            first = _read_autocommit(alias)
        assert first == _read_autocommit(alias)
        return first


def _read_after_savepoint_is_undone(alias: str) -> int:
    with transaction.atomic(using=alias):
        try:
            with transaction.atomic(using=alias):
                EventReader.objects.using(alias).create(name=MARK, moved_at="2026-01-01T00:00Z")
        except DatabaseError:
            pass
        return _read_autocommit(alias)


def _read_after_executemany(alias: str) -> int:
    with connections[alias].cursor() as cursor:
        cursor.executemany(
            "UPDATE kit_event_reader SET xid = %s WHERE name = %s", [(1, MARK), (2, MARK)]
        )
    return _read_autocommit(alias)


def _read_by_copy(alias: str) -> int:
    statement = sql.SQL("COPY (SELECT seq FROM kit_event_reader WHERE name = {}) TO STDOUT").format(
        MARK
    )
    with connections[alias].cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["int8"])
        ((seq,),) = copy.rows()
    return int(seq)


def _read_by_stream(alias: str) -> int:
    with connections[alias].cursor() as cursor:
        rows = cursor.stream("SELECT seq FROM kit_event_reader WHERE name = %s", [MARK])
        ((seq,),) = list(rows)
    return int(seq)


READS: Final = (
    _read_autocommit,
    _read_in_transaction,
    _read_after_savepoint_is_undone,
    _read_after_executemany,
    _read_by_copy,
    _read_by_stream,
)


class TestThreads:
    """Threads that work for two tenants by turns."""

    @EVERYWHERE
    def test_read_nothing_but_their_tenant(self, alias: str) -> None:
        wrong: list[tuple[str, str, int]] = []

        def work(seed: int) -> int:
            chance = random.Random(seed)
            for _ in range(ROUNDS):
                name, number = chance.choice([("alpha", 1), ("beta", 2)])
                read = chance.choice(READS)
                with tenancy.scope(name):
                    found = read(alias)
                if found != number:
                    wrong.append((name, read.__name__, found))
            connections[alias].close()
            connection.close()
            return ROUNDS

        with ThreadPoolExecutor(THREADS) as threads:
            done = sum(threads.map(work, range(THREADS)))

        assert (done, wrong) == (THREADS * ROUNDS, [])

    def test_inherit_no_tenant(self) -> None:
        found: list[Any] = []
        with tenancy.scope("alpha"):
            thread = threading.Thread(target=lambda: found.append(tenancy.find_current()))
            thread.start()
            thread.join()
        assert found == [None]

    def test_work_for_the_tenant_that_they_are_given(self) -> None:
        with tenancy.scope("beta"), ThreadPoolExecutor(2) as threads:
            current = tenancy.run_in_context(lambda _index: tenancy.current().name)
            found = list(threads.map(current, range(4)))
        assert found == ["beta"] * 4


class TestWithoutTenant:
    """Code that has set no tenant."""

    @EVERYWHERE
    @pytest.mark.parametrize("read", READS)
    def test_reaches_no_table(self, alias: str, read: Any) -> None:
        with pytest.raises(tenancy.NoTenant):
            read(alias)
        connections[alias].close()

    def test_finds_no_cache_entry(self) -> None:
        with pytest.raises(tenancy.NoTenant):
            cache.get("anything")

    def test_is_told_so_by_current(self) -> None:
        with pytest.raises(tenancy.NoTenant):
            tenancy.current()


class TestTransaction:
    """A transaction that began for one tenant."""

    @EVERYWHERE
    def test_is_refused_to_another(self, alias: str) -> None:
        with tenancy.scope("alpha"), transaction.atomic(using=alias):
            assert _read_autocommit(alias) == 1
            with tenancy.scope("beta"), pytest.raises(tenancy.MixedTenants):
                _read_autocommit(alias)
            assert _read_autocommit(alias) == 1

    def test_is_refused_to_the_system(self) -> None:
        with tenancy.scope("alpha"), transaction.atomic():
            assert _read_autocommit("default") == 1
            with tenancy.system_scope(), pytest.raises(tenancy.MixedTenants):
                Tenant.objects.count()

    def test_leaves_nothing_behind_for_the_next(self) -> None:
        with tenancy.scope("alpha"), transaction.atomic():
            assert _read_autocommit("default") == 1
        with tenancy.scope("beta"), transaction.atomic():
            assert _read_autocommit("default") == 2

    def test_is_begun_by_django_alone(self, tenant: Any) -> None:
        connection.ensure_connection()
        with pytest.raises(RuntimeError), connection.connection.transaction():
            _read_autocommit("default")


class TestSystemScope:
    """Work on what all tenants share."""

    def test_sees_no_tenant_table(self) -> None:
        with tenancy.system_scope(), pytest.raises(ProgrammingError, match="kit_event_reader"):
            _read_autocommit("default")


class TestBareStatements:
    """The way out for what refuses to run in a transaction."""

    def test_lets_an_index_be_made_concurrently(self) -> None:
        with tenancy.bare_statements(), connections["owner"].cursor() as cursor:
            cursor.execute("CREATE INDEX CONCURRENTLY trial ON t_alpha.kit_event_reader (moved_at)")
            cursor.execute("DROP INDEX CONCURRENTLY t_alpha.trial")

    def test_gives_no_unqualified_table_of_a_tenant(self) -> None:
        with (
            tenancy.bare_statements(),
            connection.cursor() as cursor,
            pytest.raises(ProgrammingError),
        ):
            cursor.execute("SELECT 1 FROM kit_event_reader")


class TestCache:
    """The cache, one table for all."""

    def test_keeps_entries_of_two_tenants_apart(self) -> None:
        with tenancy.scope("alpha"):
            cache.set("colour", "red")
        with tenancy.scope("beta"):
            assert cache.get("colour") is None
        with tenancy.scope("alpha"):
            assert cache.get("colour") == "red"
