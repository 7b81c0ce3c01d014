"""A circuit breaker: after failures in a row nobody asks for a while; a dead service costs no time."""

import threading
import time
from collections.abc import Callable
from typing import Final

FAILURES: Final = 5
"""After so many in a row it opens."""
REST_S: Final = 30.0
"""For so long; then one may try."""


class Breaker:
    """Count failures in a row, of one service, in this process."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        """Begin closed: everybody may ask."""
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._failures = 0
        self._rests_until = 0.0

    def may_ask(self) -> bool:
        """Tell whether to ask now; while it is open one caller in each rest may, to see if it is back."""
        with self._lock:
            if self._failures < FAILURES:
                return True
            now = self._clock_s()
            if now < self._rests_until:
                return False
            self._rests_until = now + REST_S
            return True

    def succeed(self) -> None:
        """Close it."""
        with self._lock:
            self._failures = 0

    def fail(self) -> None:
        """Count a failure; the last one allowed opens it."""
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                self._rests_until = self._clock_s() + REST_S
