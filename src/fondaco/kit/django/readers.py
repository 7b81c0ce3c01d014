"""Read events in order, without gaps, at least once.

Transactions commit in another order than they write, so a cursor over ``seq`` alone would skip what commits
late. A reader's cursor is (xid, seq), and it reads only transactions below ``pg_snapshot_xmin``: all of them
are over, so nothing can appear behind the cursor any more. A long writing transaction anywhere in the
database server therefore delays all readers, and never makes them skip.
"""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from django.db import connection, connections, transaction

from fondaco.kit import clock
from fondaco.kit.django.events import EventRow
from fondaco.kit.django.tenancy.roles import owner_alias

LIMIT: Final = 1000
"""Events that one transaction of a reader takes; what is looked up for them together is paid once."""

_DIGITS_MAX: Final = 19
"""So many digits do not always fit into 64 bits."""

_COLUMNS: Final = (
    "xid::text::bigint, seq, id, type, version, occurred_at, actor, subject, data::text"
)

_READ: Final = f"""
    SELECT {_COLUMNS} FROM kit_event
    WHERE (xid, seq) > (%s::text::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY kit_event.xid, seq LIMIT %s
"""  # noqa: S608 - the columns are ours
_READ_BETWEEN: Final = f"""
    SELECT {_COLUMNS} FROM kit_event
    WHERE (xid, seq) > (%s::text::xid8, %s) AND (xid, seq) <= (%s::text::xid8, %s)
    AND (%s::text[] IS NULL OR type = ANY(%s::text[]))
    ORDER BY kit_event.xid, seq LIMIT %s
"""  # noqa: S608 - the columns are ours
_TIP: Final = """
    SELECT xid::text::bigint AS xid, seq FROM kit_event
    WHERE kit_event.xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY kit_event.xid DESC, seq DESC LIMIT 1
"""
_POSITION_OF: Final = "SELECT xid::text::bigint, seq FROM kit_event WHERE id = %s"
_HORIZON: Final = "SELECT xid, seq FROM kit_event_horizon"
_BEGIN: Final = """
    INSERT INTO kit_event_reader (name, xid, seq, moved_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (name) DO NOTHING
"""
_CURSOR: Final = "SELECT xid, seq FROM kit_event_reader WHERE name = %s"
_ALL_CURSORS: Final = "SELECT name, xid, seq FROM kit_event_reader"
_CLAIM: Final = f"""
    SELECT reader.xid, reader.seq, horizon.xid, horizon.seq, tip.xid, tip.seq
    FROM kit_event_reader AS reader
    LEFT JOIN kit_event_horizon AS horizon ON true
    LEFT JOIN ({_TIP}) AS tip ON true
    WHERE reader.name = %s FOR UPDATE OF reader SKIP LOCKED
"""  # noqa: S608 - the text is ours
_TYPES: Final = """
    SELECT count(*), coalesce(array_agg(DISTINCT type), '{}') FROM (
        SELECT type FROM kit_event
        WHERE (xid, seq) > (%s::text::xid8, %s) AND (xid, seq) <= (%s::text::xid8, %s)
        ORDER BY kit_event.xid, seq LIMIT %s
    ) AS next
"""
_GO_ON: Final = """
    UPDATE kit_event_reader AS reader SET xid = %s, seq = %s, moved_at = %s
    WHERE name = ANY(%s) AND (xid, seq) < (%s, %s) AND NOT EXISTS (
        SELECT FROM kit_event_horizon AS horizon WHERE (horizon.xid, horizon.seq) > (reader.xid, reader.seq)
    )
    RETURNING name
"""
_MOVE: Final = """
    UPDATE kit_event_reader SET xid = %s, seq = %s, moved_at = %s
    WHERE name = %s AND (xid, seq) < (%s, %s)
"""
_REBASE: Final = """
    CREATE TEMPORARY TABLE kit_event_order ON COMMIT DROP AS
        SELECT id, xid::text::bigint AS xid, seq, row_number() OVER (ORDER BY kit_event.xid, seq) AS place
        FROM kit_event;
    UPDATE kit_event_reader AS reader SET xid = 1, seq = (
        SELECT count(*) FROM kit_event_order AS event WHERE (event.xid, event.seq) <= (reader.xid, reader.seq)
    );
    UPDATE kit_event SET xid = '1', seq = place FROM kit_event_order WHERE kit_event.id = kit_event_order.id;
    UPDATE kit_event_horizon SET xid = 0, seq = 0;
    SELECT setval('kit_event_seq', (SELECT count(*) + 1 FROM kit_event_order));
"""


