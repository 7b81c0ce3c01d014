"""The exchange over HTTP. ``MOUNTS`` names where each router hangs below ``/api/v1``."""

from typing import Final

from fondaco.exchange.api import desk, exchanges, purchases
from fondaco.kit.django.api.router import Router

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    ("/purchases", purchases.router),
    ("/exchanges", exchanges.router),
    ("/operator/exchange", desk.router),
)

__all__ = ["MOUNTS"]
