"""What others say that they hold for the house: statements of providers, banks and nodes."""

from django.db import models

from fondaco.kit.ids import uuid7


class Holding(models.Model):
    """Hold one statement; a later one counts instead, and none is altered."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    place = models.CharField(max_length=160)
    """Beginning of the ledger's account, such as ``providers:kraken``."""
    asset = models.CharField(max_length=33)
    scale = models.PositiveSmallIntegerField()
    amount = models.DecimalField(max_digits=39, decimal_places=0)
    """Minor units; below zero where the house owes the provider."""
    at = models.DateTimeField()
    """The instant that the statement is about."""
    source = models.CharField(max_length=200)
    """Where it comes from: a statement's number, a screen, a block height."""
    recorded_by = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        """The latest of each place and asset is found at once."""

        db_table = "proofs_holding"
        indexes = (
            models.Index(fields=["place", "asset", "-at", "-id"], name="proofs_latest_holding"),
        )

    def __str__(self) -> str:
        """Show place, asset and amount."""
        return f"{self.place} {self.asset} {self.amount}"
