"""Tables of proofs of liabilities: reports, a root for each asset, the trees of customers' own proofs."""

from django.db import models
from django.db.models import Q

from fondaco.kit.django.fields import EncryptedTextField


class LiabilityReport(models.Model):
    """Hold one proof of liabilities; its roots are public and stay for ever."""

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    """The instant of the snapshot."""
    secret = EncryptedTextField()
    """Hexadecimal key from which the salts of the leaves follow."""
    forgotten_at = models.DateTimeField(null=True)
    """Since when the trees are gone, so that nobody can get a proof of his own any more."""

    class Meta:
        """Name the table."""

        db_table = "proofs_liability_report"
        indexes = (models.Index(fields=["-at", "-id"], name="proofs_reports_newest_first"),)

    def __str__(self) -> str:
        """Show the instant."""
        return f"liabilities at {self.at.isoformat()}"


class LiabilityRoot(models.Model):
    """Hold what is published for one asset: nothing of it can be changed later without being seen."""

    report = models.ForeignKey(LiabilityReport, on_delete=models.PROTECT, related_name="roots")
    asset = models.CharField(max_length=33)
    scale = models.PositiveSmallIntegerField()
    hash = models.BinaryField(max_length=32)
    total = models.DecimalField(max_digits=39, decimal_places=0)
    """What all leaves sum to, in minor units."""
    depth = models.PositiveSmallIntegerField()
    """Levels below the root: the tree has ``2 ** depth`` leaves, padding included."""
    top = models.BinaryField()
    """The packed nodes in which the chunks of leaves end."""

    class Meta:
        """One root for each asset, and no debt below zero."""

        db_table = "proofs_liability_root"
        constraints = (
            models.UniqueConstraint(
                fields=["report", "asset"], name="proofs_one_root_for_each_asset"
            ),
            models.CheckConstraint(
                condition=Q(total__gte=0), name="proofs_liability_total_is_not_negative"
            ),
        )

    def __str__(self) -> str:
        """Show asset and total."""
        return f"{self.asset} {self.total}"


class LiabilityNodes(models.Model):
    """Hold a chunk of 1,024 leaves' nodes, packed; a proof reads one chunk and the top."""

    root = models.ForeignKey(LiabilityRoot, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    nodes = models.BinaryField()

    class Meta:
        """One chunk of each number."""

        db_table = "proofs_liability_nodes"
        constraints = (
            models.UniqueConstraint(fields=["root", "number"], name="proofs_chunk_is_unique"),
        )

    def __str__(self) -> str:
        """Show the chunk's number."""
        return f"chunk {self.number}"


class LiabilityLeaf(models.Model):
    """Hold where a part of a customer's balance stands in the tree."""

    root = models.ForeignKey(LiabilityRoot, on_delete=models.CASCADE, related_name="leaves")
    customer_id = models.UUIDField()
    account_id = models.BigIntegerField()
    part = models.PositiveSmallIntegerField()
    position = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=39, decimal_places=0)

    class Meta:
        """A customer's leaves are found together, and nothing stands at a place twice."""

        db_table = "proofs_liability_leaf"
        constraints = (
            models.UniqueConstraint(
                fields=["root", "position"], name="proofs_a_place_is_taken_once"
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0), name="proofs_liability_amount_is_not_negative"
            ),
        )
        indexes = (
            models.Index(fields=["customer_id", "root"], name="proofs_leaves_of_a_customer"),
        )

    def __str__(self) -> str:
        """Show the place."""
        return f"leaf {self.position}: {self.amount}"
