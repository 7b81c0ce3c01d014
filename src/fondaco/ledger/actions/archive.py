"""Take old partitions off the table of transfers, and let an operator export and drop them.

What is known of a partition is written down first, so that from then on every answer that would need its rows
is refused. Then PostgreSQL takes it off without locking anybody out, and it moves to the tenant's archive
schema, which the application's role cannot enter. Interrupted anywhere, the next run goes on.
"""

import gzip
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import structlog
from django.db import connections
from psycopg import sql

from fondaco.audit import actions as audit
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy.roles import application_role, owner_alias
from fondaco.kit.errors import DomainError, Kind, NotFound
from fondaco.kit.options import options
from fondaco.ledger import models
from fondaco.ledger.dating import ID_WINDOW
from fondaco.ledger.queries.partitions import Partition, list_partitions

Guard = Callable[[Partition], str | None]
"""Gives why a partition has to stay for now, or none."""

_CONTENT: Final = sql.SQL("SELECT count(*), max(at) FROM {}")
_RECORD: Final = sql.SQL("""
    INSERT INTO {}
        (name, starts_at, ends_at, opening_at, transfers, decided_at, detached_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (name) DO NOTHING
""")
_DETACH: Final = sql.SQL("ALTER TABLE {}.ledger_transfer DETACH PARTITION {} {}")
_MOVE: Final = sql.SQL("ALTER TABLE IF EXISTS {} SET SCHEMA {}")
_CHUNK: Final = 1 << 20

_guards: Final[list[Guard]] = []

log = structlog.get_logger(__name__)


class OwnerRequired(DomainError):
    """Say that only the database's owner may do this, and that his address is not set here."""

    code = "database_owner_required"
    kind = Kind.CONFLICT
    title = "Only the database's owner may do this: set DATABASE_OWNER_URL for this process."


class NotExported(DomainError):
    """Say that a partition is dropped only with the file of its export at hand."""

    code = "partition_not_exported"
    kind = Kind.CONFLICT
    title = (
        "Export the partition first, and keep the file: it is compared before anything is dropped."
    )


def guard_detaching(guard: Guard) -> Guard:
    """Ask a function before a partition is taken off; any reason that it gives keeps the partition."""
    if guard not in _guards:
        _guards.append(guard)
    return guard


def detach_partitions(*, after_days: int | None = None) -> list[str]:
    """Take off the partitions that ended so long ago, oldest first; gives their names.

    :param after_days: instead of the option; none and an option of 0 take off nothing
    :raises OwnerRequired: this process has no connection of the database's owner
    """
    days = options().ledger_detach_after_days if after_days is None else after_days
    if days == 0:
        return []
    _require_owner()
    taken = []
    for partition in list_partitions():
        opening_at = partition.ends_at + ID_WINDOW
        if opening_at + timedelta(days=days) > clock.now() or not _may_leave(partition, opening_at):
            break
        _detach(partition, opening_at)
        taken.append(partition.name)
    _archive()
    return taken


def export_partition(*, name: str, to: Path, by: Actor) -> int:
    """Write a detached partition's transfers to a file (CSV, gzip), and note its digest; gives their number.

    :raises NotExported: the file does not hold as many as were taken off
    :raises NotFound: no such partition is in the archive
    :raises OwnerRequired: this process has no connection of the database's owner
    """
    _require_owner()
    known = _get(name)
    with _owner() as cursor, gzip.open(to, "wb", compresslevel=6) as file:
        statement = sql.SQL("COPY {} TO STDOUT (FORMAT csv, HEADER)").format(_archived(name))
        with cursor.copy(statement) as copy:
            for data in copy:
                file.write(data)
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(_archived(name)))
        lines = int(cursor.fetchone()[0])
    if lines != known.transfers:
        raise NotExported(f"{name} held {known.transfers} transfers and now holds {lines}.")
    _note(name, exported_at=clock.now(), exported_sha256=_digest(to))
    audit.record(by=by, action="ledger.partition.export", subject=name, detail={"transfers": lines})
    return lines


def drop_partition(*, name: str, exported_to: Path, by: Actor) -> None:
    """Drop a detached partition whose export is at hand, unchanged; only the file brings its rows back.

    :raises NotExported: it was not exported, or the file is another
    :raises NotFound: no such partition is in the archive
    :raises OwnerRequired: this process has no connection of the database's owner
    """
    _require_owner()
    known = _get(name)
    if known.exported_sha256 is None or _digest(exported_to) != known.exported_sha256:
        raise NotExported
    with _owner() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(_archived(name)))
    _note(name, dropped_at=clock.now())
    audit.record(by=by, action="ledger.partition.drop", subject=name)


def _may_leave(partition: Partition, opening_at: datetime) -> bool:
    """Tell whether histories are whole without it, and nobody else needs it."""
    if not models.CheckpointDay.objects.filter(until__gte=opening_at).exists():
        log.warning("ledger.partition.kept", partition=partition.name, reason="no checkpoints yet")
        return False
    for guard in _guards:
        reason = guard(partition)
        if reason is not None:
            log.warning("ledger.partition.kept", partition=partition.name, reason=reason)
            return False
    return True


def _detach(partition: Partition, opening_at: datetime) -> None:
    schema = tenancy.current().schema
    table = sql.Identifier(schema, partition.name)
    with _owner() as cursor:
        if not partition.is_leaving:
            cursor.execute(_CONTENT.format(table))
            count, last = cursor.fetchone()
            if last is not None and last >= opening_at:
                raise RuntimeError(f"{partition.name} holds a transfer of {last}")
            now = clock.now()
            known = (partition.name, partition.starts_at, partition.ends_at, opening_at, count)
            records = sql.Identifier(schema, "ledger_detached")
            cursor.execute(_RECORD.format(records), (*known, now, now))
        way = sql.SQL("FINALIZE" if partition.is_leaving else "CONCURRENTLY")
        cursor.execute(_DETACH.format(sql.Identifier(schema), table, way))


def _archive() -> None:
    """Move what was taken off into the archive; what is there already stays."""
    schema = sql.Identifier(_archive_schema())
    attached = {partition.name for partition in list_partitions()}
    waiting = models.DetachedPartition.objects.filter(dropped_at=None).exclude(name__in=attached)
    names = list(waiting.values_list("name", flat=True))
    if not names:
        return
    with _owner() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
        for name in names:
            table = sql.Identifier(tenancy.current().schema, name)
            cursor.execute(_MOVE.format(table, schema))


def _get(name: str) -> models.DetachedPartition:
    known = models.DetachedPartition.objects.filter(pk=name, dropped_at=None).first()
    if known is None:
        raise NotFound(f"The archive holds no {name}.")
    return known


def _note(name: str, **marks: Any) -> None:
    rows = models.DetachedPartition.objects.using(owner_alias()).filter(pk=name)
    rows.update(**marks)


def _digest(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            total.update(data)
    return total.hexdigest()


def _archive_schema() -> str:
    return f"{tenancy.current().schema}_archive"


def _archived(name: str) -> sql.Identifier:
    return sql.Identifier(_archive_schema(), name)


def _require_owner() -> None:
    if connections[owner_alias()].settings_dict["USER"] == application_role():
        raise OwnerRequired


@contextmanager
def _owner() -> Iterator[Any]:
    """Give a cursor of the owner that sends each statement as it is: detaching refuses any transaction."""
    with tenancy.bare_statements(), connections[owner_alias()].cursor() as cursor:
        yield cursor
