"""The realtime process's entry point, for any ASGI server."""

import os
from importlib import import_module

import django

from fondaco.kit.django import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.project.settings")
django.setup()
logs.configure()

# By name, since its modules can be imported only now that Django is loaded.
application = import_module("fondaco.realtime.application").application
