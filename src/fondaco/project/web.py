"""The web process's entry point under granian.

Granian forks its workers, and installs their signal handlers only once the application is imported. A
SIGTERM that came meanwhile would be taken by what was inherited from the parent, and lost; the worker would
have to be killed. So it gets the system's own reaction back first: nothing is accepted yet, it may end.

What a process of many short-lived threads costs beside its work is set here, too; docs/benchmarks.md has
what each of these is worth.
"""

import gc
import signal
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, Final

SWITCH_INTERVAL_S: Final = 0.1
"""A request needs a millisecond of Python. Threads that wait for it would otherwise wake every 5 ms to ask
for the interpreter, and take it away in the middle of that millisecond."""
COLLECT_AFTER: Final = 20_000
"""New objects before the collector looks at the young ones; Python's own 700 is once per request."""

signal.signal(signal.SIGTERM, signal.SIG_DFL)

# By name, so that it runs after the line above.
_handle = import_module("fondaco.project.wsgi").application

sys.setswitchinterval(SWITCH_INTERVAL_S)
gc.collect()
gc.freeze()  # What is imported by now stays until the end; the collector need not search it again.
gc.set_threshold(COLLECT_AFTER, 20, 50)


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
