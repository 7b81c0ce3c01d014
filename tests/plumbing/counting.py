"""How much something asks of the database, on any day and on any machine."""

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext


def count_queries(act: Callable[[], object]) -> int:
    """Count the statements of an act: the least of three counts.

    Now and then one more falls due: a session's end is moved on, what holds for a second is read anew.
    """
    return min(_count(act) for _ in range(3))


def _count(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as asked:
        act()
    return len(asked)
