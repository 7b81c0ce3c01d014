"""The Django application."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Register the models of identity in each tenant's schema."""

    name = "fondaco.identity"
    label = "identity"
    default_auto_field = "django.db.models.BigAutoField"
