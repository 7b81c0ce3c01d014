"""The Django application."""

from django.apps import AppConfig


class MarketConfig(AppConfig):
    """Register currencies, pairs, sources, prices and quotes in each tenant's schema."""

    name = "fondaco.market"
    label = "market"
    default_auto_field = "django.db.models.BigAutoField"
