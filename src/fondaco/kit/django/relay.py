"""Carry events to those who listen, and wake the processes that serve sockets.

One relay works in a deployment: it holds a session lock, and the next worker takes over when it is gone. It
asks all tenants' sequences with one query, reads only where something was written, and sends one NOTIFY
``fondaco_events`` with ``tenant:seq`` for each batch — so that no transaction with money ever sends one.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import psycopg
from django.db import connection

from fondaco.kit.django import jobs, readers
from fondaco.kit.django.events import EventRow
from fondaco.kit.django.readers import START, BehindRetention, Position, Reader
from fondaco.kit.django.tenancy import context, directory
from fondaco.kit.django.tenancy.context import TenantScope

CHANNEL: Final = "fondaco_events"

SWEEP_S: Final = 5.0
"""Every tenant is looked at this often, whatever its sequence says."""
PAUSE_LONGEST_S: Final = 60.0
"""The longest pause before a failing listener is tried again; pauses double up to it."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listener:
    """Hold what reacts to events of some types, and the reader's name under which its cursor is stored."""

    name: str
    types: frozenset[str]
    react: Callable[[EventRow], None]


_listeners: dict[str, Listener] = {}


def on(event_type: str, react: Callable[[EventRow], None], *, name: str = "") -> None:
    """Have a function called with each event of a type, at least once, in the tenant's scope.

    It runs in the transaction that moves its cursor: what it writes here happens exactly once. Called for
    several types, the function keeps one cursor. The name is stored: give one before moving a function.

    :raises ValueError: the name belongs to another function
    """
    known_as = name or jobs.wire_name(react)
    known = _listeners.get(known_as)
    if known is not None and known.react is not react:
        raise ValueError(f"listener {known_as} exists")
    types = known.types | {event_type} if known else frozenset({event_type})
    _listeners[known_as] = Listener(known_as, types, react)


def listeners() -> Sequence[Listener]:
    """Give all listeners in order of their names."""
    return [_listeners[name] for name in sorted(_listeners)]


@dataclass(slots=True)
class _Watch:
    """Remember what was seen of one tenant."""

    last_value: int = -1
    settles_at: int | None = None
    """Transactions below this number may still commit an event whose sequence number was seen."""
    looked_at: float = 0.0
    notified: Position = START


@dataclass(slots=True)
class _Failure:
    """Remember a listener that raised."""

    count: int = 0
    again_at: float = 0.0


@dataclass(slots=True)
class Relay:
    """Deliver what happened since the last pass; state is only what saves queries."""

    notify: Callable[[str], None]
    """Called with ``tenant:seq``; the process that holds the lock sends it as NOTIFY."""
    _tenants: Sequence[TenantScope] = ()
    _listed_at: float = -directory.LIFETIME_S
    _watches: dict[str, _Watch] = field(default_factory=dict)
    _failures: dict[tuple[str, str], _Failure] = field(default_factory=dict)

    def run_once(self) -> int:
        """Look at all tenants once; gives how many events listeners got."""
        if time.monotonic() - self._listed_at >= directory.LIFETIME_S:
            self._tenants, self._listed_at = directory.list_scopes(), time.monotonic()
        return sum(self._deliver(tenant) for tenant in self._stirred(self._tenants))

    def _stirred(self, tenants: Sequence[TenantScope]) -> list[TenantScope]:
        """Give the tenants in which events may wait."""
        if not tenants:
            return []
        values, lowest, highest = _sequences(tenants)
        return [
            tenant
            for tenant in tenants
            if self._has_stirred(tenant.name, values[tenant.name], lowest=lowest, highest=highest)
        ]

    def _has_stirred(self, name: str, value: int, *, lowest: int, highest: int) -> bool:
        watch = self._watches.setdefault(name, _Watch())
        now = time.monotonic()
        if value != watch.last_value:
            watch.last_value, watch.settles_at = value, highest
        unsettled = watch.settles_at is not None
        if watch.settles_at is not None and lowest >= watch.settles_at:
            watch.settles_at = None
        due = unsettled or now - watch.looked_at >= SWEEP_S
        watch.looked_at = now if due else watch.looked_at
        return due

    def _deliver(self, tenant: TenantScope) -> int:
        with context.enter(tenant):
            newest = readers.tip()
            watch = self._watches[tenant.name]
            if newest > watch.notified:
                self.notify(f"{tenant.name}:{newest.seq}")
                watch.notified = newest
            known = readers.positions()
            behind = [one for one in listeners() if known.get(one.name, START) < newest]
            return sum(self._feed(tenant, listener) for listener in behind)

    def _feed(self, tenant: TenantScope, listener: Listener) -> int:
        failure = self._failures.get((tenant.name, listener.name), _Failure())
        if failure.again_at > time.monotonic():
            return 0
        try:
            done = _consume_all(listener)
        except BehindRetention:
            logger.exception("listener lost events to retention", extra={"listener": listener.name})
            Reader(listener.name).skip_dropped()
            return 0
        except Exception:  # whatever a listener raises must not stop the others
            failure.count += 1
            failure.again_at = time.monotonic() + min(2.0**failure.count, PAUSE_LONGEST_S)
            self._failures[tenant.name, listener.name] = failure
            logger.exception(
                "listener failed", extra={"listener": listener.name, "tries": failure.count}
            )
            return 0
        self._failures.pop((tenant.name, listener.name), None)
        return done


