"""Make a new schema by the statements that made one before: migrating costs seconds, replaying a fraction.

What a migration sends to the database does not depend on the tenant, but for the schema's name and the time.
So the first schema that is made from nothing is recorded, and all that follow are replayed in one
transaction. The record is found by a digest of all that it follows from; where that has changed, the next
schema is migrated and recorded. Only the owner can touch records, since it is he who executes them.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import django
from django.db import connections, transaction
from psycopg.pq import TransactionStatus

from fondaco.kit.django.tenancy import context
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.kit.django.tenancy.models import SchemaScript
from fondaco.kit.django.tenancy.roles import application_role

_SCHEMA: Final = "{fondaco_schema}"
_NEXT: Final = (
    "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;"
    f" SET LOCAL search_path = {_SCHEMA}"
)
"""Stands between two migrations: each found its path as it was, and nothing left to check."""
_MOMENT: Final = re.compile(r"'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^']*'::timestamptz")
"""A parameter that a migration took from the clock."""
_IS_EMPTY: Final = "SELECT NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = %s::regnamespace)"


class Recording:
    """Note each statement that a connection sends, written out and without the schema's name."""

    def __init__(self, schema: str) -> None:
        """Begin empty."""
        self._name = re.compile(rf'"{re.escape(schema)}"|\b{re.escape(schema)}\b')
        self._statements: list[str] = []

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, of: Any) -> Any:
        """Note a statement and have it executed; the signature is Django's."""
        connection = of["connection"].connection
        if connection.pgconn.transaction_status == TransactionStatus.IDLE:
            self._statements.append(_NEXT)
        for values in params if many else [params]:
            text = str(sql) if values is None else of["cursor"].mogrify(sql, values)
            text = _MOMENT.sub("now()", text.strip().rstrip(";"))
            self._statements.append(self._name.sub(_SCHEMA, text))
        return execute(sql, params, many, of)

    def text(self) -> str:
        """Give the statements as one script."""
        return ";\n".join(self._statements)


@contextmanager
def recorded(alias: str, tenant: TenantScope, *, follows_from: str) -> Iterator[None]:
    """Keep what the block sends for an empty schema, so that others can be made by it.

    :param follows_from: the digest of the migrations
    """
    if not _is_empty(alias, tenant):
        yield
        return
    recording = Recording(tenant.schema)
    with connections[alias].execute_wrapper(recording):
        yield
    with context.system_scope(), transaction.atomic(using=alias):
        scripts = SchemaScript.objects.using(alias)
        scripts.all().delete()
        scripts.create(digest=_digest(alias, follows_from), statements=recording.text())


def replay(alias: str, tenant: TenantScope, *, follows_from: str) -> bool:
    """Make an empty schema's content by the record; tell whether there is a record that fits.

    :param follows_from: the digest of the migrations
    """
    with context.system_scope():
        found = SchemaScript.objects.using(alias).filter(digest=_digest(alias, follows_from))
        script = found.values_list("statements", flat=True).first()
    if script is None or not _is_empty(alias, tenant):
        return False
    with (
        context.migrating(tenant),
        transaction.atomic(using=alias),
        connections[alias].cursor() as cursor,
    ):
        cursor.execute(script.replace(_SCHEMA, f'"{tenant.schema}"'))
    return True


def _is_empty(alias: str, tenant: TenantScope) -> bool:
    with context.system_scope(), connections[alias].cursor() as cursor:
        cursor.execute(_IS_EMPTY, [f'"{tenant.schema}"'])
        return bool(cursor.fetchone()[0])


def _digest(alias: str, migrations: str) -> str:
    """Sum up what a record follows from: the migrations, who runs them and for whom, and Django."""
    parts = (migrations, connections[alias].settings_dict["USER"], application_role())
    return hashlib.sha256("\n".join([*parts, django.__version__]).encode()).hexdigest()
