"""The table of what providers sent us."""

from typing import ClassVar

from django.db import models

from fondaco.kit.django.fields import EncryptedJSONField


class InboundCallback(models.Model):
    """One notice of a provider, as its bytes came; it proves nothing before a job has verified it."""

    id = models.UUIDField(primary_key=True)
    provider = models.CharField(max_length=32)
    key = models.CharField(max_length=64)
    """Names the provider's account; part of the address that we gave to the provider."""
    content = EncryptedJSONField()
    """Method, query, headers and the body in base64."""
    received_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    """When the provider's own code took it; null while it waits, or for ever when it was refused."""
    error = models.CharField(max_length=255, default="")
    """Why it was refused, without its content."""

    class Meta:
        """Table and index."""

        db_table = "kit_inbound_callback"
        indexes: ClassVar = [
            models.Index(name="kit_inbound_callback_received", fields=["received_at"])
        ]

    def __str__(self) -> str:
        """Name the provider and the instant."""
        return f"{self.provider} at {self.received_at}"
