"""Investing over HTTP. ``MOUNTS`` names where each router hangs below ``/api/v1``."""

from typing import Final

from fondaco.investing.api import advice, imports, operators, orders, portfolio
from fondaco.kit.django.api.router import Router

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    ("/portfolio", advice.router),
    ("/portfolio", orders.router),
    ("/portfolio", imports.router),
    ("/portfolio", portfolio.router),
    ("/operator", operators.router),
)

__all__ = ["MOUNTS"]
