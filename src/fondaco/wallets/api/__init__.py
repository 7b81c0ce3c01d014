"""Wallets over HTTP. ``MOUNTS`` names where each router hangs below ``/api/v1``, in order of matching."""

from typing import Final

from fondaco.kit.django.api.router import Router
from fondaco.wallets.api import (
    balances,
    batches,
    blocks,
    cashouts,
    charges,
    history,
    movements,
    requests,
    rules,
    signup,
    statistics,
    topups,
    totals,
    wallets,
)

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    ("/auth", signup.router),
    ("/me", balances.router),
    ("/wallets", wallets.router),
    ("/wallets", rules.router),
    ("/wallets", topups.router),
    ("/wallets", cashouts.router),
    ("/wallets", history.router),
    ("/charges", batches.router),
    ("/charges", charges.router),
    ("/cash-outs", cashouts.orders),
    ("/transactions", history.transactions),
    ("/internal-movements", movements.router),
    ("/payment-requests", requests.router),
    ("/statistics", statistics.router),
    ("/operator", topups.operators),
    ("/operator", cashouts.operators),
    ("/operator", blocks.operators),
    ("/operator", totals.operators),
)

__all__ = ["MOUNTS"]
