"""The Django application."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """Register provider accounts in each tenant's schema."""

    name = "fondaco.connections"
    label = "connections"
    default_auto_field = "django.db.models.BigAutoField"
