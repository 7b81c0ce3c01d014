"""What happened, declared by the domains and written in the transaction of the change (outbox).

A domain declares its events as frozen dataclasses::

    @event("wallets.charge.posted", version=1)
    @dataclass(frozen=True, kw_only=True)
    class ChargePosted(DomainEvent):
        charge_id: Annotated[UUID, Wire("chg")]
        amount: Money

        @property
        def subject(self) -> str:
            return ids.encode("chg", self.charge_id)
"""

import dataclasses
import json
import re
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Protocol,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)
from uuid import UUID

from django.db import connection

from fondaco.kit import clock, ids
from fondaco.kit.access import Actor
from fondaco.kit.django.arrays import plain_array, text_array
from fondaco.money import Asset, Money

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+", re.ASCII)

_INSERT: Final = """
    INSERT INTO kit_event (id, type, version, occurred_at, actor, subject, data)
    SELECT id, type, version, occurred_at, actor, subject, data::jsonb
    FROM unnest(
        %s::uuid[], %s::text[], %s::smallint[], %s::timestamptz[], %s::text[], %s::text[], %s::text[]
    ) WITH ORDINALITY AS event (id, type, version, occurred_at, actor, subject, data, position)
    ORDER BY position
"""


_to_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


HOUSE: Final = ()
"""Concerns no customer: the house alone reads it."""


class InvalidEvent(TypeError):
    """Say that an event is declared so that it cannot be written; a mistake in our code."""


@dataclass(frozen=True, slots=True)
class Wire:
    """Name the prefix with which a UUID of an event goes over the wire."""

    prefix: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """Hold an event as it is stored and delivered."""

    id: UUID
    type: str
    version: int
    occurred_at: datetime
    actor: str
    """Who did it, as ``kind:id``."""
    subject: str
    """The wire identifier of the thing that it happened to."""
    data: dict[str, Any]
    """JSON values only."""


class DomainEvent:
    """Stand at the root of all events; subclasses are frozen dataclasses under ``@event``."""

    event_type: ClassVar[str]
    event_version: ClassVar[int]
    event_concerns: ClassVar[tuple[str, ...] | None]
    """The fields that name whose event it is: customers, or things that belong to one; none: not declared."""

    @property
    def subject(self) -> str:
        """Give the wire identifier of the thing that it happened to."""
        raise NotImplementedError


class Cursor(Protocol):
    """What both Django's and psycopg's cursors can do."""

    def execute(self, query: Any, params: Any = None) -> Any:
        """Execute one statement."""


Declared = TypeVar("Declared", bound=type[DomainEvent])
_Shape = Mapping[str, str | None]

_registry: dict[str, type[DomainEvent]] = {}
_shapes: dict[type[DomainEvent], _Shape] = {}
"""For each event its fields with the prefix of those that are identifiers."""


def event(
    name: str, *, version: int, concerns: tuple[str, ...] | None = None
) -> Callable[[Declared], Declared]:
    """Declare an event's wire name, the version of its shape and whose it is.

    :param concerns: the fields that name the customers who may read it, by their own identifiers or by those
        of their wallets; ``HOUSE`` for none. What is not declared is shown to nobody, and fails a test.
    :raises InvalidEvent: the name is taken or malformed, the class is no frozen dataclass, or a field has a
        type that has no form on the wire
    """
    if not _NAME.fullmatch(name):
        raise InvalidEvent(f"{name!r} is no event name: domain.thing.past_tense in small letters")

    def declare(declared: Declared) -> Declared:
        known = _registry.get(name)
        if known is not None and known.__qualname__ != declared.__qualname__:
            raise InvalidEvent(f"{name} is declared twice")
        parameters = getattr(declared, "__dataclass_params__", None)
        if parameters is None or not parameters.frozen:
            raise InvalidEvent(f"{declared.__qualname__} is no frozen dataclass")
        declared.event_type, declared.event_version = name, version
        _shapes[declared] = _shape_of(declared)
        unknown = set(concerns or ()) - set(_shapes[declared])
        if unknown:
            raise InvalidEvent(f"{declared.__qualname__} has no {', '.join(sorted(unknown))}")
        declared.event_concerns = concerns
        _registry[name] = declared
        return declared

    return declare


