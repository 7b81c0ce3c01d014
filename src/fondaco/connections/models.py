"""Tables of provider accounts."""

from django.db import models
from django.db.models import Q

from fondaco.connections.states import Environment, Family, Health
from fondaco.kit.django.fields import EncryptedJSONField
from fondaco.kit.ids import uuid7


class Account(models.Model):
    """Hold one account at a provider."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    family = models.CharField(max_length=20, choices=Family.choices)
    kind = models.CharField(max_length=40)
    label = models.CharField(max_length=100)
    environment = models.CharField(max_length=10, choices=Environment.choices)
    credentials = EncryptedJSONField()
    settings = models.JSONField(default=dict)
    priority = models.IntegerField(default=100)
    enabled = models.BooleanField(default=True)
    health = models.CharField(max_length=10, choices=Health.choices, default=Health.UNKNOWN)
    health_detail = models.CharField(max_length=300, blank=True, default="")
    checked_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        """A label names one account of a kind; words are known ones."""

        constraints = (
            models.UniqueConstraint(
                fields=["kind", "label"], name="connections_account_label_is_one_per_kind"
            ),
            models.CheckConstraint(
                condition=Q(family__in=Family.values), name="connections_account_family_is_known"
            ),
            models.CheckConstraint(
                condition=Q(health__in=Health.values), name="connections_account_health_is_known"
            ),
            models.CheckConstraint(
                condition=Q(environment__in=Environment.values),
                name="connections_account_environment_is_known",
            ),
        )

    def __str__(self) -> str:
        """Write kind and label."""
        return f"{self.kind} {self.label}"


class Draft(models.Model):
    """Hold credentials that were handed in and wait to be signed; they are never shown again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    credentials = EncryptedJSONField()
    digest = models.CharField(max_length=64)
    made_by = models.CharField(max_length=100)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        """Find what nobody signed in time."""

        indexes = (models.Index(fields=["expires_at"], name="connections_drafts_by_expiry"),)

    def __str__(self) -> str:
        """Write the identifier."""
        return f"draft {self.id}"
