"""Endpoints with their encrypted secrets, deliveries, and each try of them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from fondaco.kit.django.fields import EncryptedTextField
from fondaco.kit.ids import uuid7
from fondaco.webhooks.states import DeliveryState


class Endpoint(models.Model):
    """Hold where a customer's events go; a deleted one keeps its row for the log."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("identity.Customer", on_delete=models.PROTECT, related_name="+")
    url = models.CharField(max_length=500, blank=True)
    """Empty: the sender of the customer's order callbacks."""
    label = models.CharField(max_length=100, blank=True)
    types = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    secret = EncryptedTextField()
    old_secret = EncryptedTextField(null=True)
    old_secret_until = models.DateTimeField(null=True)
    seed = EncryptedTextField()
    """The Ed25519 key's seed in base 64."""
    public_key = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    enabled_at = models.DateTimeField()
    """Events that happened before are not sent."""
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=100, blank=True)
    failures = models.PositiveIntegerField(db_default=0, default=0)
    """Tries that failed since the last one that did not."""
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        """Events look for living endpoints of a customer; each has one sender of callbacks."""

        indexes = (
            models.Index(
                fields=["customer", "id"],
                name="webhooks_living_endpoints",
                condition=Q(deleted_at__isnull=True),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(url=""),
                name="webhooks_one_sender_of_callbacks",
            ),
        )

    def __str__(self) -> str:
        """Write the address, never the secret."""
        return self.url or "order callbacks"


class Delivery(models.Model):
    """Hold one message to one endpoint; numbers are in the order of the events."""

    number = models.BigAutoField(primary_key=True)
    id = models.UUIDField(default=uuid7, editable=False, unique=True)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    message_id = models.CharField(max_length=60)
    type = models.CharField(max_length=100)
    subject = models.CharField(max_length=200)
    url = models.CharField(max_length=500, blank=True)
    """Empty: the endpoint's."""
    callback_id = models.UUIDField(null=True)
    """The order callback that it carries."""
    body = models.TextField()
    state = models.CharField(max_length=20, choices=DeliveryState.choices)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """The sender looks for the first waiting one of each subject; people read the log backwards."""

        indexes = (
            models.Index(
                fields=["endpoint", "subject", "number"],
                name="webhooks_first_of_a_subject",
                condition=Q(state="waiting"),
            ),
            models.Index(fields=["due_at"], name="webhooks_due", condition=Q(state="waiting")),
            models.Index(fields=["endpoint", "-id"], name="webhooks_log_of_an_endpoint"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["endpoint", "message_id"], name="webhooks_message_goes_to_an_endpoint_once"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at__isnull=True)
                | (~Q(state="waiting") & Q(ended_at__isnull=False)),
                name="webhooks_ended_deliveries_have_an_end",
            ),
        )

    def __str__(self) -> str:
        """Write what is sent and where it stands."""
        return f"{self.type} {self.state}"


class Attempt(models.Model):
    """Hold one try: what was asked, what came back, how long it took."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    request_headers = models.JSONField()
    answer_status = models.PositiveSmallIntegerField(null=True)
    answer_body = models.CharField(max_length=1000, blank=True)
    error = models.CharField(max_length=255, blank=True)

    def __str__(self) -> str:
        """Write how it went."""
        return str(self.answer_status or self.error)
