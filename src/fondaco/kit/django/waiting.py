"""Wait for another thread; a request that does so gives its own thread to the next request meanwhile.

``project.workers`` runs requests as greenlets. A thread that has no such workers, and a request that would
leave something of its own on the thread's connection, wait as threads do.
"""

import threading
from typing import Final, Protocol

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from greenlet import getcurrent, greenlet


class Errand(Protocol):
    """What has to be done before somebody who waits can go on, by him or by others."""

    def do(self) -> None:
        """Do it in this thread, which would rest otherwise."""

    def delegate(self) -> None:
        """Have another thread do it, since this one has more to do."""


class Home(Protocol):
    """Run requests in turn in one thread."""

    def suspend(self, signal: "Signal", *, timeout_s: float, errand: Errand | None) -> None:
        """Do other things until the signal is set or the time is over, and see that the errand is done."""

    def wake(self, signal: "Signal") -> None:
        """Go on with what waits for the signal; called from any thread."""


class _Here(threading.local):
    home: Home | None = None
    connection: BaseDatabaseWrapper | None = None
    """The one that Django has for this thread, since to look it up takes as long as all else here."""


_here: Final = _Here()


def settle(home: Home) -> None:
    """Say who runs requests in this thread."""
    _here.home, _here.connection = home, connections[DEFAULT_DB_ALIAS]


def find_connection() -> BaseDatabaseWrapper:
    """Give Django's connection of this thread, which a worker has at hand and Django looks up each time."""
    return _here.connection or connections[DEFAULT_DB_ALIAS]


class Signal:
    """Be waited for by one, and set once by another thread."""

    __slots__ = ("_home", "_is_set", "_lock", "waiter")

    def __init__(self) -> None:
        """Begin unset."""
        self._lock = threading.Lock()
        self._lock.acquire()
        self._is_set = False
        self._home: Home | None = None
        self.waiter: greenlet | None = None
        """What is to go on when it is set."""

    def wait(self, timeout_s: float, *, errand: Errand | None = None) -> bool:
        """Wait until it is set, which it will be once the errand is done; gives whether it is."""
        home = _here.home
        if home is None or _is_in_use(_here.connection):
            if errand is not None:
                errand.delegate()
            return self._lock.acquire(timeout=timeout_s)
        self._home, self.waiter = home, getcurrent()
        # Looked at only now: whoever sets it meanwhile has seen the waiter, or is seen here.
        if not self._is_set:
            home.suspend(self, timeout_s=timeout_s, errand=errand)
        self.waiter = None
        return self._is_set

    def set(self) -> None:
        """Wake the one who waits, or who will."""
        self._is_set = True
        if self.waiter is not None and self._home is not None:
            self._home.wake(self)
        else:
            self._lock.release()


def _is_in_use(connection: BaseDatabaseWrapper | None) -> bool:
    """Tell whether the thread's connection is inside a transaction, or is being watched for one request."""
    return connection is not None and (
        connection.in_atomic_block or bool(connection.execute_wrappers)
    )
