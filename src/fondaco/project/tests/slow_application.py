"""A program for tests: granian on a port, with an application whose answers take their time."""

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from fondaco.kit.django.waiting import Signal
from fondaco.project import serving

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.project.settings")
serving.install(threads=1)

PAUSE_S = 1.0
_together: list[Signal] = []
_waiting: list[Signal] = []


class _Pieces:
    """Give three pieces, as a stream does."""

    def __init__(self) -> None:
        self._left = iter((b"one ", b"two ", b"three"))

    def __iter__(self) -> Iterator[bytes]:
        return self._left

    def close(self) -> None:
        """End."""


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as the path says."""
    match environ["PATH_INFO"]:
        case "/stream":
            start("200 OK", [("Content-Type", "text/plain")])
            return _Pieces()
        case "/fails":
            raise LookupError("as asked")
        case "/together":
            signal = Signal()
            _together.append(signal)
            if len(_together) == int(environ["QUERY_STRING"]):
                for one in _together:
                    one.set()
            assert signal.wait(30)
            start("201 Created", [])
            return [environ["wsgi.input"].read()]
        case "/waits":
            signal = Signal()
            threading.Timer(PAUSE_S, signal.set).start()
            _waiting.append(signal)
            assert signal.wait(30)
            start("201 Created", [])
            return [environ["wsgi.input"].read()]
        case "/waiting":
            start("200 OK", [])
            return [b"%d" % len(_waiting)]
    start("404 Not Found", [])
    return [b"", environ["PATH_INFO"].encode()]


if __name__ == "__main__":
    Granian(
        "fondaco.project.tests.slow_application:application",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=1,
        log_level=LogLevels.error,
    ).serve()
