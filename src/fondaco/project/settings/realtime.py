"""The settings of ``fondaco realtime``: all is as elsewhere, but the process only shows events."""

from fondaco.project.settings import *  # noqa: F403 - settings are a module's names
from fondaco.project.settings.applications import SHARED_APPS, TENANT_APPS

REALTIME = "fondaco.project.apps.RealtimeConfig"
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS, REALTIME]  # type: ignore[misc]  # replaces what is imported
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "events"
"""Procrastinate would import the tasks of all, with the libraries of each."""
