"""The house's own work over HTTP. ``MOUNTS`` names where each router hangs below ``/api/v1``."""

from typing import Final

from fondaco.kit.django.api.router import Router
from fondaco.operators.api import adjustments, jobs, people, providers, totals

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    ("/operator/people", people.router),
    ("/operator/jobs", jobs.router),
    ("/operator/provider-accounts", providers.router),
    ("/operator", totals.router),
    ("/operator", adjustments.router),
)

__all__ = ["MOUNTS"]
