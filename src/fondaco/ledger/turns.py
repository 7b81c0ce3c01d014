"""The order in which the posters of one tenant work: each prepares a batch while those before are written.

Such a batch starts from positions that are not committed yet, and may be sent as far as its rows. What
follows them waits until the batch before has committed; when that fails, this one fails too, and nothing of
what either computed is used again. These positions are kept apart from what the process remembers until no
batch is under way, so that nobody else starts from them.
"""

import threading
from collections.abc import Iterable, Mapping

from fondaco.ledger.lines import Position
from fondaco.ledger.memory import Memory


class Turns:
    """Let the posters of a tenant prepare their batches one after the other."""

    def __init__(self, remembered: Memory) -> None:
        """Begin with nobody at work."""
        self._memory = remembered
        self._lock = threading.Lock()
        self._last: Flight | None = None
        self._ahead: dict[int, Position] = {}
        self._is_broken = False

    def begin(self, *, overlaps: bool) -> "Flight":
        """Take the turn; it lasts until the flight passes it on or ends.

        Only a batch that may overlap begins while one is under way.
        """
        self._lock.acquire()
        before = self._last
        if before is not None and not (overlaps and before.is_under_way and not self._is_broken):
            before.wait()
            before = None
            self._land()
        self._last = flight = Flight(self, before)
        return flight

    @property
    def are_taken(self) -> bool:
        """Tell whether a batch is being prepared or under way."""
        return self._lock.locked() or (self._last is not None and self._last.is_under_way)

    def wait(self, timeout_s: float) -> bool:
        """Wait while a batch is under way, so long at most; gives whether one was."""
        last = self._last
        if last is None or not last.is_under_way:
            return False
        last.wait_at_most(timeout_s)
        return True

    def take(self, ids: Iterable[int]) -> dict[int, Position]:
        """Take out what the batches under way will leave of these accounts, or what is remembered of them."""
        ahead, missing = self._ahead, []
        taken: dict[int, Position] = {}
        for account in ids:
            position = ahead.pop(account, None)
            if position is None:
                missing.append(account)
            else:
                taken[account] = position
        taken.update(self._memory.take(missing))
        return taken

    def keep_ahead(self, positions: Mapping[int, Position]) -> None:
        """Let the next batch start from these positions."""
        self._ahead.update(positions)

    def pass_on(self) -> None:
        """Let the next batch begin."""
        self._lock.release()

    def give_up(self) -> None:
        """Forget what lies ahead once nothing is under way: a batch has failed."""
        self._is_broken = True

    def _land(self) -> None:
        """Remember what lay ahead if all of it was committed; nothing is under way."""
        ahead, self._ahead = self._ahead, {}
        if not self._is_broken:
            self._memory.keep(ahead)
        self._is_broken = False


class Flight:
    """Follow one batch from its turn to its end."""

    def __init__(self, turns: Turns, before: "Flight | None") -> None:
        """Take the turn, behind the batch that is under way."""
        self._turns = turns
        self._before = before
        self._has_turn = True
        self._has_committed = False
        self._ended = threading.Lock()
        self._ended.acquire()

    @property
    def is_under_way(self) -> bool:
        """Tell whether it has not ended."""
        return self._ended.locked()

    def wait(self) -> bool:
        """Wait until it has ended; gives whether it was committed."""
        with self._ended:
            return self._has_committed

    def wait_at_most(self, timeout_s: float) -> None:
        """Wait until it has ended, or the time has passed."""
        if self._ended.acquire(timeout=timeout_s):
            self._ended.release()

    def wait_for_the_one_before(self) -> bool:
        """Wait until the batch before has ended; gives whether it was committed."""
        before, self._before = self._before, None
        return before is None or before.wait()

    def pass_on(self, positions: Mapping[int, Position]) -> None:
        """Let the next batch begin, from these positions."""
        self._turns.keep_ahead(positions)
        self._has_turn = False
        self._turns.pass_on()

    def end(self, *, has_committed: bool) -> None:
        """Say how it ended; it never does before the batch before."""
        if not has_committed:
            self.wait_for_the_one_before()
            self._turns.give_up()
        self._has_committed = has_committed
        self._ended.release()
        if self._has_turn:
            self._turns.pass_on()
