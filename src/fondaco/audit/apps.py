"""The Django application."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Register the models of audit in each tenant's schema."""

    name = "fondaco.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
