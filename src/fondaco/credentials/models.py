"""Codes, links, locks and resets."""

from django.db import models
from django.db.models import Q

from fondaco.credentials.states import Purpose
from fondaco.kit.django.fields import EncryptedTextField
from fondaco.kit.ids import uuid7


class Challenge(models.Model):
    """Hold a question that is answered once: by a link's token, by a code, or by a signature.

    The caller holds the handle, whose digest is kept. What must be read again is sealed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    user = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    digest = models.BinaryField(max_length=32, unique=True)
    """SHA-256 of the handle."""
    code_digest = models.BinaryField(max_length=32, null=True, blank=True)
    """Keyed digest of the code; none until it is sent, and where there is no code."""
    subject = EncryptedTextField(null=True, blank=True)
    """An address, a seed or a state that the answer is about; wiped once used."""
    context = models.JSONField(default=dict, blank=True)
    """Nothing secret."""
    tries_left = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    """When it was answered, or taken back."""

    class Meta:
        """Find what a person was asked, and what is over."""

        indexes = (
            models.Index(fields=("user", "purpose"), name="challenges_of_a_user"),
            models.Index(fields=("expires_at",), name="challenges_by_expiry"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="challenge_purpose_is_known"
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(subject__isnull=True),
                name="challenge_is_wiped_once_used",
            ),
        )

    def __str__(self) -> str:
        """Write what it is for, never what answers it."""
        return f"{self.purpose} of {self.user_id}"


class LoginLock(models.Model):
    """Count wrong passwords for an identifier, known or not, by a digest of it."""

    digest = models.BinaryField(max_length=32, primary_key=True)
    failures = models.PositiveSmallIntegerField()
    since_at = models.DateTimeField()
    """When the count began."""
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Find what may be forgotten."""

        indexes = (models.Index(fields=("since_at",), name="login_locks_by_age"),)

    def __str__(self) -> str:
        """Write the count."""
        return f"{self.failures} wrong passwords"


class FactorReset(models.Model):
    """Hold the reset of a lost second factor: two operators, a notice, a day's delay."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    proposed_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    """When it takes effect; none until it is approved."""
    done_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Let a person have one open reset, and nobody approve his own proposal."""

        constraints = (
            models.UniqueConstraint(
                fields=("user",),
                condition=Q(done_at__isnull=True, cancelled_at__isnull=True),
                name="factor_reset_is_one_per_user",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("proposed_by")),
                name="factor_reset_takes_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(approved_by__isnull=False),
                name="factor_reset_is_approved_before_done",
            ),
        )

    def __str__(self) -> str:
        """Write whose factor is reset."""
        return f"reset of the second factor of {self.user_id}"
