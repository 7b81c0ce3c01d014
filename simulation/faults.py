"""Faults at the boundaries of statements: a connection is cut, or the whole process dies.

Every statement, whoever sends it, passes two boundaries, and so does every commit. A fault that strikes
after a commit is the one that clients fear: all is done, and nobody hears of it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from unittest.mock import patch

import psycopg

_COMMIT: Final = "; COMMIT"


class Crash(BaseException):
    """End a process: no handler of errors may hold it up, as none holds up a kill."""


class Kind(StrEnum):
    """What happens at a boundary."""

    CRASH = "crash"
    """The process dies; its memory is gone."""
    CUT = "cut"
    """The server hangs up; the process lives and has to cope."""
    TORN = "torn"
    """The process dies while a script that ends with COMMIT is under way, before that is reached."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Plan a fault for the n-th boundary of a step, counted from one."""

    kind: Kind
    boundary: int


class Faults:
    """Watch all statements of this program; strike where a step's plan says so."""

    def __init__(
        self, spared: psycopg.Connection[Any], wait_until_gone: Callable[[int], None]
    ) -> None:
        """Take the auditor's connection, which nothing strikes, and what waits for the server.

        It waits until the server has noticed that a connection, named by its process there, is gone.
        """
        self.count = 0
        """Boundaries that the present step has passed."""
        self.struck: Kind | None = None
        self._plan: Fault | None = None
        self._is_watching = False
        self._is_dead = False
        self._spared = spared
        self._wait_until_gone = wait_until_gone

    @contextmanager
    def step(self, plan: Fault | None) -> Iterator[None]:
        """Count boundaries within the block, and strike at the planned one."""
        self.count, self.struck, self._plan, self._is_dead = 0, None, plan, False
        self._is_watching = True
        try:
            yield
        finally:
            self._is_watching = False

    @property
    def is_dead(self) -> bool:
        """Tell whether the process has died in this step."""
        return self._is_dead

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Stand between the program and the driver within the block."""
        execute, commit = psycopg.Cursor.execute, psycopg.Connection.commit

        def watched_execute(
            cursor: psycopg.Cursor[Any], query: Any, *args: Any, **more: Any
        ) -> Any:
            connection = cursor.connection
            torn = _without_commit(query)
            self._pass(connection, lambda: execute(cursor, torn, *args, **more) if torn else None)
            done = execute(cursor, query, *args, **more)
            self._pass(connection)
            return done

        def watched_commit(connection: psycopg.Connection[Any]) -> None:
            self._pass(connection)
            commit(connection)
            self._pass(connection)

        with (
            patch.object(psycopg.Cursor, "execute", watched_execute),
            patch.object(psycopg.Connection, "commit", watched_commit),
        ):
            yield

    def _pass(
        self, connection: psycopg.Connection[Any], tear: Callable[[], object] | None = None
    ) -> None:
        """Pass a boundary, or strike there."""
        if not self._is_watching or connection is self._spared:
            return
        if self._is_dead:
            connection.close()
            raise Crash
        self.count += 1
        plan = self._plan
        if plan is None or plan.boundary != self.count:
            return
        self.struck = plan.kind
        self._is_dead = plan.kind is not Kind.CUT
        if plan.kind is Kind.TORN and tear is not None:
            tear()
        process = connection.info.backend_pid
        connection.close()
        self._wait_until_gone(process)
        if plan.kind is Kind.CUT:
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        raise Crash


def _without_commit(query: Any) -> str:
    """Give all of a script but its COMMIT; nothing for what is no such script."""
    is_script = isinstance(query, str) and query.endswith(_COMMIT)
    return query.removesuffix(_COMMIT) + "; SELECT" if is_script else ""
