"""Virtual time and seeded identifiers: nothing in a run depends on the machine's clock."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from types import ModuleType
from typing import Any, Final

from fondaco.identity import revocation
from fondaco.kit import clock, ids

START: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
_DRAWN_BITS: Final = 64
_READINGS: Final = ("monotonic", "perf_counter", "time", "time_ns", "sleep")


class VirtualTime:
    """Stand in for the module ``time``: it passes when the simulation says so, and while somebody sleeps."""

    def __init__(self) -> None:
        """Begin at a fixed instant."""
        self.at = START
        self._slept_s = 0.0

    def now(self) -> datetime:
        """Give the instant of the wall clock, which sleeping does not move: a step happens at one instant."""
        return self.at

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)

    def monotonic(self) -> float:
        """Give the seconds of a clock that also sleeping moves."""
        return (self.at - START).total_seconds() + self._slept_s + 1_000.0

    perf_counter = monotonic

    def time(self) -> float:
        """Give the seconds since 1970."""
        return self.at.timestamp()

    def time_ns(self) -> int:
        """Give the nanoseconds since 1970."""
        return (self.at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1_000

    def sleep(self, seconds: float) -> None:
        """Let the monotonic clock pass; nobody waits."""
        self._slept_s += seconds


@contextmanager
def installed(passing: VirtualTime, random: Random) -> Iterator[None]:
    """Have all of fondaco read this time, and draw its identifiers from this generator, within the block."""
    replaced = [
        (module, name, getattr(module, name), value)
        for module in _modules()
        for name, value in _replacements(module, passing)
    ]
    replaced += [
        (ids, "_draw", ids._draw, lambda: [random.getrandbits(_DRAWN_BITS)]),  # noqa: SLF001 - the place where chance enters
        (ids, "_drawn", ids._drawn, []),  # noqa: SLF001 - what chance gave before is not for this run
        (ids, "_last", ids._last, 0),  # noqa: SLF001 - likewise
        # A look that takes too long is left out; on a busy machine that would be chance.
        (revocation, "_LOAD_WAIT_S", revocation._LOAD_WAIT_S, 60.0),  # noqa: SLF001 - see above
    ]
    for module, name, _, new in replaced:
        setattr(module, name, new)
    try:
        with clock.set_to(passing.now):
            yield
    finally:
        for module, name, old, _ in replaced:
            setattr(module, name, old)


def _modules() -> list[ModuleType]:
    return [module for name, module in sorted(sys.modules.items()) if name.startswith("fondaco.")]


def _replacements(module: ModuleType, passing: VirtualTime) -> Iterator[tuple[str, Any]]:
    """Find the module ``time`` and what was imported from it."""
    readings = {getattr(time, name): name for name in _READINGS}
    for name, value in list(vars(module).items()):
        if value is time:
            yield name, passing
        elif callable(value) and getattr(value, "__module__", None) == "time" and value in readings:
            yield name, getattr(passing, readings[value])
