"""Instruments over HTTP. ``MOUNTS`` names where each router hangs below ``/api/v1``."""

from typing import Final

from fondaco.instruments.api import assets, operators
from fondaco.kit.django.api.router import Router

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    ("/assets", assets.router),
    ("/operator", operators.router),
)

__all__ = ["MOUNTS"]
