"""Declare what accounts may count."""

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.kit.access import SYSTEM, Actor
from fondaco.kit.django import events
from fondaco.kit.errors import DomainError, Kind
from fondaco.ledger import models
from fondaco.ledger.events import AssetDeclared
from fondaco.money import SHIPPED, Asset


class AssetDiffers(DomainError):
    """Say that the code is taken by an asset of another scale."""

    code = "asset_differs"
    kind = Kind.CONFLICT
    title = "An asset of this code has another number of decimal places."


def declare_asset(*, asset: Asset, by: Actor) -> None:
    """Let accounts count the asset; declaring it again changes nothing.

    :raises AssetDiffers: the code is taken with another scale, which can never change
    """
    with transaction.atomic():
        row, is_new = models.Asset.objects.get_or_create(
            code=asset.code, defaults={"scale": asset.scale}
        )
        if row.scale != asset.scale:
            raise AssetDiffers(f"{asset.code} has {row.scale} decimal places.", field="scale")
        if is_new:
            audit.record(
                by=by,
                action="ledger.asset.declare",
                subject=asset.code,
                detail={"scale": asset.scale},
            )
            events.publish(AssetDeclared(code=asset.code, scale=asset.scale), by=by)


def seed_assets() -> None:
    """Declare the shipped assets; run for each new tenant."""
    for asset in SHIPPED:
        declare_asset(asset=asset, by=SYSTEM)
