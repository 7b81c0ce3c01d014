"""Reports over HTTP. ``MOUNTS`` names where each router hangs below ``/api/v1``."""

from typing import Final

from fondaco.kit.django.api.router import Router
from fondaco.reports.api import books, expenses, history, statements

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    ("/statistics", expenses.router),
    ("/wallets", statements.router),
    ("/wallets", history.router),
    ("/transactions", history.transactions),
    ("/ledger", books.router),
)
