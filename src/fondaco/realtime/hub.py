"""One reader of events per tenant and process, for all its sockets.

The hub listens to PostgreSQL; a notice only says that a tenant has events. Each room then reads from its own
place, so a notice that is lost, or a connection that breaks, delays events and never loses them.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

import psycopg
import structlog

from fondaco.kit.access import Principal
from fondaco.kit.django.readers import START, Position
from fondaco.kit.django.relay import CHANNEL
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.kit.django.workers import direct_parameters
from fondaco.kit.errors import DomainError
from fondaco.realtime import reading
from fondaco.realtime.reading import Proof, Told
from fondaco.realtime.topics import Channel

SWEEP_S: Final = 5.0
"""Rooms look this often though nobody told them to."""
_PAUSE_S: Final = 1.0
"""Before a lost database is asked again."""

log = structlog.get_logger(__name__)


class Member(Protocol):
    """What a room must know of a socket."""

    principal: Principal | None

    def show_proof(self) -> Proof:
        """Give what is looked at before each message."""

    def show(self, told: Told, channels: frozenset[Channel]) -> None:
        """Queue an event for the client."""

    async def shut(self, refusal: DomainError | None) -> None:
        """Close the socket: its proof has ended, or it must come again."""


@dataclass(eq=False)
class Room:
    """Hold the sockets of one tenant, and how far their events are read."""

    tenant: TenantScope
    position: Position = START
    members: set[Member] = field(default_factory=set)
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    _listening: dict[Channel, dict[Member, Position]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    """Who sees a channel, and after which place."""

    def join(self, member: Member, channels: Iterable[Channel], *, after: Position) -> None:
        """Show a member what happens in some channels after a place."""
        for channel in channels:
            self._listening[channel][member] = after

    def leave(self, member: Member, channels: Iterable[Channel]) -> None:
        """Show a member nothing more of some channels."""
        for channel in channels:
            self._listening[channel].pop(member, None)
            if not self._listening[channel]:
                del self._listening[channel]

    async def follow(self) -> None:
        """Read and show events for as long as anybody is here."""
        while True:
            await self.stirred.wait()
            self.stirred.clear()
            try:
                while await self._go_on():
                    pass
            except Exception as error:  # whatever fails, the room must go on
                log.warning("realtime.room_failed", reason=type(error).__name__, exc_info=True)
                await asyncio.sleep(_PAUSE_S)
                self.stirred.set()

    async def _go_on(self) -> bool:
        """Show the next events; tell whether there may be more.

        Who sees what is decided, and the place moved, without a pause between: whoever joins later goes on
        from the new place.
        """
        batch = await reading.read_on(self.tenant, self.position)
        if not batch.told:
            return False
        shown = [(one, who, seen) for one in batch.told for who, seen in self._viewers(one).items()]
        ended = self._ended(batch.told)
        self.position = batch.told[-1].position
        for member in ended:
            await member.shut(reading.SESSION_ENDED)
        await self._show(shown)
        return batch.has_more

    def _viewers(self, told: Told) -> dict[Member, frozenset[Channel]]:
        found: dict[Member, set[Channel]] = defaultdict(set)
        for channel in told.channels:
            for member, after in self._listening.get(channel, {}).items():
                if told.position > after:
                    found[member].add(channel)
        return {member: frozenset(channels) for member, channels in found.items()}

    def _ended(self, batch: Iterable[Told]) -> list[Member]:
        over = {told.ended_session for told in batch} - {None}
        return [
            one
            for one in self.members
            if over and one.principal and one.principal.session_id in over
        ]

    async def _show(self, shown: list[tuple[Told, Member, frozenset[Channel]]]) -> None:
        """Show events to those whose proof holds now, and who may see them now."""
        if not shown:
            return
        members = list(dict.fromkeys(member for _, member, _ in shown))
        asked = [(told, member.principal, channels) for told, member, channels in shown]
        try:
            refusals, visible = await reading.check(
                self.tenant, [one.show_proof() for one in members], asked
            )
        except Exception:
            # The place has moved: they would miss these events, so they come again and go on from theirs.
            for member in members:
                await member.shut(None)
            raise
        standing = dict(zip(members, refusals, strict=True))
        for member, refusal in standing.items():
            if refusal is not None:
                await member.shut(refusal)
        for (told, member, _), channels in zip(shown, visible, strict=True):
            if standing[member] is None and channels:
                member.show(told, channels)


class Hub:
    """Keep the rooms of this process, and wake them when PostgreSQL says that something happened."""

    def __init__(self) -> None:
        """Begin without rooms."""
        self._rooms: dict[str, Room] = {}
        self._followers: dict[str, asyncio.Task[None]] = {}
        self._opening = asyncio.Lock()

    async def enter(self, member: Member, tenant: TenantScope) -> Room:
        """Give the tenant's room with the member in it.

        :raises Error: the database cannot say where events stand now
        """
        async with self._opening:
            room = self._rooms.get(tenant.name)
            if room is None:
                room = Room(tenant, await reading.find_tip(tenant))
                self._rooms[tenant.name] = room
                self._followers[tenant.name] = asyncio.create_task(room.follow())
                room.stirred.set()
            room.members.add(member)
        return room

    def leave(self, member: Member, room: Room) -> None:
        """Let a member go; an empty room is closed."""
        room.members.discard(member)
        if not room.members and self._rooms.get(room.tenant.name) is room:
            del self._rooms[room.tenant.name]
            self._followers.pop(room.tenant.name).cancel()

    async def run(self) -> None:
        """Listen until cancelled; a lost connection is opened again."""
        while True:
            try:
                await self._listen()
            except psycopg.Error as error:
                log.warning("realtime.listener_failed", reason=type(error).__name__)
            await asyncio.sleep(_PAUSE_S)

    def stop(self) -> None:
        """Read no more."""
        for task in self._followers.values():
            task.cancel()

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(**direct_parameters(), autocommit=True)
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            while True:
                self._stir_all()
                async for notice in connection.notifies(timeout=SWEEP_S):
                    room = self._rooms.get(notice.payload.rpartition(":")[0])
                    if room is not None:
                        room.stirred.set()

    def _stir_all(self) -> None:
        for room in self._rooms.values():
            room.stirred.set()
