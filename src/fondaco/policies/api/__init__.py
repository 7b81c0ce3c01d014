"""Policies over HTTP. ``MOUNTS`` names where each router hangs below ``/api/v1``."""

from typing import Final

from fondaco.kit.django.api.router import Router
from fondaco.policies.api import mine, risk, rules, settings, stops

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    ("/me", mine.router),
    ("/operator/policies", rules.router),
    ("/operator/policies", stops.router),
    ("/operator/policies", settings.router),
    ("/operator/risk", risk.router),
)

__all__ = ["MOUNTS"]
