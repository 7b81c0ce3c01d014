"""Tenants' schemas: made whole or not seen, migrated apart, owned by another role than the application's."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import IntegrityError, connection, connections
from django.db.utils import DatabaseError
from django.utils import timezone

from fondaco.kit.django import tenancy
from fondaco.kit.django.models import EventReader
from fondaco.kit.django.tenancy import directory, schemas
from fondaco.kit.django.tenancy.models import SchemaFingerprint


@pytest.fixture
def name() -> str:
    """Give a name that no tenant has."""
    return f"made_{uuid4().hex[:10]}"


@pytest.fixture
def seeds(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """Have own seeds only."""
    own: list[Callable[[], None]] = []
    monkeypatch.setattr(schemas, "_seeds", own)
    return own


class TestCreateTenant:
    """A new tenant."""

    def test_has_tables_and_seeds_of_its_own(self, name: str, seeds: list[Any]) -> None:
        def seed() -> None:
            EventReader.objects.create(name="seed", moved_at=timezone.now())

        schemas.on_create(seed)
        schemas.create_tenant(name=name, hosts=[f"{name}.test"], mode="sandbox")
        with tenancy.scope(name) as scope:
            assert (scope.schema, scope.mode) == (f"t_{name}", "sandbox")
            assert list(EventReader.objects.values_list("name", flat=True)) == ["seed"]

    def test_is_the_same_when_made_twice(self, name: str) -> None:
        first = schemas.create_tenant(name=name, mode="demo")
        again = schemas.create_tenant(name=name, hosts=["again.test"], mode="demo")
        assert first.pk == again.pk
        assert directory.find_by_host("AGAIN.test.") == first.scope

    def test_is_refused_in_another_mode(self, name: str) -> None:
        schemas.create_tenant(name=name, mode="demo")
        with pytest.raises(ValueError, match="mode demo"):
            schemas.create_tenant(name=name, mode="live")

    def test_is_not_seen_before_it_is_seeded(self, name: str, seeds: list[Any]) -> None:
        def fail() -> None:
            raise ZeroDivisionError

        schemas.on_create(fail)
        with pytest.raises(ZeroDivisionError):
            schemas.create_tenant(name=name, hosts=[f"{name}.test"])
        assert directory.find_by_host(f"{name}.test") is None
        with pytest.raises(tenancy.UnknownTenant):
            tenancy.scope(name)

        seeds.clear()
        schemas.create_tenant(name=name)
        assert tenancy.get_scope(name).name == name

    @pytest.mark.parametrize("bad", ["", "Alpha", "a-b", "1a", 'a"; drop', "a" * 41])
    def test_is_refused_under_a_name_that_is_no_schema(self, bad: str) -> None:
        with pytest.raises(DatabaseError):
            schemas.create_tenant(name=bad)

    def test_is_refused_a_host_of_another(self, name: str) -> None:
        with pytest.raises(IntegrityError):
            schemas.create_tenant(name=name, hosts=["alpha.test"])

    def test_is_gone_when_dropped(self, name: str) -> None:
        schemas.create_tenant(name=name, hosts=[f"{name}.test"])
        schemas.drop_tenant(name=name)
        assert directory.find_by_host(f"{name}.test") is None
        assert name not in {tenant.name for tenant in schemas.list_tenants()}


class TestMigrateAll:
    """Bringing all schemas up to date."""

    def test_has_nothing_to_do_twice(self) -> None:
        schemas.migrate_all()
        assert schemas.migrate_all() == 0

    def test_migrates_a_schema_that_is_behind(self, name: str) -> None:
        schemas.create_tenant(name=name)
        with tenancy.system_scope():
            SchemaFingerprint.objects.using("owner").filter(schema=f"t_{name}").update(digest="old")
        told: list[str] = []
        assert schemas.migrate_all(told.append) == 1
        assert told == [f"t_{name}"]

    def test_keeps_each_schema_to_its_own_tables(
        self, superuser_connection: "psycopg.Connection[Any]"
    ) -> None:
        tables: dict[str, set[str]] = {}
        for schema in ("public", "t_alpha", "t_beta"):
            found = superuser_connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema]
            )
            tables[schema] = {name for (name,) in found}
        shared = {
            name for name in tables["public"] if not name.startswith(("tenancy_", "procrastinate_"))
        }
        assert shared == {"django_migrations", "fondaco_cache"}
        assert tables["t_alpha"] == tables["t_beta"]
        assert tables["t_alpha"] & tables["public"] == {"django_migrations"}


class TestApplicationRole:
    """The role of web and worker."""

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TABLE t_alpha.own (id int)",
            "CREATE TABLE public.own (id int)",
            "CREATE SCHEMA own",
            "UPDATE kit_event SET actor = 'x'",
            "DELETE FROM kit_event",
            "TRUNCATE kit_event",
            "DELETE FROM kit_event_horizon",
            "DROP TABLE kit_event_reader",
        ],
    )
    def test_may_not(self, tenant: Any, statement: str) -> None:
        with (
            connection.cursor() as cursor,
            pytest.raises(DatabaseError, match=r"denied|must be owner"),
        ):
            cursor.execute(statement)

    def test_may_not_touch_a_partition(self, tenant: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'kit_event'::regclass"
            )
            partitions = [partition for (partition,) in cursor.fetchall()]
            assert partitions
            for partition in partitions:
                with pytest.raises(DatabaseError, match="denied"):
                    cursor.execute(f"DELETE FROM {partition}")

    def test_is_not_the_owner(self) -> None:
        names = {connections[alias].settings_dict["USER"] for alias in ("default", "owner")}
        assert len(names) == 2
