"""The realtime process: an entry point for any ASGI server, or run as a program by uvicorn.

``fondaco realtime`` becomes ``python -m fondaco.project.asgi``, so that a process which holds thousands of
sockets does not hold the whole command line too.
"""

import os
import sys
from importlib import import_module

import django
import uvicorn

# The library of logs loads it for tracebacks in colour, where it finds it; here that is three megabytes
# for nothing.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # none stands for what cannot be imported

from fondaco.kit import tuning  # noqa: E402 - as below
from fondaco.kit.django import logs, metrics  # noqa: E402 - they load the library of logs
from fondaco.kit.options import options  # noqa: E402 - as above
from fondaco.project import database  # noqa: E402 - as above

os.environ["DJANGO_SETTINGS_MODULE"] = "fondaco.project.settings.realtime"
with tuning.loading():
    django.setup()
    # By name, since its modules can be imported only now that Django is loaded.
    application = import_module("fondaco.realtime.application").application
logs.configure()
if options().metrics_port:
    metrics.serve(port=options().metrics_port, host=options().host)


def serve() -> None:
    """Serve sockets until SIGTERM."""
    with database.available():
        uvicorn.run(
            application,
            host=options().host,
            port=options().realtime_port,
            log_level="warning",
            timeout_graceful_shutdown=options().shutdown_timeout_s,
            ws="websockets-sansio",
            # Compression would keep two dictionaries for each socket.
            ws_per_message_deflate=False,
        )


if __name__ == "__main__":
    serve()