class BehindRetention(RuntimeError):
    """Say that events which the reader has not read were dropped; it must decide to go on without them."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Name a place between events: all up to and including this one are read."""

    xid: int
    seq: int


START: Final = Position(0, 0)


@dataclass(frozen=True, slots=True)
class Stored:
    """Hold an event with its place."""

    position: Position
    event: EventRow


class Reader:
    """Keep one named cursor over the current tenant's events.

    A new reader begins at the oldest event that retention has left. ``consume`` is for effects in this
    database: they commit with the cursor. ``read`` and ``advance`` are for effects outside, which may
    therefore happen twice.
    """

    def __init__(self, name: str) -> None:
        """Take the name, which is never changed: the cursor is stored under it."""
        self.name = name

    def position(self) -> Position:
        """Give the stored cursor; a new reader gets one at the oldest event.

        :raises BehindRetention: events behind the cursor were dropped
        """
        with connection.cursor() as cursor:
            cursor.execute(_CURSOR, [self.name])
            found = cursor.fetchone()
        if found is None:
            self._begin()
            return self.position()
        return self._checked(Position(*found), _horizon())

    def read(self, limit: int = LIMIT) -> Sequence[Stored]:
        """Give the next events that nobody can slip behind any more; the cursor stays.

        :raises BehindRetention: events behind the cursor were dropped
        """
        return read_after(self.position(), limit=limit)

    def advance(self, to: Position) -> None:
        """Move the cursor forward; a place that it has passed is ignored."""
        with connection.cursor() as cursor:
            cursor.execute(_MOVE, [to.xid, to.seq, clock.now(), self.name, to.xid, to.seq])

    def consume(
        self,
        react: Callable[[EventRow], None],
        *,
        types: Collection[str] | None = None,
        limit: int = LIMIT,
    ) -> int:
        """React to the next events one by one; all else is as with `consume_together`.

        :raises BehindRetention: events behind the cursor were dropped
        """

        def react_to_each(events: Sequence[EventRow]) -> None:
            for event in events:
                react(event)

        return self.consume_together(react_to_each, types=types, limit=limit)

    def consume_together(
        self,
        react: Callable[[Sequence[EventRow]], None],
        *,
        types: Collection[str] | None = None,
        limit: int = LIMIT,
    ) -> int:
        """React to the next events and move the cursor in one transaction; gives how many were reacted to.

        Only one process reads for a name at a time: while another does, nothing is read. Events of other
        types than those named are passed by.

        :raises BehindRetention: events behind the cursor were dropped
        """
        done = self._consume(react, types, limit)
        if done is None and self._begin():
            done = self._consume(react, types, limit)
        return done or 0

    def skip_dropped(self) -> Self:
        """Go on at the oldest event that retention has left."""
        self.advance(_horizon())
        return self

    def _consume(
        self,
        react: Callable[[Sequence[EventRow]], None],
        types: Collection[str] | None,
        limit: int,
    ) -> int | None:
        """Take the next events in one transaction; none: there is no cursor, or somebody else holds it."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_CLAIM, [self.name])
            claimed = cursor.fetchone()
            if claimed is None:
                return None
            place, horizon, upper = (
                Position(claimed[at] or 0, claimed[at + 1] or 0) for at in (0, 2, 4)
            )
            if self._checked(place, horizon) >= upper:
                return 0
            batch = _read_between(place, upper, types, limit)
            if batch:
                react([stored.event for stored in batch])
            self.advance(upper if len(batch) < limit else batch[-1].position)
        return len(batch)

    def _begin(self) -> bool:
        """Put a new reader's cursor at the oldest event; tell whether there was none."""
        oldest = _horizon()
        with connection.cursor() as cursor:
            cursor.execute(_BEGIN, [self.name, oldest.xid, oldest.seq, clock.now()])
            return bool(cursor.rowcount)

    def _checked(self, position: Position, horizon: Position) -> Position:
        if position < horizon:
            raise BehindRetention(
                f"reader {self.name} lost events to retention; skip_dropped() goes on"
            )
        return position


