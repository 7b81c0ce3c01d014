"""The Django application."""

from django.apps import AppConfig


class OperatorsConfig(AppConfig):
    """Register the models of operators (none yet) in each tenant's schema."""

    name = "fondaco.operators"
    label = "operators"
    default_auto_field = "django.db.models.BigAutoField"
