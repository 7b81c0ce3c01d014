"""The web process's entry point under granian.

Granian forks its workers, and installs their signal handlers only once the application is imported. A
SIGTERM that came meanwhile would be taken by what was inherited from the parent, and lost; the worker would
have to be killed. So it gets the system's own reaction back first: nothing is accepted yet, it may end.

Then the interpreter is fitted to many threads with short requests.
"""

import signal
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from fondaco.kit import tuning

signal.signal(signal.SIGTERM, signal.SIG_DFL)

# By name, so that it runs after the line above.
_handle = import_module("fondaco.project.wsgi").application

tuning.tune()


def application(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]
) -> Iterable[bytes]:
    """Answer a request; what is whole is handed over in one piece, which the server sends at once."""
    response = _handle(environ, start_response)
    if response.streaming:
        chunks: Iterable[bytes] = response
        return chunks
    try:
        return [response.content]
    finally:
        response.close()
