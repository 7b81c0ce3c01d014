"""What rooms and sockets ask the database, in threads of their own."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from fondaco.identity.errors import SessionIsOver
from fondaco.identity.types import SESSION_PREFIX
from fondaco.kit.access import Principal
from fondaco.kit.django import readers, tenancy
from fondaco.kit.django.readers import Position, Stored
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.kit.errors import DomainError
from fondaco.kit.ids import InvalidId, decode, encode
from fondaco.realtime import topics
from fondaco.realtime.errors import PlaceTooFar, UnknownPlace
from fondaco.realtime.proof import prove_now
from fondaco.realtime.topics import RATES, Channel

Answer = TypeVar("Answer")

BATCH: Final = 500
"""Events that are read at once."""
DATA_CHARACTERS_MAX: Final = 20_000
"""A larger event goes without its data, which can be read over the API."""
EVENT_PREFIX: Final = "evt"
SESSION_ENDED: Final = SessionIsOver()
_ENDED: Final = "identity.session.ended"

_ROOMS: Final = ThreadPoolExecutor(2, thread_name_prefix="rooms")
_RETURNING: Final = ThreadPoolExecutor(2, thread_name_prefix="returning")
"""Apart from those of the rooms, so that many who come back at once hold up nobody who is here."""


class Proof(NamedTuple):
    """Hold what is looked at before each message."""

    token: str
    address: str


@dataclass(eq=False, slots=True)
class Told:
    """Hold an event ready to be shown."""

    stored: Stored
    channels: frozenset[Channel]
    _texts: dict[frozenset[Channel], str] = field(default_factory=dict)

    @property
    def position(self) -> Position:
        """Give its place among the tenant's events."""
        return self.stored.position

    @property
    def ended_session(self) -> UUID | None:
        """Give the session that is over by this event."""
        event = self.stored.event
        return decode(SESSION_PREFIX, event.data["session"]) if event.type == _ENDED else None

    def text(self, channels: frozenset[Channel]) -> str:
        """Write the message; those who see it in the same channels share the text."""
        known = self._texts.get(channels)
        if known is None:
            known = self._texts[channels] = self._write(channels)
        return known

    def _write(self, channels: frozenset[Channel]) -> str:
        event = self.stored.event
        message: dict[str, Any] = {
            "type": "event",
            "id": encode(EVENT_PREFIX, event.id),
            "topics": sorted(_name(channel) for channel in channels),
            "event": event.type,
            "version": event.version,
            "timestamp": event.occurred_at.isoformat().replace("+00:00", "Z"),
            "subject": event.subject,
        }
        data = json.dumps(event.data, separators=(",", ":"), ensure_ascii=False)
        if len(data) > DATA_CHARACTERS_MAX:
            message["is_shortened"], data = True, "{}"
        head = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
        return f'{head[:-1]},"data":{data}}}'


@dataclass(frozen=True, slots=True)
class Batch:
    """Hold some events, and whether there may be more."""

    told: Sequence[Told]
    has_more: bool


Asked = tuple[Told, Principal | None, frozenset[Channel]]


async def read_on(tenant: TenantScope, after: Position) -> Batch:
    """Give the tenant's next events."""
    return await _ask(_ROOMS, tenant, partial(_read, after))


async def read_missed(tenant: TenantScope, after: Position) -> Batch:
    """Give the tenant's next events, for one who was away."""
    return await _ask(_RETURNING, tenant, partial(_read, after))


async def find_tip(tenant: TenantScope) -> Position:
    """Give the place of the newest event."""
    return await _ask(_ROOMS, tenant, readers.tip)


async def check(
    tenant: TenantScope, proofs: Sequence[Proof], asked: Sequence[Asked]
) -> tuple[list[DomainError | None], list[frozenset[Channel]]]:
    """Give for each proof why it does not hold now, and for each event in which channels it may be seen."""

    def look() -> tuple[list[DomainError | None], list[frozenset[Channel]]]:
        return [_refusal(one) for one in proofs], [_visible(*one) for one in asked]

    return await _ask(_ROOMS, tenant, look)


async def check_missed(tenant: TenantScope, asked: Sequence[Asked]) -> list[frozenset[Channel]]:
    """Give for each event in which channels it may be seen, for one who was away."""
    return await _ask(_RETURNING, tenant, lambda: [_visible(*one) for one in asked])


async def find_place(tenant: TenantScope, after: str, who: Principal) -> Position:
    """Give the place after which a client goes on: an event that he saw, or what he was given as ``after``.

    :raises UnknownPlace: there is no such place, or the event is not his
    :raises PlaceTooFar: events after it are kept no longer
    """
    return await _ask(_RETURNING, tenant, partial(_find_place, after, who))


def _read(after: Position) -> Batch:
    found = readers.read_after(after, limit=BATCH)
    channels = topics.channels_of([one.event for one in found])
    told = [Told(one, where) for one, where in zip(found, channels, strict=True)]
    return Batch(told, has_more=len(found) == BATCH)


def _visible(told: Told, who: Principal | None, channels: frozenset[Channel]) -> frozenset[Channel]:
    if who is None:
        return frozenset()
    event = told.stored.event
    return frozenset(one for one in channels if topics.may_see(who, one, event))


def _refusal(proof: Proof) -> DomainError | None:
    try:
        prove_now(proof.token, address=proof.address)
    except DomainError as refusal:
        return refusal
    return None


def _find_place(after: str, who: Principal) -> Position:
    place = readers.read_place(after)
    if place is None:
        place = _place_of_event(after, who)
    if readers.is_forgotten(place):
        raise PlaceTooFar(field="after")
    return place


def _place_of_event(after: str, who: Principal) -> Position:
    try:
        found = readers.find_position(decode(EVENT_PREFIX, after))
    except InvalidId:
        found = None
    if found is None:
        raise UnknownPlace(field="after")
    batch = readers.read_after(Position(found.xid, found.seq - 1), limit=1)
    if not batch or batch[0].position != found:
        raise UnknownPlace(field="after")
    (channels,) = topics.channels_of([batch[0].event])
    if not any(_is_open(one, who) for one in channels):
        raise UnknownPlace(field="after")
    return found


def _is_open(channel: Channel, who: Principal) -> bool:
    try:
        return channel in topics.open_topic(_name(channel), who)
    except DomainError:
        return False


def _name(channel: Channel) -> str:
    return f"{channel.topic}:{channel.part}" if channel.topic == RATES else channel.topic


async def _ask(
    threads: ThreadPoolExecutor, tenant: TenantScope, question: Callable[[], Answer]
) -> Answer:
    def ask() -> Answer:
        close_old_connections()
        with tenancy.scope(tenant):
            return question()

    return await sync_to_async(ask, thread_sensitive=False, executor=threads)()
