"""How much something asks of the database, on any day and on any machine."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final
from unittest import mock

from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.apikeys import known
from fondaco.identity import revocation
from fondaco.kit.django import maintenance
from fondaco.kit.django.tenancy import directory
from fondaco.policies import book

_TIMES: Final = (
    (maintenance, "LOOK_EVERY_S"),
    (directory, "LIFETIME_S"),
    (revocation, "FRESH_S"),
    (known, "FRESH_S"),
    (book, "LOOK_EVERY_S"),
    (book, "STALE_S"),
)
"""For how long a process relies on what it has looked up."""
_LONG_S: Final = 3600.0


@contextmanager
def nothing_due() -> Iterator[None]:
    """Have what is once looked up hold within the block, however slow the machine is."""
    with ExitStack() as stack:
        for module, name in _TIMES:
            stack.enter_context(mock.patch.object(module, name, _LONG_S))
        stack.callback(directory.forget)
        yield


def count_queries(act: Callable[[], object]) -> int:
    """Count the statements of an act that has been done before: the lesser of two counts.

    Now and then one more falls due, such as to move on a session's end.
    """
    with nothing_due():
        act()
        return min(_count(act) for _ in range(2))


def _count(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as asked:
        act()
    return len(asked)
