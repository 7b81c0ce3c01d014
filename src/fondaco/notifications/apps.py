"""The Django application."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Register templates, messages, preferences and mailings in each tenant's schema."""

    name = "fondaco.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"