def registry() -> Mapping[str, type[DomainEvent]]:
    """Give all declared events by their wire names."""
    return types.MappingProxyType(_registry)


def row(happened: DomainEvent, *, by: Actor, at: datetime | None = None) -> EventRow:
    """Make the row of an event; ``at`` is now unless given."""
    shape = _shapes[type(happened)]
    return EventRow(
        id=ids.uuid7(),
        type=happened.event_type,
        version=happened.event_version,
        occurred_at=at or clock.now(),
        actor=str(by),
        subject=happened.subject,
        # Most fields are texts, and the patterns of _written are slow to pass by.
        data={
            name: value
            if type(value := getattr(happened, name)) is str
            else _written(value, prefix)
            for name, prefix in shape.items()
        },
    )


def publish(happened: DomainEvent, *, by: Actor) -> None:
    """Write an event in the current transaction.

    :raises RuntimeError: no transaction is open, so that the event could outlive a change that failed
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an event is published in the transaction of what happened")
    with connection.cursor() as cursor:
        insert(cursor, [row(happened, by=by)])


def insert(cursor: Cursor, rows: Sequence[EventRow]) -> None:
    """Write many events with one statement over a cursor whose transaction is open, in their order."""
    if not rows:
        return
    cursor.execute(
        _INSERT,
        [
            plain_array([event.id for event in rows]),
            text_array([event.type for event in rows]),
            plain_array([event.version for event in rows]),
            plain_array([event.occurred_at.isoformat() for event in rows]),
            text_array([event.actor for event in rows]),
            text_array([event.subject for event in rows]),
            text_array([_to_json(event.data) for event in rows]),
        ],
    )


def _shape_of(declared: type[DomainEvent]) -> _Shape:
    hints = get_type_hints(declared, include_extras=True)
    return {
        field.name: _prefix_of(declared, field.name, hints[field.name])
        for field in dataclasses.fields(declared)  # type: ignore[arg-type] # checked to be a dataclass by the caller
    }


def _prefix_of(declared: type[DomainEvent], name: str, hint: Any) -> str | None:
    """Find the prefix of an identifier's field, and refuse types that have no form on the wire."""
    if get_origin(hint) is Annotated:
        found = [extra.prefix for extra in hint.__metadata__ if isinstance(extra, Wire)]
        if found:
            return str(found[0])
        return _prefix_of(declared, name, get_args(hint)[0])
    supertype = getattr(hint, "__supertype__", hint)
    if supertype is UUID:
        raise InvalidEvent(
            f"{declared.__qualname__}.{name}: name its prefix: Annotated[UUID, Wire(…)]"
        )
    if supertype is float:
        raise InvalidEvent(f"{declared.__qualname__}.{name}: no floats; take Decimal or Money")
    prefixes = [
        _prefix_of(declared, name, inner) for inner in get_args(hint) if inner is not type(None)
    ]
    return next((prefix for prefix in prefixes if prefix), None)


def _written(value: Any, prefix: str | None) -> Any:
    """Give the JSON value in which a field goes over the wire."""
    match value:
        case Mapping():
            return {str(key): _written(inner, prefix) for key, inner in value.items()}
        case list() | tuple():
            return [_written(inner, prefix) for inner in value]
        case UUID() if prefix:
            return ids.encode(prefix, value)
        case Enum():
            return value.value
        case None | bool() | int() | str():
            return value
        case _:
            return _written_value(value)


def _written_value(value: Any) -> Any:
    match value:
        case Money():
            return {"amount": value.to_text(), "currency": value.asset.code}
        case Asset():
            return value.code
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case _:
            raise InvalidEvent(f"{type(value).__qualname__} has no form on the wire")
