"""The Django application."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Register the models of orders in each tenant's schema."""

    name = "fondaco.orders"
    label = "orders"
    default_auto_field = "django.db.models.BigAutoField"
