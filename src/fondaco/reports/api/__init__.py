"""Reports over HTTP. ``MOUNTS`` names where each router hangs below ``/api/v1``."""

from typing import Final

from fondaco.kit.django.api.router import Router
from fondaco.reports.api import books, expenses, statements

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    ("/statistics", expenses.router),
    ("/wallets", statements.router),
    ("/ledger", books.router),
)
