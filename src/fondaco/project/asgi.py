"""The realtime process: an entry point for any ASGI server, or run as a program by uvicorn.

``fondaco realtime`` becomes ``python -m fondaco.project.asgi``, so that a process which holds thousands of
sockets does not hold the whole command line too.
"""

import os
from importlib import import_module

import django
import uvicorn

from fondaco.kit.django import logs, metrics
from fondaco.kit.options import options
from fondaco.project import database

os.environ["DJANGO_SETTINGS_MODULE"] = "fondaco.project.settings.realtime"
django.setup()
logs.configure()
if options().metrics_port:
    metrics.serve(port=options().metrics_port, host=options().host)

# By name, since its modules can be imported only now that Django is loaded.
application = import_module("fondaco.realtime.application").application

if __name__ == "__main__":
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
