"""The web process's entry point, for any WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

from fondaco.kit.django import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.project.settings")

application = get_wsgi_application()
logs.configure()
