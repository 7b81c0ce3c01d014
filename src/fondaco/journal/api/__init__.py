"""The journal over HTTP. ``MOUNTS`` names where each router hangs below ``/api/v1``."""

from typing import Final

from fondaco.journal.api import accounts, openings, posting, transfers
from fondaco.journal.api.routing import router
from fondaco.kit.django.api.router import Router

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    ("/ledger", accounts.router),
    ("/ledger", router),
    ("/operator", openings.router),
)

__all__ = ["MOUNTS", "accounts", "posting", "transfers"]
