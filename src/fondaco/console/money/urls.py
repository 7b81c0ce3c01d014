"""Which path shows which page of a customer's money."""

from typing import Final

from django.urls import URLPattern, path

from fondaco.console.money import wallets

urlpatterns: Final[list[URLPattern]] = [
    path("", wallets.home, name="home"),
    path("wallets", wallets.wallets, name="wallets"),
    path("wallets/<str:reference>", wallets.wallet, name="wallet"),
    path("activity", wallets.activity, name="activity"),
]
