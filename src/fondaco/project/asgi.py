"""The realtime process's entry point, for any ASGI server."""

import os
from importlib import import_module

import django

from fondaco.kit.django import logs, metrics
from fondaco.kit.options import options

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.project.settings")
django.setup()
logs.configure()
if options().metrics_port:
    metrics.serve(port=options().metrics_port, host=options().host)

# By name, since its modules can be imported only now that Django is loaded.
application = import_module("fondaco.realtime.application").application
