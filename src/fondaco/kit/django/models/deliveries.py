"""The table of messages that hold secrets."""

from typing import ClassVar

from django.db import models

from fondaco.kit.django.fields import EncryptedJSONField
from fondaco.kit.lifecycle import Lifecycle


class Channel(models.TextChoices):
    """By which road a message travels."""

    EMAIL = "email"
    """To an e-mail address."""
    SMS = "sms"
    """To a telephone number in E.164."""
    TELEGRAM = "telegram"
    """To a Telegram chat id."""
    SLACK = "slack"
    """To a Slack channel or user id."""


class DeliveryState(models.TextChoices):
    """How far a message has come."""

    QUEUED = "queued"
    """Waits for its first or next try."""
    SENDING = "sending"
    """A worker holds it; taken back when that worker dies."""
    SENT = "sent"
    """The transport has it; the content is wiped."""
    FAILED = "failed"
    """The transport refused it for good, or the tries are used up; the content is wiped."""
    EXPIRED = "expired"
    """Its secret was no longer worth sending; the content is wiped."""


_ENDS = {DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.EXPIRED}

DELIVERY_LIFE = Lifecycle(
    {
        DeliveryState.QUEUED: {DeliveryState.SENDING, DeliveryState.EXPIRED},
        DeliveryState.SENDING: {DeliveryState.QUEUED, DeliveryState.SENDING} | _ENDS,
        DeliveryState.SENT: set(),
        DeliveryState.FAILED: set(),
        DeliveryState.EXPIRED: set(),
    }
)


class Delivery(models.Model):
    """One message to one recipient; whatever is secret in it is sealed, and gone once it is sent."""

    id = models.UUIDField(primary_key=True)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    state = models.CharField(
        max_length=16, choices=DeliveryState.choices, default=DeliveryState.QUEUED
    )
    purpose = models.CharField(max_length=64)
    """What the message is for, such as ``identity.password_reset``."""
    recipient_hint = models.CharField(max_length=64)
    """Enough of the address for an operator to recognise it, such as ``j…@example.com``."""
    content = EncryptedJSONField(null=True)
    """Recipient, subject and text; null once the message is sent, failed or expired."""
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    """When the next try may begin; while sending, when the try counts as dead."""
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    """When it was sent, failed or expired."""
    receipt = models.CharField(max_length=255, default="")
    """The transport's own name for the message."""
    error = models.CharField(max_length=255, default="")
    """Why the latest try failed, without the content."""

    class Meta:
        """Table, constraints and indexes."""

        db_table = "kit_delivery"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kit_delivery_is_wiped_once_closed",
                condition=models.Q(closed_at__isnull=True) | models.Q(content__isnull=True),
            ),
            models.CheckConstraint(
                name="kit_delivery_is_closed_in_its_final_states",
                condition=models.Q(closed_at__isnull=False, state__in=sorted(_ENDS))
                | (models.Q(closed_at__isnull=True) & ~models.Q(state__in=sorted(_ENDS))),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                name="kit_delivery_due",
                fields=["due_at"],
                condition=models.Q(closed_at__isnull=True),
            ),
            models.Index(name="kit_delivery_closed", fields=["closed_at"]),
        ]

    def __str__(self) -> str:
        """Name the message without its content."""
        return f"{self.purpose} by {self.channel} to {self.recipient_hint}: {self.state}"
