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


class Memory:
    """Remember positions of one tenant's accounts, and which of them other processes post to as well."""

    def __init__(self) -> None:
        """Begin knowing nothing."""
        self._positions: dict[int, Position] = {}
        self._contended: dict[int, float] = {}

    def take(self, ids: Iterable[int]) -> dict[int, Position]:
        """Take out what is remembered of these accounts; whoever takes it alone may change it."""
        pop = self._positions.pop
        taken = {account: pop(account, None) for account in ids}
        return {account: position for account, position in taken.items() if position is not None}

    def keep(self, positions: Mapping[int, Position]) -> None:
        """Remember positions as they were committed."""
        if len(self._positions) > POSITIONS_MAX:
            self._positions.clear()
        self._positions.update(positions)

    def contend(self, ids: Iterable[int]) -> None:
        """Note that others post to these accounts, so that the next batches lock them first."""
        until = time.monotonic() + CONTENDED_S
        self._contended.update(dict.fromkeys(ids, until))

    def is_contended(self, ids: Iterable[int]) -> bool:
        """Tell whether others posted to one of these accounts a moment ago."""
        if not self._contended:
            return False
        now = time.monotonic()
        for account, until in list(self._contended.items()):
            if until < now:
                self._contended.pop(account, None)
        return not self._contended.keys().isdisjoint(ids)


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
