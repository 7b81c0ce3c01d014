"""The Django application."""

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    """Register rules, stops, settings and risk cases in each tenant's schema."""

    name = "fondaco.policies"
    label = "policies"
    default_auto_field = "django.db.models.BigAutoField"
