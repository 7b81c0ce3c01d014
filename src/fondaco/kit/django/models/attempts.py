"""Attempts to prove who one is, counted so that guessing is slow."""

from django.db import models


class Attempt(models.Model):
    """One attempt of one account or address; it counts for a minute and is then removed."""

    key = models.BinaryField(max_length=16)
    """Digest of what is counted: an account's identifier or an address is not kept in clear."""
    at = models.DateTimeField(db_index=True)

    class Meta:
        """Name the table and the index by which an account's attempts are found."""

        db_table = "kit_attempt"
        indexes = (models.Index(fields=["key", "at"], name="kit_attempt_by_key"),)

    def __str__(self) -> str:
        """Give the digest and the instant."""
        return f"{bytes(self.key).hex()} at {self.at}"
