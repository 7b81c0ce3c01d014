"""Keys with their encrypted secrets, and the networks that customers allow."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from fondaco.kit.django.fields import EncryptedTextField
from fondaco.kit.ids import uuid7


class ApiKey(models.Model):
    """Hold a key; a deleted one keeps its row and loses its secret."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("identity.Customer", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    """The person who made it."""
    label = models.CharField(max_length=100)
    secret = EncryptedTextField(null=True)
    """Encrypted and not hashed, since a signature is checked by making it again."""
    scopes = ArrayField(models.CharField(max_length=100))
    networks = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Keep secrets of living keys alone."""

        indexes = (
            models.Index(
                fields=("customer", "id"),
                name="apikeys_living_by_customer",
                condition=Q(deleted_at__isnull=True),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True, secret__isnull=False)
                | Q(deleted_at__isnull=False, secret__isnull=True),
                name="apikeys_secret_lives_as_long_as_its_key",
            ),
        )

    def __str__(self) -> str:
        """Write the label, never the secret."""
        return f"{self.label} of {self.customer_id}"


class AllowedNetwork(models.Model):
    """Hold addresses from which a customer may be reached; without any, all are allowed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("identity.Customer", on_delete=models.PROTECT, related_name="+")
    network = models.CharField(max_length=50)
    """In CIDR form, such as ``203.0.113.0/24``."""
    label = models.CharField(max_length=100, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        """Let a network stand once in a customer's list."""

        constraints = (
            models.UniqueConstraint(
                fields=("customer", "network"),
                name="apikeys_network_is_once_in_a_list",
            ),
        )

    def __str__(self) -> str:
        """Write the network."""
        return self.network