def _consume_all(listener: Listener) -> int:
    """Feed a listener whole batches; where one fails, event by event up to the one that fails."""
    reader, done = Reader(listener.name), 0
    try:
        while (count := reader.consume(listener.react, types=listener.types)) > 0:
            done += count
    except BehindRetention:
        raise
    except Exception:  # noqa: BLE001 - the single steps below raise it again
        while (count := reader.consume(listener.react, types=listener.types, limit=1)) > 0:
            done += count
    return done


def _sequences(tenants: Sequence[TenantScope]) -> tuple[dict[str, int], int, int]:
    """Give each tenant's last sequence number, and the snapshot's lowest and highest open transaction."""
    parts = " UNION ALL ".join(
        f"SELECT '{tenant.name}', last_value FROM \"{tenant.schema}\".kit_event_seq"  # noqa: S608 - names are checked to be plain
        for tenant in tenants
    )
    snapshot = (
        "SELECT pg_snapshot_xmin(now_), pg_snapshot_xmax(now_) FROM pg_current_snapshot() AS now_"
    )
    with context.system_scope(), connection.cursor() as cursor:
        cursor.execute(parts)
        values = dict(cursor.fetchall())
        cursor.execute(snapshot)
        lowest, highest = cursor.fetchone()
    return values, int(lowest), int(highest)


class NotLeader(RuntimeError):
    """Say that another process holds the relay's lock."""


class Leadership:
    """Hold the session lock that makes one process of the deployment the relay's."""

    _NUMBER: Final = 0x72656C6179
    """The lock's number; the bytes spell "relay"."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        """Keep what to connect with; the connection must be direct."""
        self._parameters = parameters
        self._connection: psycopg.Connection[Any] | None = None

    def __enter__(self) -> Self:
        """Open the connection and take the lock.

        :raises NotLeader: another process holds it
        """
        self._connection = psycopg.connect(**self._parameters, autocommit=True)
        taken = self._connection.execute(
            "SELECT pg_try_advisory_lock(%s)", [self._NUMBER]
        ).fetchone()
        if not taken or not taken[0]:
            self.__exit__()
            raise NotLeader
        return self

    def __exit__(self, *_reason: object) -> None:
        """Close the connection, which frees the lock."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def notify(self, payload: str) -> None:
        """Wake those who listen; fails when the lock is lost with its connection."""
        self._open().execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])

    def check(self) -> None:
        """Raise ``OperationalError`` when the lock is lost with its connection."""
        self._open().execute("")

    def _open(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            raise NotLeader
        return self._connection
