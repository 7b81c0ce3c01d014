"""Where callers leave what others do for them, and the bell that wakes one who does."""

from collections import deque
from queue import SimpleQueue
from typing import Generic, TypeVar

Ticket = TypeVar("Ticket")


class Inbox(Generic[Ticket]):
    """Keep tickets in their order; whoever comes first takes them, a thread that waits or any other."""

    def __init__(self) -> None:
        """Begin empty and open."""
        self._tickets: deque[Ticket] = deque()
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._is_closed = False

    def __len__(self) -> int:
        """Count the tickets that nobody has taken."""
        return len(self._tickets)

    def put(self, ticket: Ticket) -> None:
        """Leave a ticket; somebody has to :meth:`ring`, or to take it."""
        self._tickets.append(ticket)

    def put_back(self, ticket: Ticket) -> None:
        """Leave a ticket that was taken in front of all others."""
        self._tickets.appendleft(ticket)

    def take(self) -> Ticket | None:
        """Take the first ticket, if there is one."""
        try:
            return self._tickets.popleft()
        except IndexError:
            return None

    def ring(self) -> None:
        """Wake one who waits; while one is on the way, that is enough."""
        if not self._bell.qsize():
            self._bell.put(None)

    def wait(self, timeout_s: float) -> Ticket | None:
        """Wait for a ticket; gives none once the inbox is closed and empty.

        :raises queue.Empty: nobody rang in time
        """
        while (ticket := self.take()) is None and not self._is_closed:
            self._bell.get(timeout=timeout_s)
        return ticket

    def close(self) -> None:
        """Let those who wait go once the tickets are taken."""
        self._is_closed = True
        self.ring()
