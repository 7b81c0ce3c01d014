"""Proofs over HTTP. ``MOUNTS`` names where each router hangs below ``/api/v1``."""

from typing import Final

from fondaco.kit.django.api.router import Router
from fondaco.proofs.api import evidence, liabilities, seals, solvency

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    ("/ledger", seals.router),
    ("/operator/evidence", evidence.router),
    ("/proofs", liabilities.public),
    ("/me/proofs", liabilities.mine),
    ("/operator", solvency.router),
)

__all__ = ["MOUNTS"]
