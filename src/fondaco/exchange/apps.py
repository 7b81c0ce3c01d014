"""Django's entry for the exchange."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Register the tables of the exchange."""

    name = "fondaco.exchange"
    label = "exchange"
    default_auto_field = "django.db.models.BigAutoField"
