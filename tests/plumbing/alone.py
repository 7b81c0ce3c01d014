"""Who runs when: tests that must run alone (``@pytest.mark.alone``), and those that take long.

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


def turn_of(item: pytest.Item) -> tuple[bool, float]:
    """Give what tests are sorted by: first who must be alone, then who asks for more time than others.

    The database is smallest in the beginning, and so is what a backup has to copy.
    """
    longer = item.get_closest_marker("timeout")
    return item.get_closest_marker("alone") is None, -float(longer.args[0]) if longer else 0.0


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
