"""Which path shows which page of the house at customers and money."""

from typing import Final

from django.urls import URLPattern, path

from fondaco.console.desk import hooks
from fondaco.console.operator import (
    batches,
    customers,
    ledger,
    orders,
    search,
    transfers,
    treasury,
    verifications,
    wallets,
)

urlpatterns: Final[list[URLPattern]] = [
    path("search", search.search, name="operator-search"),
    path("webhooks/failing", hooks.failing, name="operator-failing"),
    path("webhooks/deliveries/<str:reference>", search.delivery, name="operator-delivery"),
    path("customers", customers.customers, name="operator-customers"),
    path("customers/<str:reference>", customers.customer, name="operator-customer"),
    path("end-view", customers.end_view, name="operator-end-view"),
    path("verifications", verifications.verifications, name="operator-verifications"),
    path("verifications/<str:reference>", verifications.verification, name="operator-verification"),
    path(
        "verifications/<str:reference>/documents/<str:document>",
        verifications.document,
        name="operator-document",
    ),
    path("wallets/<str:reference>", wallets.wallet, name="operator-wallet"),
    path("orders", orders.orders, name="operator-orders"),
    path("orders/<str:reference>", orders.order, name="operator-order"),
    path("batches", batches.batches, name="operator-batches"),
    path("covering-orders", treasury.coverings, name="operator-coverings"),
    path("positions", treasury.holdings, name="operator-positions"),
    path("gains", treasury.gains, name="operator-gains"),
    path("batches/<str:reference>", batches.batch, name="operator-batch"),
    path("books/transfers", ledger.transfers, name="operator-transfers"),
    path("books/transfers/<str:reference>", transfers.transfer, name="operator-transfer"),
    path("books/accounts", ledger.accounts, name="operator-accounts"),
    path("books/accounts/<str:code>", ledger.account, name="operator-account"),
    path(
        "books/accounts/<str:code>/statement.pdf",
        ledger.account_statement,
        name="operator-account-statement",
    ),
    path("books/trial-balance", ledger.trial_balance, name="operator-trial"),
]
