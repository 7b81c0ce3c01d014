"""Start parts of the platform as forks of a process that has loaded it: loaded once, in memory once.

A fork inherits everything, so each thing that must not be shared is undone here: handlers of signals, the
terminal, what the data folder's lock is held with. Threads and connections do not survive a fork, so there
must be none when one is made. The decision on processes that share what they load says more.
"""

import atexit
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import django
from django.db import connections
from setproctitle import setproctitle

from fondaco.kit import tuning
from fondaco.project import postgres

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_ENTRY: Final = "fondaco.project.cli.entry"
_PARTS: Final = (
    "fondaco.kit.django.workers",
    "fondaco.project.cli.web",
    "fondaco.project.cli.worker",
    "fondaco.project.serving",
    "fondaco.realtime.application",
    "uvicorn",
)
"""What one part or another needs beside the applications. None of it does anything when it is loaded."""

_fork: Final = multiprocessing.get_context("fork")


class CannotFork(RuntimeError):
    """Say what a fork would tear apart."""


class Fork:
    """Be a part that runs in a fork of this process, as the command line would run it alone."""

    def __init__(self, arguments: Sequence[str], log: Path) -> None:
        """Start it, in a session of its own, with its output in a log.

        :raises CannotFork: this process has threads or connections
        """
        _check()
        with _deaf() as mask:
            self._process = _fork.Process(target=_become, args=(arguments, log, mask))
            self._process.start()

    @property
    def pid(self) -> int:
        """Give the id of the process."""
        return self._process.pid or 0

    def poll(self) -> int | None:
        """Give the exit status, or none while it runs."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """Wait for its end, and give the exit status."""
        self._process.join()
        return self._process.exitcode

    def terminate(self) -> None:
        """Send SIGTERM, unless it has ended."""
        self._process.terminate()

    def kill(self) -> None:
        """Send SIGKILL, unless it has ended."""
        self._process.kill()


def load() -> None:
    """Load the platform, so that forks begin with all of it; to be called once the environment is whole."""
    with tuning.loading():
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.project.settings")
        django.setup()
        import_module("fondaco.project.web_application").WebApplication().load()
        for name in _PARTS:
            import_module(name)


def _check() -> None:
    others = [one.name for one in threading.enumerate() if one is not threading.main_thread()]
    if others:
        raise CannotFork(f"threads would not survive a fork: {', '.join(others)}")
    if any(one.connection is not None for one in connections.all(initialized_only=True)):
        raise CannotFork("a connection to the database would be shared by a fork")


@contextmanager
def _deaf() -> Iterator[set[Any]]:
    """Hold signals back within the block: what a new fork is sent must not meet its parent's handlers."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield set(mask)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _become(arguments: Sequence[str], log: Path, mask: set[Any]) -> None:
    """Be a process of its own, and run a command; ``multiprocessing`` ends the process afterwards."""
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    atexit._clear()  # noqa: SLF001 - as later releases of multiprocessing do: the parent's end is not ours
    postgres.disown()
    with log.open("ab") as output, Path(os.devnull).open("rb") as nothing:
        for source, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(source.fileno(), target)
    sys.argv[1:] = arguments
    setproctitle(f"fondaco {' '.join(arguments)}")
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    try:
        import_module(_ENTRY).main()
    finally:
        atexit._run_exitfuncs()  # noqa: SLF001 - as later releases of multiprocessing do
