"""What one socket is shown: its topics, and what it missed while it was away."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from fondaco.kit.access import Principal
from fondaco.kit.django.readers import Position, write_place
from fondaco.kit.errors import DomainError
from fondaco.realtime import reading, topics
from fondaco.realtime.errors import AlreadySubscribed, PlaceTooFar, TooManyTopics
from fondaco.realtime.hub import Member, Room
from fondaco.realtime.reading import Told
from fondaco.realtime.topics import Channel

TOPICS_MAX: Final = 100
MISSED_MAX: Final = 100_000
"""So many events of the tenant are looked through for one who was away."""

Send = Callable[[str], Awaitable[None]]


class Subscriptions:
    """Hold the topics of one socket in its tenant's room."""

    def __init__(self, room: Room, member: Member) -> None:
        """Begin with none."""
        self._room, self._member = room, member
        self._topics: dict[str, frozenset[Channel]] = {}
        self._is_over = False

    async def add(self, names: Sequence[str], *, who: Principal, after: str, send: Send) -> str:
        """Show topics from now on, after all that was missed since a place; give the place of the last event.

        :param after: an event that was seen, or a place that was given; empty: nothing was missed
        :param send: takes each missed message in its turn, and waits while the client reads
        :raises UnknownTopic: there is no such topic
        :raises TopicNotOffered: it is known, and nothing behind it
        :raises Forbidden: he may not see it
        :raises AlreadySubscribed: one of them is shown already
        :raises TooManyTopics: there would be more than `TOPICS_MAX`
        :raises UnknownPlace: there is no such place
        :raises PlaceTooFar: too much has happened since
        """
        wanted = {name: topics.open_topic(name, who) for name in names}
        if wanted.keys() & self._topics.keys():
            raise AlreadySubscribed(field="topics")
        if len(wanted) + len(self._topics) > TOPICS_MAX:
            raise TooManyTopics(facts={"topics_max": TOPICS_MAX})
        channels = frozenset[Channel]().union(*wanted.values())
        place = self._room.position
        if after:
            place = await reading.find_place(self._room.tenant, after, who)
            place = await self._catch_up(place, channels, who, send)
        # Nothing is awaited from the last look at the room's place on, so no event falls between.
        if not self._is_over:
            self._topics |= wanted
            self._room.join(self._member, channels, after=place)
        return write_place(max(place, self._room.position))

    def remove(self, names: Iterable[str]) -> list[str]:
        """Show some topics no more; give those that were shown."""
        known = [name for name in names if name in self._topics]
        for name in known:
            self._room.leave(self._member, self._topics.pop(name))
        return known

    def renew(self, who: Principal) -> list[str]:
        """Look again at what a renewed proof opens; give the topics that it does not open any more."""
        lost = [name for name, before in self._topics.items() if _now(name, who) != before]
        return self.remove(lost)

    def end(self) -> None:
        """Show nothing more, nor what is still looked up."""
        self._is_over = True
        self.remove(list(self._topics))

    async def _catch_up(
        self, place: Position, channels: frozenset[Channel], who: Principal, send: Send
    ) -> Position:
        """Send what was missed, up to where the room is; give the place of the last event that was read."""
        scanned, has_more = 0, True
        while not self._is_over and (has_more or place < self._room.position):
            batch = await reading.read_missed(self._room.tenant, place)
            if not batch.told:
                break
            for told, seen in await self._seen(batch.told, channels, who):
                if not self._is_over:
                    await send(told.text(seen))
            place, has_more = batch.told[-1].position, batch.has_more
            scanned += len(batch.told)
            if scanned > MISSED_MAX:
                raise PlaceTooFar(field="after")
        return place

    async def _seen(
        self, batch: Sequence[Told], channels: frozenset[Channel], who: Principal
    ) -> list[tuple[Told, frozenset[Channel]]]:
        asked = [
            (told, who, told.channels & channels) for told in batch if told.channels & channels
        ]
        if not asked:
            return []
        visible = await reading.check_missed(self._room.tenant, asked)
        return [(told, seen) for (told, _, _), seen in zip(asked, visible, strict=True) if seen]


def _now(name: str, who: Principal) -> frozenset[Channel]:
    try:
        return topics.open_topic(name, who)
    except DomainError:
        return frozenset()
