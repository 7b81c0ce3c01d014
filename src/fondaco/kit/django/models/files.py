"""The table of stored files; their bytes lie sealed in a store beside the database."""

from typing import ClassVar

from django.db import models


class StoredFile(models.Model):
    """One file that somebody uploaded or the platform made."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=128)
    """The uploader's name for it, cleaned; never a path."""
    content_type = models.CharField(max_length=64)
    """What the bytes are, by their own look; what the uploader claims is ignored."""
    size_bytes = models.PositiveIntegerField()
    sha256 = models.BinaryField(max_length=32)
    """Digest of the bytes before they were sealed."""
    purpose = models.CharField(max_length=64)
    """What the file is for, such as ``identity.verification``."""
    created_by = models.CharField(max_length=128)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    """When its bytes were removed; the row stays as a record."""

    class Meta:
        """Table and constraints."""

        db_table = "kit_stored_file"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kit_stored_file_is_not_empty", condition=models.Q(size_bytes__gt=0)
            )
        ]

    def __str__(self) -> str:
        """Name the file and its type."""
        return f"{self.name} ({self.content_type})"
