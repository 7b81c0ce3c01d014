"""Tests that must run alone: ``@pytest.mark.alone``.

A restore fills a database in one transaction. While that is open, nobody on the same server sees new events,
since readers stay below the oldest open transaction, whichever database it is in.
"""

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

_NAME: Final = sha256(str(Path(__file__).parent).encode()).hexdigest()[:16]
_PLACE: Final = Path(tempfile.gettempdir())


@contextmanager
def turn(item: pytest.Item) -> Iterator[None]:
    """Run one test beside others, or alone among all processes of this checkout's run.

    Whoever wants to be alone keeps the gate closed meanwhile, so that he gets his turn.
    """
    is_alone = item.get_closest_marker("alone") is not None
    with (
        (_PLACE / f"fondaco-tests-{_NAME}.gate").open("w") as gate,
        (_PLACE / f"fondaco-tests-{_NAME}.room").open("w") as room,
    ):
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield
