"""Templates in versions, messages with their histories, what people want, and mailings."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from fondaco.kit.django.fields import EncryptedJSONField, EncryptedTextField
from fondaco.kit.django.models import StateChange
from fondaco.kit.ids import uuid7
from fondaco.notifications.states import ENDED, Channel, MailingState, MessageState


class TemplateVersion(models.Model):
    """Hold one version of the words of a notice; never changed, the latest counts."""

    notice = models.CharField(max_length=60)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    language = models.CharField(max_length=8)
    version = models.PositiveIntegerField()
    subject = models.TextField(blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    is_shipped = models.BooleanField(default=False)
    """Whether the shipped words count again from this version on."""
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        """Number the versions of each template."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("notice", "channel", "language", "version"),
                name="notifications_template_version_is_one",
            )
        ]

    def __str__(self) -> str:
        """Write which it is."""
        return f"{self.notice} by {self.channel} in {self.language}, version {self.version}"


class Preference(models.Model):
    """Hold what a person wants of a notice by a channel, where it differs from the house's way."""

    user = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    notice = models.CharField(max_length=60)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    is_on = models.BooleanField()

    class Meta:
        """Hold one wish for each notice and channel."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("user", "notice", "channel"), name="notifications_preference_is_one"
            )
        ]

    def __str__(self) -> str:
        """Write what is wanted."""
        return f"{self.notice} by {self.channel}: {'on' if self.is_on else 'off'}"


class SlackMember(models.Model):
    """Hold a person's member id at the house's Slack, proved by a code that was sent there."""

    user = models.OneToOneField(
        "identity.User", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    member = EncryptedTextField()
    verified_at = models.DateTimeField(null=True)
    digest = models.BinaryField(max_length=32, null=True)
    """Of the code that was sent."""
    expires_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        """Write whose it is, never the member id."""
        return f"Slack of {self.user_id}"


class Mailing(models.Model):
    """Hold a letter to many, and how far it has come."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    label = models.CharField(max_length=100)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    subject = models.TextField(blank=True)
    text = models.TextField()
    html = models.TextField(blank=True)
    kind = models.CharField(max_length=20, blank=True)
    level = models.CharField(max_length=20, blank=True)
    group = models.ForeignKey(
        "identity.CustomerGroup", on_delete=models.PROTECT, null=True, related_name="+"
    )
    language = models.CharField(max_length=8, blank=True)
    per_minute = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=MailingState.choices)
    after_user = models.UUIDField(null=True)
    """The person who was gone through last; they go by identifier."""
    went_on_at = models.DateTimeField(null=True)
    made = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Find those that run."""

        indexes: ClassVar = [
            models.Index(
                fields=["went_on_at"],
                name="notifications_running",
                condition=Q(state=MailingState.RUNNING),
            )
        ]

    def __str__(self) -> str:
        """Write label and state."""
        return f"{self.label}: {self.state}"


class MailingStep(StateChange):
    """One move of a mailing; never changed."""

    subject = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="steps")


class Message(models.Model):
    """Hold one message to one person or address of the house by one channel."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event_id = models.UUIDField(null=True)
    mailing = models.ForeignKey(
        Mailing, on_delete=models.PROTECT, null=True, related_name="messages"
    )
    notice = models.CharField(max_length=60)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    language = models.CharField(max_length=8)
    template_version = models.PositiveIntegerField(default=0)
    user = models.ForeignKey("identity.User", on_delete=models.PROTECT, null=True, related_name="+")
    address = models.CharField(max_length=200, blank=True)
    """Of the house's own alerts; where a person is reached is looked up when it is sent."""
    content = EncryptedJSONField(null=True)
    """Subject, text, HTML and headers; null once they are destroyed."""
    state = models.CharField(max_length=16, choices=MessageState.choices)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    """When the next try may begin; while sending, when the try counts as dead."""
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    receipt = models.CharField(max_length=255, blank=True)
    error = models.CharField(max_length=255, blank=True)

    class Meta:
        """An event is told to a person once by a channel, whoever tries to tell it again."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("event_id", "user", "channel"),
                condition=Q(event_id__isnull=False, user__isnull=False),
                name="notifications_event_is_told_a_person_once_by_a_channel",
            ),
            models.UniqueConstraint(
                fields=("event_id", "address"),
                condition=Q(event_id__isnull=False, user__isnull=True),
                name="notifications_event_is_told_an_address_once",
            ),
            models.UniqueConstraint(
                fields=("mailing", "user"),
                condition=Q(mailing__isnull=False),
                name="notifications_mailing_reaches_a_person_once",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False) | ~Q(address=""),
                name="notifications_message_goes_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(ENDED), ended_at__isnull=False)
                | (~Q(state__in=sorted(ENDED)) & Q(ended_at__isnull=True)),
                name="notifications_ended_messages_have_an_end",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["channel", "due_at"],
                name="notifications_due",
                condition=Q(ended_at__isnull=True),
            ),
            models.Index(
                fields=["user", "-id"],
                name="notifications_inbox",
                condition=Q(channel=Channel.IN_APP),
            ),
            models.Index(fields=["state", "-id"], name="notifications_by_state"),
            models.Index(fields=["ended_at"], name="notifications_old"),
        ]

    def __str__(self) -> str:
        """Write what it is, not what it says."""
        return f"{self.notice} by {self.channel}: {self.state}"


class MessageStep(StateChange):
    """One move of a message; never changed."""

    subject = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="steps")
