"""The Django application."""

from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    """Register the models of credentials in each tenant's schema."""

    name = "fondaco.credentials"
    label = "credentials"
    default_auto_field = "django.db.models.BigAutoField"
