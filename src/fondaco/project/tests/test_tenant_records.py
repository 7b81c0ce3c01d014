"""A replayed schema is the same as a migrated one, in all that PostgreSQL knows of it."""

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, connections
from django.db.utils import DatabaseError

from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import context, recording, schemas
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.kit.django.tenancy.models import SchemaScript
from fondaco.project.postgres_home import BINARIES

FOREIGN = "CREATE TABLE {schema}.left_behind (id int)"


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], TenantScope]]:
    """Give a function that makes a tenant without seeds; in the end all is as it was."""
    made: list[str] = []
    before = records()
    monkeypatch.setattr(schemas, "_seeds", [])

    def make_one() -> TenantScope:
        made.append(f"record_{uuid4().hex[:10]}")
        return schemas.create_tenant(name=made[-1], mode="demo").scope

    yield make_one
    for name in made:
        schemas.drop_tenant(name=name)
    forget_records()
    with tenancy.system_scope():
        SchemaScript.objects.using("owner").bulk_create(before)


@pytest.fixture
def migrations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have migrations make one table only; gives the schemas that were migrated."""
    seen: list[str] = []

    def note(alias: str, tenant: TenantScope) -> None:
        seen.append(tenant.schema)
        with context.migrating(tenant), connections[alias].cursor() as cursor:
            cursor.execute("CREATE TABLE made (id int)")

    monkeypatch.setattr(schemas, "_migrate_schema", note)
    return seen


def forget_records() -> None:
    with tenancy.system_scope():
        SchemaScript.objects.using("owner").all().delete()


@contextmanager
def forbidden_migrations() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(schemas, "_migrate_schema")
        yield


def records() -> list[SchemaScript]:
    with tenancy.system_scope():
        return list(SchemaScript.objects.using("owner").all())


def dumped(tenant: TenantScope) -> list[str]:
    """Give what pg_dump writes of a schema, rows included, without its name and without moments."""
    owner = connections["owner"].settings_dict
    place = f"host={owner['HOST']} port={owner['PORT']} dbname={owner['NAME']} user={owner['USER']}"
    done = subprocess.run(
        [BINARIES / "pg_dump", f"--schema={tenant.schema}", place],
        env={"PGPASSWORD": str(owner["PASSWORD"])},
        capture_output=True,
        text=True,
        check=True,
    )
    text = re.sub(rf"\b{tenant.schema}\b", "one", done.stdout)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\+00", "then", text)
    return [line for line in text.splitlines() if "restrict " not in line]


class TestAReplayedSchema:
    @pytest.mark.timeout(400)  # all migrations run here
    def test_is_the_same_as_a_migrated_one(self, make: Callable[[], TenantScope]) -> None:
        forget_records()
        migrated = dumped(make())
        assert len(records()) == 1
        with forbidden_migrations():
            assert dumped(make()) == migrated
        told = "\n".join(migrated)
        for part in (
            "CREATE TABLE",
            "FUNCTION",
            "TRIGGER",
            "FOREIGN KEY",
            "INDEX",
            "GRANT",
            "COPY",
        ):
            assert part in told
        assert "ATTACH PARTITION" in told
        assert "then" in told

    def test_needs_no_migration_afterwards(self, make: Callable[[], TenantScope]) -> None:
        make(), make()
        assert schemas.migrate_all() == 0


class TestARecord:
    def test_is_made_anew_once_migrations_differ(
        self,
        make: Callable[[], TenantScope],
        migrations: list[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(schemas, "fingerprint", lambda *, shared: f"one {shared}")
        first, _replayed = make(), make()
        monkeypatch.setattr(schemas, "fingerprint", lambda *, shared: f"another {shared}")
        other, _replayed_too = make(), make()
        assert migrations == [first.schema, other.schema]
        assert len(records()) == 1

    def test_is_not_used_where_something_is_left_of_an_earlier_try(
        self,
        make: Callable[[], TenantScope],
        migrations: list[str],
        monkeypatch: pytest.MonkeyPatch,
        superuser_connection: "psycopg.Connection[Any]",
    ) -> None:
        forget_records()
        first = make()
        replay = recording.replay

        def disturbed(alias: str, tenant: TenantScope, *, follows_from: str) -> bool:
            superuser_connection.execute(FOREIGN.format(schema=tenant.schema).encode())
            return replay(alias, tenant, follows_from=follows_from)

        monkeypatch.setattr(recording, "replay", disturbed)
        assert migrations == [first.schema, make().schema]

    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT * FROM tenancy_schemascript",
            "UPDATE tenancy_schemascript SET statements = 'DROP TABLE tenancy_tenant'",
            "INSERT INTO tenancy_schemascript VALUES ('a', 'b')",
            "DELETE FROM tenancy_schemascript",
        ],
    )
    def test_is_out_of_reach_of_the_application(self, statement: str) -> None:
        with (
            tenancy.system_scope(),
            connection.cursor() as cursor,
            pytest.raises(DatabaseError, match="denied"),
        ):
            cursor.execute(statement)
