"""The Django application."""

from django.apps import AppConfig


class ProofsConfig(AppConfig):
    """Register the models of proofs in each tenant's schema."""

    name = "fondaco.proofs"
    label = "proofs"
    default_auto_field = "django.db.models.BigAutoField"
