"""The Django application."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Register the tables of the journal in each tenant's schema."""

    name = "fondaco.journal"
    label = "journal"
    default_auto_field = "django.db.models.BigAutoField"
