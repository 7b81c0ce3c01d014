"""Registration with Django."""

from django.apps import AppConfig


class KitConfig(AppConfig):
    """Register the tables that every domain shares; they live in each tenant's schema."""

    name = "fondaco.kit.django"
    label = "kit"
    default_auto_field = "django.db.models.BigAutoField"
