"""What the ledger tells lower layers when the platform starts."""

from fondaco.kit.django.tenancy import schemas
from fondaco.ledger.actions import seed_assets


def register() -> None:
    """Have each new tenant know the shipped assets."""
    schemas.on_create(seed_assets)
