"""The Django application."""

from django.apps import AppConfig


class KycConfig(AppConfig):
    """Register the models of verification in each tenant's schema."""

    name = "fondaco.kyc"
    label = "kyc"
    default_auto_field = "django.db.models.BigAutoField"
