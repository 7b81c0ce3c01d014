"""Registration with Django."""

from django.apps import AppConfig


class TenancyConfig(AppConfig):
    """Register the tables that say which tenants there are; they live in schema ``public``."""

    name = "fondaco.kit.django.tenancy"
    label = "tenancy"
    default_auto_field = "django.db.models.BigAutoField"
