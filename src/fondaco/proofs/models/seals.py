"""The tables of seals: blocks, and which rows each of them closes."""

from django.db import models
from django.db.models import Q


class Block(models.Model):
    """Hold one block of the chain; a trigger refuses to alter or remove it."""

    number = models.BigIntegerField(primary_key=True)
    """From one on, without a gap."""
    sealed_at = models.DateTimeField()
    previous = models.BinaryField(max_length=32)
    """The hash of the block before; of the first one, a digest of the tenant's name."""
    hash = models.BinaryField(max_length=32)
    """The digest of the header, which names all of the above and each part's root."""
    key_id = models.CharField(max_length=64)
    signature = models.BinaryField(max_length=64)
    """Ed25519 over the hash."""

    class Meta:
        """Name the table."""

        db_table = "proofs_block"
        constraints = (
            models.CheckConstraint(
                condition=Q(number__gte=1), name="proofs_blocks_are_numbered_from_one"
            ),
        )

    def __str__(self) -> str:
        """Show number and hash."""
        return f"block {self.number} {bytes(self.hash).hex()}"


class BlockPart(models.Model):
    """Hold which rows of one source a block closes, in their order within it."""

    block = models.ForeignKey(Block, on_delete=models.PROTECT, related_name="parts")
    source = models.CharField(max_length=16)
    """A name of ``lines.SOURCES``."""
    count = models.IntegerField()
    root = models.BinaryField(max_length=32)
    """The Merkle root over its rows."""
    total = models.BigIntegerField()
    """How many rows of the source all blocks up to and including this one close."""
    least = models.UUIDField()
    greatest = models.UUIDField()
    latest_at_us = models.BigIntegerField()
    """The latest instant that a row of it bears (microseconds since 1970)."""
    keys = models.BinaryField()
    """Sixteen bytes for each row."""
    marks = models.BinaryField()
    """The first four bytes of each row's hash: enough to name a row that was changed, proof is the root."""

    class Meta:
        """Find the parts of a source by order, by key and by instant."""

        db_table = "proofs_block_part"
        constraints = (
            models.UniqueConstraint(
                fields=("source", "block"), name="proofs_one_part_for_each_source"
            ),
            models.CheckConstraint(condition=Q(count__gt=0), name="proofs_block_part_is_not_empty"),
        )
        indexes = (
            models.Index(fields=("source", "latest_at_us"), name="proofs_parts_by_instant"),
            models.Index(fields=("source", "greatest", "least"), name="proofs_parts_by_key"),
        )

    def __str__(self) -> str:
        """Show block, source and count."""
        return f"block {self.block_id}: {self.count} of {self.source}"


class KeptLeaves(models.Model):
    """Hold all hashes of a part whose rows lie in two partitions, so that one can be detached."""

    part = models.OneToOneField(
        BlockPart, on_delete=models.PROTECT, primary_key=True, related_name="leaves"
    )
    hashes = models.BinaryField()
    """Thirty-two bytes for each row, in the part's order."""

    class Meta:
        """Name the table."""

        db_table = "proofs_kept_leaves"

    def __str__(self) -> str:
        """Show the part."""
        return f"leaves of part {self.part_id}"
