"""The Django application."""

from django.apps import AppConfig


class SigningConfig(AppConfig):
    """Register the models of signing in each tenant's schema."""

    name = "fondaco.signing"
    label = "signing"
    default_auto_field = "django.db.models.BigAutoField"
