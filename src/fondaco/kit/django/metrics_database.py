"""What is read at the moment of asking: queues, readers of events, deliveries, connections, WAL, disk.

Nothing of it is counted by a process, so it is right however many there are. An answer is kept for some
seconds, so that being asked often costs the database nothing.
"""

import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog
from django.db import Error, connection
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import directory
from fondaco.kit.options import options

KEEP_S: Final = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """Name one statement and what its columns are: first the labels, then one value for each metric."""

    statement: str
    labels: tuple[str, ...]
    metrics: tuple[tuple[str, str], ...]
    """Name and meaning; a name that ends in ``_total`` is a counter."""


SHARED: Final = (
    Reading(
        """
        SELECT queue_name, count(*) FILTER (WHERE status = 'todo'),
               count(*) FILTER (WHERE status = 'doing'), count(*) FILTER (WHERE status = 'failed')
        FROM public.procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed')
        GROUP BY queue_name
        """,
        ("queue",),
        (
            ("fondaco_jobs_waiting", "Jobs that wait, those for later among them."),
            ("fondaco_jobs_running", "Jobs that a worker holds."),
            (
                "fondaco_jobs_failed",
                "Jobs that used up their tries; an operator must look at them.",
            ),
        ),
    ),
    Reading(
        """
        SELECT oldest.queue_name, extract(epoch FROM now() - coalesce(oldest.scheduled_at, (
            SELECT min(event.at) FROM public.procrastinate_events AS event
            WHERE event.job_id = oldest.id), now()))
        FROM (
            SELECT DISTINCT ON (queue_name) queue_name, id, scheduled_at
            FROM public.procrastinate_jobs
            WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())
            ORDER BY queue_name, id
        ) AS oldest
        """,
        ("queue",),
        (
            (
                "fondaco_job_lag_seconds",
                "How long the first job in the queue that is due has waited.",
            ),
        ),
    ),
    Reading(
        """
        SELECT coalesce(state, 'background'), count(*) FROM pg_stat_activity
        WHERE datname = current_database() GROUP BY 1
        """,
        ("state",),
        (("fondaco_database_connections", "Connections to this database."),),
    ),
    Reading(
        "SELECT current_setting('max_connections')::int, pg_database_size(current_database())",
        (),
        (
            ("fondaco_database_connections_max", "Connections that the server allows."),
            ("fondaco_database_bytes", "Size of the database on disk."),
        ),
    ),
    Reading(
        """
        SELECT pg_wal_lsn_diff(
            CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                 ELSE pg_current_wal_lsn() END, '0/0')
        """,
        (),
        (("fondaco_wal_bytes_total", "Write-ahead log written since the cluster was made."),),
    ),
    Reading(
        """
        SELECT slot_name, coalesce(pg_wal_lsn_diff(
            CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                 ELSE pg_current_wal_lsn() END, restart_lsn), 0)
        FROM pg_replication_slots
        """,
        ("slot",),
        (("fondaco_wal_retained_bytes", "Write-ahead log that a replication slot holds back."),),
    ),
)
"""Read once, with the shared tables alone in sight."""

OF_TENANT: Final = (
    Reading(
        """
        SELECT reader.name, coalesce(extract(epoch FROM now() - oldest.recorded_at), 0)
        FROM kit_event_reader AS reader
        LEFT JOIN LATERAL (
            SELECT recorded_at FROM kit_event
            WHERE (kit_event.xid, kit_event.seq) > (reader.xid::text::xid8, reader.seq)
            ORDER BY kit_event.xid, kit_event.seq LIMIT 1
        ) AS oldest ON true
        """,
        ("reader",),
        (("fondaco_event_lag_seconds", "Age of the oldest event that a reader has not read."),),
    ),
    Reading(
        """
        SELECT channel, count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)
        FROM kit_delivery WHERE closed_at IS NULL GROUP BY channel
        """,
        ("channel",),
        (
            ("fondaco_deliveries_waiting", "Messages that are not sent yet."),
            ("fondaco_delivery_lag_seconds", "Age of the oldest message that is not sent yet."),
        ),
    ),
    Reading(
        "SELECT count(*) FROM kit_maintenance",
        (),
        (("fondaco_maintenance", "1 while the tenant is in maintenance."),),
    ),
)
"""Read for each tenant; the tenant is the first label."""

_of_domains: Final[list[Reading]] = []


def read_also(reading: Reading) -> None:
    """Read something of a domain's own for each tenant; a domain says so when the platform starts."""
    if reading not in _of_domains:
        _of_domains.append(reading)


def of_tenant() -> tuple[Reading, ...]:
    """Give all that is read for each tenant."""
    return (*OF_TENANT, *_of_domains)


class DatabaseCollector(Collector):
    """Run the readings when Prometheus asks, at most once in ``KEEP_S`` seconds."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._lock = threading.Lock()
        self._kept: list[Metric] = []
        self._until = 0.0

    def describe(self) -> Iterable[Metric]:
        """Promise nothing on registration, so that the database is not asked then."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Give what was read, now or a moment ago."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._kept = list(_read())
                self._until = time.monotonic() + KEEP_S
            kept = self._kept
        yield from kept


def free_bytes(folder: Path) -> int:
    """Give the free space where a folder is, or will be made."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def names() -> frozenset[str]:
    """Give the names of all metrics that are read here."""
    read = {name for reading in (*SHARED, *of_tenant()) for name, _ in reading.metrics}
    return frozenset(read | set(_ALONE))


_ALONE: Final[Mapping[str, str]] = {
    "fondaco_database_up": "1 when the database answered.",
    "fondaco_disk_free_bytes": "Free space where the platform keeps its data.",
    "fondaco_disk_free_bytes_min": "Readiness fails below this.",
}


def _read() -> Iterator[Metric]:
    chosen = options()
    yield _alone("fondaco_disk_free_bytes", free_bytes(Path(chosen.data_dir)))
    yield _alone("fondaco_disk_free_bytes_min", chosen.disk_free_min_mb * 1_000_000)
    try:
        found = list(_query())
    except Error as error:
        log.warning("metrics.database_failed", reason=type(error).__name__)
        yield _alone("fondaco_database_up", 0)
        return
    yield _alone("fondaco_database_up", 1)
    yield from found


def _query() -> Iterator[Metric]:
    families: dict[str, Metric] = {}
    with tenancy.system_scope():
        for reading in SHARED:
            _add(families, reading, prefix={})
    for tenant in directory.list_scopes():
        with tenancy.scope(tenant):
            for reading in of_tenant():
                _add(families, reading, prefix={"tenant": tenant.name})
    yield from families.values()


def _add(families: dict[str, Metric], reading: Reading, *, prefix: Mapping[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(reading.statement)
        rows = cursor.fetchall()
    names_of_labels = (*prefix, *reading.labels)
    for position, (name, meaning) in enumerate(reading.metrics, start=len(reading.labels)):
        family = families.get(name) or families.setdefault(
            name, _family(name, meaning, names_of_labels)
        )
        for row in rows:
            labels = dict(zip(names_of_labels, (*prefix.values(), *map(str, row)), strict=False))
            family.add_sample(name, labels, float(row[position]))


def _family(name: str, meaning: str, labels: tuple[str, ...]) -> Metric:
    make: Callable[..., Any] = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
    family: Metric = make(name, meaning, labels=labels)
    return family


def _alone(name: str, value: float) -> Metric:
    family = _family(name, _ALONE[name], ())
    family.add_sample(name, {}, float(value))
    return family
