"""The market over HTTP. ``MOUNTS`` names where each router hangs below ``/api/v1``."""

from typing import Final

from fondaco.kit.django.api.router import Router
from fondaco.market.api import market, operators, quotes

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    ("/market", market.router),
    ("/quotes", quotes.router),
    ("/operator/market", operators.router),
)

__all__ = ["MOUNTS"]
