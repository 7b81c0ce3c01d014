"""What waits to be sent to one client: bounded in number and in size."""

import asyncio
from collections import deque
from typing import Final

MESSAGES_MAX: Final = 1_000
"""A batch of events may come at once; one message more than this, and the client reads too slowly."""
CHARACTERS_MAX: Final = 262_144


class Outbox:
    """Queue texts for one writer, who comes when there is something and goes when there is nothing."""

    __slots__ = ("_characters", "_drained", "_texts")

    def __init__(self) -> None:
        """Begin empty."""
        self._texts: deque[str] = deque()
        self._characters = 0
        self._drained = asyncio.Event()

    def offer(self, text: str) -> bool:
        """Queue a text unless too much waits; tell whether it was taken."""
        is_full = len(self._texts) >= MESSAGES_MAX or (
            self._texts and self._characters + len(text) > CHARACTERS_MAX
        )
        if is_full:
            return False
        self._texts.append(text)
        self._characters += len(text)
        return True

    def take(self) -> str | None:
        """Give the oldest text, or none."""
        if not self._texts:
            return None
        text = self._texts.popleft()
        self._characters -= len(text)
        if self._has_room:
            self._drained.set()
        return text

    async def until_half_empty(self) -> None:
        """Wait until others can add much without filling it."""
        while not self._has_room:
            self._drained.clear()
            await self._drained.wait()

    @property
    def _has_room(self) -> bool:
        return len(self._texts) <= MESSAGES_MAX // 2 and self._characters <= CHARACTERS_MAX // 2
