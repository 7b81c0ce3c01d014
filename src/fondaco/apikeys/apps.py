"""The Django application."""

from django.apps import AppConfig


class ApiKeysConfig(AppConfig):
    """Register the models of keys in each tenant's schema."""

    name = "fondaco.apikeys"
    label = "apikeys"
    default_auto_field = "django.db.models.BigAutoField"
