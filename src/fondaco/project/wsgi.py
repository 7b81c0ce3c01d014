"""The web process's entry point, for any WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.project.settings")

application = get_wsgi_application()
