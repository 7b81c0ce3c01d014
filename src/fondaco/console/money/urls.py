"""Which path shows which page of a customer's money."""

from typing import Final

from django.urls import URLPattern, path

from fondaco.console.money import (
    activity,
    balances,
    home,
    limits,
    live,
    orders,
    paying,
    requests,
    statements,
    trading,
    wallets,
)

urlpatterns: Final[list[URLPattern]] = [
    path("", home.home, name="home"),
    path("valued-in", home.choose_currency, name="valued-in"),
    path("balances", balances.balances, name="balances"),
    path("wallets", wallets.wallets, name="wallets"),
    path("wallets/<str:reference>", wallets.wallet, name="wallet"),
    path("wallets/<str:reference>/settings", wallets.manage, name="wallet-settings"),
    path("wallets/<str:reference>/cash-out", paying.cash_out, name="cash-out"),
    path("wallets/<str:reference>/statement", statements.statement, name="statement"),
    path(
        "wallets/<str:reference>/statement.<str:form>",
        statements.statement_file,
        name="statement-file",
    ),
    path("activity", activity.activity, name="activity"),
    path("activity.csv", activity.export, name="activity-export"),
    path("pay", paying.pay, name="pay"),
    path("requests", requests.requests, name="requests"),
    path("requests/new", requests.ask, name="ask"),
    path("requests/<str:reference>", requests.payment_request, name="request"),
    path("buy", trading.buy, name="buy"),
    path("exchange", trading.exchange, name="exchange"),
    path("limits", limits.limits, name="limits"),
    path("orders", orders.orders, name="orders"),
    path("orders/<str:reference>", orders.order, name="order"),
    path("live/ticket", live.ticket, name="live-ticket"),
]