_LAG: Final = """
    SELECT coalesce(max(extract(epoch FROM now() - oldest.recorded_at)), 0)
    FROM kit_event_reader AS reader
    JOIN LATERAL (
        SELECT recorded_at FROM kit_event
        WHERE (kit_event.xid, kit_event.seq) > (reader.xid::text::xid8, reader.seq)
        ORDER BY kit_event.xid, kit_event.seq LIMIT 1
    ) AS oldest ON true
"""


def read_after(position: Position, *, limit: int = LIMIT) -> Sequence[Stored]:
    """Give the events after a place, in order, that nobody can slip behind any more."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [str(position.xid), position.seq, limit])
        return [_stored(found) for found in cursor.fetchall()]


def _read_between(
    position: Position, upper: Position, types: Collection[str] | None, limit: int
) -> Sequence[Stored]:
    names = None if types is None else sorted(types)
    bounds: list[Any] = [str(position.xid), position.seq, str(upper.xid), upper.seq]
    with connection.cursor() as cursor:
        cursor.execute(_READ_BETWEEN, [*bounds, names, names, limit])
        return [_stored(found) for found in cursor.fetchall()]


def tip() -> Position:
    """Give the place of the newest event that readers may see."""
    return _one(_TIP) or START


def find_position(event_id: Any) -> Position | None:
    """Give the place of an event, for a client that goes on after the last one it saw."""
    return _one(_POSITION_OF, event_id)


def is_forgotten(position: Position) -> bool:
    """Tell whether events after a place were dropped by retention."""
    return position < _horizon()


def write_place(position: Position) -> str:
    """Write a place for clients, who pass it back and read nothing into it."""
    return f"{position.xid}-{position.seq}"


def read_place(text: str) -> Position | None:
    """Read a place that a client passes back; none where it is no place."""
    xid, _, seq = text.partition("-")
    if all(part.isascii() and part.isdigit() and len(part) < _DIGITS_MAX for part in (xid, seq)):
        return Position(int(xid), int(seq))
    return None


def positions() -> dict[str, Position]:
    """Give how far each reader has come."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL_CURSORS)
        return {name: Position(xid, seq) for name, xid, seq in cursor.fetchall()}


def find_types(after: Position, upto: Position, *, limit: int) -> frozenset[str] | None:
    """Give the types of the events between two places, the second included; none: over ``limit`` events."""
    with connection.cursor() as cursor:
        bounds: list[Any] = [str(after.xid), after.seq, str(upto.xid), upto.seq]
        cursor.execute(_TYPES, [*bounds, limit + 1])
        count, types = cursor.fetchone()
    return frozenset(types) if count <= limit else None


def pass_by(names: Collection[str], *, to: Position) -> frozenset[str]:
    """Move readers forward for which nothing has come; gives those that moved.

    Those that lost events to retention stay, to be told so when they read.
    """
    with connection.cursor() as cursor:
        cursor.execute(_GO_ON, [to.xid, to.seq, clock.now(), list(names), to.xid, to.seq])
        return frozenset(name for (name,) in cursor.fetchall())


def lag_s() -> int:
    """Give the age of the oldest event that some reader has not read, in seconds; zero: all is read."""
    with connection.cursor() as cursor:
        cursor.execute(_LAG)
        (seconds,) = cursor.fetchone()
    return int(seconds)


def _horizon() -> Position:
    return _one(_HORIZON) or START


def _one(statement: str, *params: Any) -> Position | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        found = cursor.fetchone()
    return Position(*found) if found else None


def _stored(found: Iterable[Any]) -> Stored:
    xid, seq, identifier, type_, version, occurred_at, actor, subject, data = found
    event = EventRow(identifier, type_, version, occurred_at, actor, subject, json.loads(data))
    return Stored(Position(xid, seq), event)


def rebase() -> None:
    """Make the events of a restored backup readable: their transactions' numbers are another cluster's.

    Run by the owner before anything else writes. Events keep the order in which readers went; each reader
    goes on at the first event that it had not read.
    """
    with transaction.atomic(using=owner_alias()), connections[owner_alias()].cursor() as cursor:
        cursor.execute(_REBASE)
