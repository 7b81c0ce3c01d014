"""Fit the interpreter to a process with many threads that each need it for a millisecond."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SWITCH_INTERVAL_S: Final = 0.1
"""Threads that wait for the interpreter would otherwise wake every 5 ms to ask for it, and take it away in
the middle of somebody's millisecond."""
COLLECT_AFTER: Final = 50_000
"""New objects before the collector looks at the young ones; Python's own 700 is once per request."""


def tune() -> None:
    """Set what such a process costs beside its work; call it once everything is imported."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()  # What is imported by now stays until the end; the collector need not search it again.
    gc.set_threshold(COLLECT_AFTER, 20, 50)


@contextmanager
def loading() -> Iterator[None]:
    """Load modules within the block without the collector of garbage, which would find next to nothing.

    It takes a fifth of the time that the platform needs to load. What is there at the end is never searched.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
