"""The Django application."""

from django.apps import AppConfig


class WalletsConfig(AppConfig):
    """Register the models of wallets; ``project.wiring`` declares to the lower layers what wallets bring."""

    name = "fondaco.wallets"
    label = "wallets"
    default_auto_field = "django.db.models.BigAutoField"
