"""Reads of stops."""

from uuid import UUID

from fondaco.kit.errors import NotFound
from fondaco.policies import models
from fondaco.policies.rows import show_stop
from fondaco.policies.types import Stop

STOPS_MAX = 500


def list_stops(*, lifted: bool = False) -> list[Stop]:
    """Give what is stopped, or the latest that was and is no more; newest first."""
    rows = models.Stop.objects.filter(lifted_at__isnull=not lifted).order_by("-id")
    return [show_stop(row) for row in rows[:STOPS_MAX]]


def get_stop(*, stop_id: UUID) -> Stop:
    """Give a stop.

    :raises NotFound: there is none
    """
    row = models.Stop.objects.filter(id=stop_id).first()
    if row is None:
        raise NotFound
    return show_stop(row)
