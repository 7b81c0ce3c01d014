"""The Django application."""

from django.apps import AppConfig


class InstrumentsConfig(AppConfig):
    """Register the models of instruments in each tenant's schema."""

    name = "fondaco.instruments"
    label = "instruments"
    default_auto_field = "django.db.models.BigAutoField"
