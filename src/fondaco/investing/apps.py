"""The Django application."""

from django.apps import AppConfig


class InvestingConfig(AppConfig):
    """Register the models of investing in each tenant's schema."""

    name = "fondaco.investing"
    label = "investing"
    default_auto_field = "django.db.models.BigAutoField"
