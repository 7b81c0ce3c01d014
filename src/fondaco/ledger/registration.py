"""What the ledger tells lower layers when the platform starts."""

from typing import Final

from fondaco.kit.django import metrics_database
from fondaco.kit.django.tenancy import schemas
from fondaco.ledger.actions import seed_assets
from fondaco.ledger.queries.partitions import DAYS_AHEAD

_ROOM: Final = metrics_database.Reading(
    DAYS_AHEAD,
    (),
    (("fondaco_ledger_partition_days_ahead", "Days for which the table of transfers has room."),),
)


def register() -> None:
    """Have each new tenant know the shipped assets, and watch that the table of transfers has room."""
    schemas.on_create(seed_assets)
    metrics_database.read_also(_ROOM)
