"""The Django application."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Register the templates and the table of browsers that are logged in."""

    name = "fondaco.console"
    label = "console"
    default_auto_field = "django.db.models.BigAutoField"
