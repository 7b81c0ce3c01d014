"""The tables of what is worked out in the background: verifications, and archives of evidence."""

from django.db import models


class Verification(models.Model):
    """Hold one recomputation of everything that somebody asked for."""

    id = models.UUIDField(primary_key=True)
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    difference = models.TextField(null=True)  # noqa: DJ001 - none: everything agrees, or it is not done yet
    counts = models.JSONField(default=dict)
    """What was looked at, by its name."""

    class Meta:
        """Name the table."""

        db_table = "proofs_verification"
        indexes = (models.Index(fields=("-asked_at", "-id"), name="proofs_newest_verification"),)

    def __str__(self) -> str:
        """Show when it was asked for."""
        return f"verification of {self.asked_at:%Y-%m-%d %H:%M:%S}"


class Archive(models.Model):
    """Hold one archive of evidence that somebody asked for; its bytes are a stored file."""

    id = models.UUIDField(primary_key=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    file_id = models.UUIDField(null=True)
    sha256 = models.BinaryField(max_length=32, null=True)
    problem = models.CharField(max_length=64, blank=True)
    """The code of why there is no file."""

    class Meta:
        """Name the table."""

        db_table = "proofs_archive"
        indexes = (models.Index(fields=("-asked_at", "-id"), name="proofs_newest_archive"),)

    def __str__(self) -> str:
        """Show the period."""
        return f"evidence from {self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}"
