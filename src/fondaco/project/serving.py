"""Join granian to the workers: its threads only take requests in, and answers are sent when they are there.

Granian's WSGI callback may return before it has answered; the answer is then awaited from whoever holds the
protocol object, and if that is dropped, the client gets a 500. Tests hold it to this.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any, Final

from granian.server import mp

from fondaco.kit.django.api import bodies
from fondaco.project.workers import Workers

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_WRAP: Final = "_wsgi_call_wrap"
_INTERNAL_ERROR: Final = 500


class _Start:
    """Be WSGI's ``start_response``."""

    __slots__ = ("headers", "status")

    def __init__(self) -> None:
        self.status = _INTERNAL_ERROR
        self.headers: list[tuple[str, str]] = []

    def __call__(self, status: str, headers: list[tuple[str, str]], *_exc_info: object) -> None:
        self.status = int(status.split(" ", 1)[0])
        self.headers = headers


class _Stream:
    """Give granian an answer piece by piece."""

    __slots__ = ("_iterator", "_pieces")

    def __init__(self, pieces: Any) -> None:
        self._pieces = pieces
        self._iterator: Iterator[bytes] = iter(pieces)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._iterator)

    def close(self) -> None:
        self._pieces.close()


def install(*, threads: int) -> None:
    """Have granian's worker process, in which this runs, serve with so many threads of ours.

    :raises RuntimeError: this granian does not wrap the application under the known name
    """
    if not hasattr(mp, _WRAP):
        raise RuntimeError("this release of granian calls applications in another way")

    def wrap(application: Application, *_options: object) -> Any:
        return callback(application, workers=Workers(threads=threads))

    setattr(mp, _WRAP, wrap)


def callback(application: Application, *, workers: Workers) -> Callable[[Any, dict[str, Any]], int]:
    """Make what granian calls for each request."""
    always = {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SCRIPT_NAME": "",
        "SERVER_SOFTWARE": "Granian",
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multiprocess": False,
        "wsgi.multithread": True,
        "wsgi.run_once": False,
        "wsgi.version": (1, 0),
    }

    def take(protocol: Any, scope: dict[str, Any]) -> int:
        # The body is there only as long as this call.
        body = _body(scope)
        environ = always | scope | {"wsgi.input": BytesIO(body), bodies.READ: body}
        workers.take(lambda: _answer(application, protocol, environ))
        return 0

    return take


def _body(scope: Mapping[str, Any]) -> bytes:
    """Read the body, but for one that is refused by its headers."""
    length = scope.get("CONTENT_LENGTH", "")
    if "HTTP_TRANSFER_ENCODING" in scope or not (length.isascii() and length.isdigit()):
        return b""
    limit = bodies.limit_of(scope["PATH_INFO"])
    if len(length) > len(str(limit)) or not 0 < int(length) <= limit:
        return b""
    return bytes(scope["wsgi.input"].read(int(length)))


def _answer(application: Application, protocol: Any, environ: dict[str, Any]) -> None:
    start = _Start()
    try:
        pieces = application(environ, start)
    except Exception:
        protocol.response_bytes(_INTERNAL_ERROR, [], b"")
        raise
    if isinstance(pieces, list):
        protocol.response_bytes(start.status, start.headers, b"".join(pieces))
    else:
        protocol.response_iter(start.status, start.headers, _Stream(pieces))
