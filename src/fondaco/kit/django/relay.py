"""Carry events to those who listen, and wake the processes that serve sockets.

One herald and one relay work in a deployment: their process holds a session lock, and the next worker takes
over when it is gone. Both ask all tenants' sequences with one query and look closer only where something was
written. The herald sends one NOTIFY ``fondaco_events`` with ``tenant:seq`` for all that came since its last
look, so that no transaction with money ever sends one, and waits for no listener. The relay feeds listeners.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
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

_TURN: Final = 4
"""Batches that a listener gets before it is the next one's turn."""
_PEEK: Final = 5000
"""Among so many events types are looked at, so that listeners that want none are passed by together."""

_BOUNDS: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot()), pg_current_xact_id()"
"""A snapshot's own upper bound lies below open transactions that are younger than the last one that ended."""

logger = logging.getLogger(__name__)


React = Callable[[EventRow], None]
ReactTogether = Callable[[Sequence[EventRow]], None]


@dataclass(frozen=True, slots=True)
class Listener:
    """Hold what reacts to events of some types, and the reader's name under which its cursor is stored."""

    name: str
    types: frozenset[str]
    react: React | ReactTogether
    """What was registered: takes one event, or many where they are taken together."""
    take: ReactTogether


_listeners: dict[str, Listener] = {}


def on(event_type: str, react: React, *, name: str = "") -> None:
    """Have a function called with each event of a type, at least once, in the tenant's scope.

    It runs in the transaction that moves its cursor: what it writes here happens exactly once. Called for
    several types, the function keeps one cursor. The name is stored: give one before moving a function.

    :raises ValueError: the name belongs to another function
    """

    def take(events: Sequence[EventRow]) -> None:
        for event in events:
            react(event)

    _register(name or jobs.wire_name(react), frozenset({event_type}), react, take)


def on_batch(event_types: Iterable[str], react: ReactTogether, *, name: str = "") -> None:
    """Have a function called with many events at once, in their order; all else is as with `on`.

    Where a batch fails, its events come again one by one, up to the one that fails.

    :raises ValueError: the name belongs to another function
    """
    _register(name or jobs.wire_name(react), frozenset(event_types), react, react)


def _register(
    name: str, types: frozenset[str], react: React | ReactTogether, take: ReactTogether
) -> None:
    known = _listeners.get(name)
    if known is not None and known.react is not react:
        raise ValueError(f"listener {name} exists")
    _listeners[name] = Listener(name, types | known.types if known else types, react, take)


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


@dataclass(slots=True)
class _Failure:
    """Remember a listener that raised."""

    count: int = 0
    again_at: float = 0.0


@dataclass(frozen=True, slots=True)
class _Fed:
    """Tell what a listener got in its turn."""

    events: int = 0
    is_cut: bool = False
    """Whether the turn was over before the events were."""


@dataclass(slots=True)
class _Lookout:
    """Tell in which tenants events may wait; its state is only what saves queries."""

    _tenants: Sequence[TenantScope] = ()
    _listed_at: float = -directory.LIFETIME_S
    _watches: dict[str, _Watch] = field(default_factory=dict)

    def stirred(self) -> list[TenantScope]:
        """Give the tenants in which events may wait."""
        if time.monotonic() - self._listed_at >= directory.LIFETIME_S:
            self._tenants, self._listed_at = directory.list_scopes(), time.monotonic()
        if not self._tenants:
            return []
        values = _last_values(self._tenants)
        bounds = _bounds() if self._are_unsettled(values) else (0, 0)
        return [one for one in self._tenants if self._has_stirred(one.name, values, *bounds)]

    def look_again(self, name: str) -> None:
        """Have a tenant looked at in the next pass, whatever its sequence says."""
        self._watch(name).looked_at = -SWEEP_S

    def _are_unsettled(self, values: Mapping[str, int]) -> bool:
        """Tell whether anything was written since, or may still be under way."""
        watches = [(self._watch(name), value) for name, value in values.items()]
        return any(
            value != watch.last_value or watch.settles_at is not None for watch, value in watches
        )

    def _has_stirred(
        self, name: str, values: Mapping[str, int], lowest: int, youngest: int
    ) -> bool:
        watch = self._watch(name)
        now = time.monotonic()
        if values[name] != watch.last_value:
            watch.last_value, watch.settles_at = values[name], youngest
        unsettled = watch.settles_at is not None
        if watch.settles_at is not None and lowest >= watch.settles_at:
            watch.settles_at = None
        due = unsettled or now - watch.looked_at >= SWEEP_S
        watch.looked_at = now if due else watch.looked_at
        return due

    def _watch(self, name: str) -> _Watch:
        return self._watches.setdefault(name, _Watch())


