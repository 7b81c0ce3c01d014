"""Counting within a sliding window, exactly: at no instant do more than the allowed number lie behind it."""

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

KEYS_MAX: Final = 100_000
"""Callers that are remembered; beyond it the one that was silent longest is forgotten."""


class Window(NamedTuple):
    """Allow an amount within a number of seconds."""

    amount: int
    seconds: int


class Verdict(NamedTuple):
    """Tell what the tightest window says."""

    limit: int
    remaining: int
    reset_s: int
    """Until the oldest counted request leaves the window, rounded up (seconds)."""
    retry_after_s: int | None = None
    """None: allowed. Else: refused, and nothing was counted (seconds)."""


def whole_seconds(span_s: float) -> int:
    """Round a time up, as the headers want it."""
    return math.ceil(span_s)


class Limiter(Protocol):
    """Count what callers do."""

    def take(self, key: str, windows: Sequence[Window], cost: int = 1) -> Verdict:
        """Count ``cost`` requests of a caller if all windows allow it; else count nothing."""


@dataclass(slots=True)
class _Track:
    """What one caller did within one window: instants with how many requests each, and their sum."""

    window: Window
    taken: deque[tuple[float, int]] = field(default_factory=deque)
    total: int = 0

    def forget(self, now: float) -> None:
        """Drop what has left the window."""
        horizon = now - self.window.seconds
        while self.taken and self.taken[0][0] <= horizon:
            self.total -= self.taken.popleft()[1]

    def wait_s(self, now: float, cost: int) -> float:
        """Give the time until ``cost`` more fit in; 0: at once (seconds)."""
        excess = self.total + cost - self.window.amount
        if excess <= 0:
            return 0.0
        for at, count in self.taken:
            excess -= count
            if excess <= 0:
                return at + self.window.seconds - now
        return float(self.window.seconds)

    def verdict(self, now: float, wait_s: float) -> Verdict:
        """Describe the window as it stands."""
        reset_s = self.taken[0][0] + self.window.seconds - now if self.taken else 0.0
        return Verdict(
            limit=self.window.amount,
            remaining=max(0, self.window.amount - self.total),
            reset_s=whole_seconds(reset_s),
            retry_after_s=max(1, whole_seconds(wait_s)) if wait_s > 0 else None,
        )


class MemoryLimiter:
    """Count in this process; several web processes share an allowance by division (see ``throttle``)."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, keys_max: int = KEYS_MAX
    ) -> None:
        """Begin with no callers."""
        self._clock = clock
        self._keys_max = keys_max
        self._lock = threading.Lock()
        self._callers: OrderedDict[str, list[_Track]] = OrderedDict()

    def take(self, key: str, windows: Sequence[Window], cost: int = 1) -> Verdict:
        """Count ``cost`` requests of a caller if all windows allow it; else count nothing."""
        with self._lock:
            now = self._clock()
            tracks = self._tracks(key, windows)
            longest_s, tightest = 0.0, tracks[0]
            for track in tracks:
                track.forget(now)
                wait_s = track.wait_s(now, cost)
                if wait_s > longest_s:
                    longest_s, tightest = wait_s, track
            if longest_s > 0:
                return tightest.verdict(now, longest_s)
            for track in tracks:
                track.taken.append((now, cost))
                track.total += cost
                if track.window.amount - track.total < tightest.window.amount - tightest.total:
                    tightest = track
            return tightest.verdict(now, 0.0)

    def clear(self) -> None:
        """Forget all callers."""
        with self._lock:
            self._callers.clear()

    def _tracks(self, key: str, windows: Sequence[Window]) -> list[_Track]:
        tracks = self._callers.get(key)
        if tracks is None:
            tracks = self._callers[key] = [_Track(window) for window in windows]
            if len(self._callers) > self._keys_max:
                self._callers.popitem(last=False)
            return tracks
        self._callers.move_to_end(key)
        if len(tracks) != len(windows):  # another rule for this caller than a moment ago
            tracks = self._callers[key] = [_Track(window) for window in windows]
            return tracks
        for track, window in zip(tracks, windows, strict=True):
            track.window = window
        return tracks
