"""The Django application."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Register endpoints and deliveries in each tenant's schema."""

    name = "fondaco.webhooks"
    label = "webhooks"
    default_auto_field = "django.db.models.BigAutoField"
