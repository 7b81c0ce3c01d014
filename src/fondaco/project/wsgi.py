"""The web process's entry point, for any WSGI server."""

import os
from importlib import import_module

import django

from fondaco.kit.django import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.project.settings")
django.setup(set_prefix=False)

# By name, and only now: it loads the middleware, which needs the applications.
application = import_module("fondaco.project.web_application").WebApplication()
logs.configure()
import_module("fondaco.project.tracing").start("web")
