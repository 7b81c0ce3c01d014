"""A program for tests: granian on a port, with an application whose answers take their time."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from fondaco.kit.django.waiting import Signal
from fondaco.project import serving

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.project.settings")
serving.install(threads=1)

PAUSE_S = 0.5


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
        case "/waits":
            signal = Signal()
            threading.Timer(PAUSE_S, signal.set).start()
            begun = time.monotonic()
            assert signal.wait(30)
            waited = time.monotonic() - begun
            start("201 Created", [("X-Waited", f"{waited:.1f}")])
            return [environ["wsgi.input"].read()]
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
