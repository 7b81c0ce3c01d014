"""Answer the look-ups of many callers with one query.

While one caller's query is under way, those of the others gather; then the first of them asks for all. There
is no thread and no timer: a caller who is alone asks at once and for himself.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from fondaco.kit.django import tenancy

Ask = TypeVar("Ask")
Found = TypeVar("Found")


class _Place(Generic[Ask, Found]):
    """One caller in the queue; ``gate`` opens when he has an answer, or has to ask for all."""

    __slots__ = ("ask", "error", "found", "gate", "is_answered")

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.found: Found | None = None
        self.error: BaseException | None = None
        self.is_answered = False
        self.gate = threading.Lock()
        self.gate.acquire()

    def result(self) -> Found | None:
        if self.error is not None:
            raise self.error
        return self.found


class _Queue(Generic[Ask, Found]):
    """The callers of one tenant."""

    def __init__(self, fetch: Callable[[Sequence[Ask]], Sequence[Found | None]]) -> None:
        self._fetch = fetch
        self._guard = threading.Lock()
        self._waiting: list[_Place[Ask, Found]] = []
        self._is_busy = False

    def find(self, ask: Ask) -> Found | None:
        mine: _Place[Ask, Found] = _Place(ask)
        with self._guard:
            self._waiting.append(mine)
            must_wait, self._is_busy = self._is_busy, True
        if must_wait:
            mine.gate.acquire()
        if not mine.is_answered:
            self._ask_for_all()
        return mine.result()

    def _ask_for_all(self) -> None:
        with self._guard:
            batch, self._waiting = self._waiting, []
        try:
            found = self._fetch([place.ask for place in batch])
            for place, one in zip(batch, found, strict=True):
                place.found = one
        except BaseException as error:  # noqa: BLE001 - it is every caller's, and raised to each
            for place in batch:
                place.error = error
        with self._guard:
            successor = self._waiting[0] if self._waiting else None
            self._is_busy = successor is not None
        for place in batch:
            place.is_answered = True
            place.gate.release()
        if successor is not None:
            successor.gate.release()


class Gathering(Generic[Ask, Found]):
    """Look things up for many callers together; tenants never share a query."""

    def __init__(self, fetch: Callable[[Sequence[Ask]], Sequence[Found | None]]) -> None:
        """Take what looks many up at once: an answer for each, in their order, none for what is unknown."""
        self._fetch = fetch
        self._queues: dict[str, _Queue[Ask, Found]] = {}

    def find(self, ask: Ask) -> Found | None:
        """Give what was found, or none; an error of the query is raised to each of its callers."""
        schema = tenancy.current().schema
        queue = self._queues.get(schema) or self._queues.setdefault(schema, _Queue(self._fetch))
        return queue.find(ask)