@dataclass(slots=True)
class Herald:
    """Tell other processes that there are events."""

    notify: Callable[[str], None]
    """Called with ``tenant:seq``; the process that holds the lock sends it as NOTIFY."""
    _lookout: _Lookout = field(default_factory=_Lookout)
    _told: dict[str, Position] = field(default_factory=dict)

    def run_once(self) -> bool:
        """Look at all tenants once; tell whether there was anything to tell."""
        told = [self._tell(tenant) for tenant in self._lookout.stirred()]
        return any(told)

    def _tell(self, tenant: TenantScope) -> bool:
        with context.enter(tenant):
            newest = readers.tip()
        if newest <= self._told.get(tenant.name, START):
            return False
        self.notify(f"{tenant.name}:{newest.seq}")
        self._told[tenant.name] = newest
        return True


@dataclass(slots=True)
class Relay:
    """Feed listeners with what happened since the last pass.

    In a pass each listener gets a few batches, so that one which falls behind holds up no other, nor another
    tenant's.
    """

    is_behind: bool = False
    """Whether the last pass left events over that could be read."""
    _lookout: _Lookout = field(default_factory=_Lookout)
    _failures: dict[tuple[str, str], _Failure] = field(default_factory=dict)

    def run_once(self) -> int:
        """Look at all tenants once; gives how many events listeners got."""
        self.is_behind = False
        return sum(self._deliver(tenant) for tenant in self._lookout.stirred())

    def _deliver(self, tenant: TenantScope) -> int:
        with context.enter(tenant):
            newest, known = readers.tip(), readers.positions()
            behind = [
                one
                for one in listeners()
                if known.get(one.name, START) < newest and not self._is_paused(tenant, one)
            ]
            waiting = _wanting(behind, known, newest)
            fed = [self._feed(tenant, listener) for listener in waiting]
        if any(one.is_cut for one in fed):
            self._lookout.look_again(tenant.name)
            self.is_behind = True
        return sum(one.events for one in fed)

    def _is_paused(self, tenant: TenantScope, listener: Listener) -> bool:
        failure = self._failures.get((tenant.name, listener.name))
        return failure is not None and failure.again_at > time.monotonic()

    def _feed(self, tenant: TenantScope, listener: Listener) -> "_Fed":
        failure = self._failures.get((tenant.name, listener.name), _Failure())
        try:
            fed = _consume_turn(listener)
        except BehindRetention:
            logger.exception("listener lost events to retention", extra={"listener": listener.name})
            Reader(listener.name).skip_dropped()
            return _Fed()
        except Exception:  # whatever a listener raises must not stop the others
            failure.count += 1
            failure.again_at = time.monotonic() + min(2.0**failure.count, PAUSE_LONGEST_S)
            self._failures[tenant.name, listener.name] = failure
            logger.exception(
                "listener failed", extra={"listener": listener.name, "tries": failure.count}
            )
            return _Fed()
        self._failures.pop((tenant.name, listener.name), None)
        return fed


def _wanting(
    behind: Sequence[Listener], known: Mapping[str, Position], newest: Position
) -> Sequence[Listener]:
    """Give those for whom something may have come, and have the others go on together."""
    if not behind:
        return behind
    first = min(known.get(one.name, START) for one in behind)
    types = readers.find_types(first, newest, limit=_PEEK)
    if types is None:
        return behind
    idle = [one.name for one in behind if not one.types & types]
    passed = readers.pass_by(idle, to=newest) if idle else frozenset()
    return [one for one in behind if one.name not in passed]


def _consume_turn(listener: Listener) -> _Fed:
    """Feed a listener a few whole batches; where one fails, event by event up to the one that fails."""
    reader, done = Reader(listener.name), 0
    try:
        for _ in range(_TURN):
            count = reader.consume_together(
                listener.take, types=listener.types, limit=readers.LIMIT
            )
            done += count
            if count < readers.LIMIT:
                return _Fed(done)
    except BehindRetention:
        raise
    except Exception:  # noqa: BLE001 - the single steps below raise it again
        for _ in range(readers.LIMIT):
            count = reader.consume_together(listener.take, types=listener.types, limit=1)
            done += count
            if not count:
                return _Fed(done)
    return _Fed(done, is_cut=True)


def _last_values(tenants: Sequence[TenantScope]) -> dict[str, int]:
    """Give each tenant's last sequence number."""
    parts = " UNION ALL ".join(
        f"SELECT '{tenant.name}', last_value FROM \"{tenant.schema}\".kit_event_seq"  # noqa: S608 - names are checked to be plain
        for tenant in tenants
    )
    with context.system_scope(), connection.cursor() as cursor:
        cursor.execute(parts)
        return dict(cursor.fetchall())


def _bounds() -> tuple[int, int]:
    """Give the lowest open transaction, and one that is younger than all that are open.

    Asked after the sequences, never with them: whoever took a number that was seen must be older.
    """
    with context.system_scope(), connection.cursor() as cursor:
        cursor.execute(_BOUNDS)
        lowest, youngest = cursor.fetchone()
    return int(lowest), int(youngest)


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
