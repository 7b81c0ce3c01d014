"""The first answer to each request that moved money or made an order."""

from django.db import models


class StoredAnswer(models.Model):
    """What was answered under an idempotency key, kept to be given again."""

    digest = models.BinaryField(primary_key=True, max_length=16)
    """Of customer, operation and key."""
    fingerprint = models.BinaryField(max_length=16)
    """Of the request's body: the same key with another body is a mistake of the caller."""
    status = models.SmallIntegerField()
    body = models.BinaryField()
    """The JSON that was sent; sealed where it may hold a secret."""
    created_at = models.DateTimeField()

    class Meta:
        """Name the table; the index for ageing out is made in SQL (BRIN: rows arrive in order of time)."""

        db_table = "kit_idempotency"

    def __str__(self) -> str:
        """Give the digest."""
        return bytes(self.digest).hex()
