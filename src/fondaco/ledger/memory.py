"""What this process remembers of accounts between batches, so that it need not read them again.

Never the truth: every write names the versions that it started from, and the database refuses it when one has
moved on. A position is taken out while a batch works with it, so no two batches share one.
"""

import threading
import time
from collections.abc import Iterable, Mapping
from typing import Final

from fondaco.ledger.lines import Position

POSITIONS_MAX: Final = 200_000
"""Some 50 MB; when there are more, the process forgets all of them and begins anew."""
CONTENDED_S: Final = 1.0
"""How long an account counts as contended after another process was seen to post to it."""
PAUSE_S_MAX: Final = 64.0
"""How long nothing is started from memory, at most, when that keeps failing."""
TRIES_MIN: Final = 16
"""So many starts from memory have to be made between two failures, or it is left alone for longer."""


class Memory:
    """Remember positions of one tenant's accounts, and which of them other processes post to as well."""

    def __init__(self) -> None:
        """Begin knowing nothing."""
        self._positions: dict[int, Position] = {}
        self._contended: dict[int, float] = {}
        self._tries = TRIES_MIN
        self._pause_s = 0.0
        self._paused_until = 0.0
        self._tidied_at = 0.0

    def take(self, ids: Iterable[int]) -> dict[int, Position]:
        """Take out what is remembered of these accounts; whoever takes it alone may change it."""
        pop = self._positions.pop
        return {
            account: position for account in ids if (position := pop(account, None)) is not None
        }

    def keep(self, positions: Mapping[int, Position]) -> None:
        """Remember positions as they were committed."""
        if len(self._positions) > POSITIONS_MAX:
            self._positions.clear()
        self._positions.update(positions)

    def contend(self, ids: Iterable[int]) -> None:
        """Note that others post to these accounts, so that the next batches lock them first.

        Where several processes post all over, most of what each remembers is old: when this is noted again
        and again, all accounts count as contended for a time that doubles.
        """
        now = time.monotonic()
        self._contended.update(dict.fromkeys(ids, now + CONTENDED_S))
        if self._tries >= TRIES_MIN:
            self._pause_s = 0.0
        else:
            self._pause_s = min(max(2 * self._pause_s, CONTENDED_S), PAUSE_S_MAX)
            self._paused_until = now + self._pause_s
        self._tries = 0

    def is_contended(self, ids: Iterable[int]) -> bool:
        """Tell whether others posted to one of these accounts a moment ago, or to many."""
        if not self._contended and not self._pause_s:
            return False
        now = time.monotonic()
        if now < self._paused_until:
            return True
        if now - self._tidied_at > CONTENDED_S:
            self._tidied_at = now
            self._contended = {
                one: until for one, until in list(self._contended.items()) if until > now
            }
        contended_until = self._contended.get
        if self._contended and any(contended_until(account, 0.0) > now for account in ids):
            return True
        self._tries += 1
        return False


_memories: dict[tuple[str, str], Memory] = {}
_lock = threading.Lock()


def of(database: str, schema: str) -> Memory:
    """Give the memory of one tenant in one database."""
    key = (database, schema)
    memory = _memories.get(key)
    if memory is None:
        with _lock:
            memory = _memories.setdefault(key, Memory())
    return memory


def forget() -> None:
    """Forget everything, as after a fork."""
    _memories.clear()
