"""Proofs over HTTP. ``MOUNTS`` names where each router hangs below ``/api/v1``."""

from typing import Final

from fondaco.kit.django.api.router import Router
from fondaco.proofs.api import liabilities, seals

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    ("/ledger", seals.router),
    ("/proofs", liabilities.public),
    ("/me/proofs", liabilities.mine),
)

__all__ = ["MOUNTS"]
