"""Wallets over HTTP. ``MOUNTS`` names where each router hangs below ``/api/v1``.

They are matched in this order, so what is asked most often comes first.
"""

from typing import Final

from fondaco.kit.django.api.router import Router
from fondaco.wallets.api import (
    balances,
    batches,
    blocks,
    cashouts,
    charges,
    movements,
    requests,
    rules,
    signup,
    topups,
    wallets,
)

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    ("/charges", batches.router),
    ("/charges", charges.router),
    ("/auth", signup.router),
    ("/me", balances.router),
    ("/wallets", wallets.router),
    ("/wallets", rules.router),
    ("/wallets", topups.router),
    ("/wallets", cashouts.router),
    ("/cash-outs", cashouts.orders),
    ("/internal-movements", movements.router),
    ("/payment-requests", requests.router),
    ("/operator", topups.operators),
    ("/operator", cashouts.operators),
    ("/operator", blocks.operators),
)

__all__ = ["MOUNTS"]
