"""Verifications, their histories and their documents."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from fondaco.identity.states import Level
from fondaco.kit.django.models import StateChange
from fondaco.kit.ids import uuid7
from fondaco.kyc.states import DocumentKind, VerificationState


class Verification(models.Model):
    """Hold one verification of a customer; a customer has one for each level."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("identity.Customer", on_delete=models.PROTECT, related_name="+")
    level = models.CharField(max_length=20, choices=Level.choices)
    provider = models.CharField(max_length=40)
    user = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    """Who began it, and under whose key is sealed what is told about him; none: before that was done."""
    sealed_applicant = models.BinaryField(null=True, blank=True)
    """The provider's own name for it."""
    sealed_reason = models.BinaryField(null=True, blank=True)
    """What the person may be told."""
    applicant = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=40, choices=VerificationState.choices)
    reason = models.TextField(blank=True, default="")
    """As `applicant`: in clear from before they were sealed, and emptied by a job."""
    found_at = models.DateTimeField(null=True, blank=True)
    """The provider's time of what was found last."""
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        """One for each customer and level; the operator's queue goes by state."""

        indexes: ClassVar = [models.Index(fields=["state", "-id"], name="kyc_by_state")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("customer", "level"), name="kyc_is_one_per_customer_and_level"
            ),
            models.CheckConstraint(
                condition=Q(state__in=VerificationState.values), name="kyc_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(level=Level.NOT_VERIFIED), name="kyc_proves_something"
            ),
        ]

    def __str__(self) -> str:
        """Write whose it is and how far."""
        return f"{self.level} of {self.customer_id}: {self.state}"


class VerificationStep(StateChange):
    """One move of a verification; its note is sealed under the key of the verification's user then."""

    subject = models.ForeignKey(Verification, on_delete=models.PROTECT, related_name="steps")
    user = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sealed_note = models.BinaryField(null=True, blank=True)


class Document(models.Model):
    """Hold which stored file shows what."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    verification = models.ForeignKey(
        Verification, on_delete=models.PROTECT, related_name="documents"
    )
    kind = models.CharField(max_length=20, choices=DocumentKind.choices)
    user = models.ForeignKey(
        "identity.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    """Who showed it, and under whose key it and its name are sealed; none: before that was done."""
    sealed_name = models.BinaryField(null=True, blank=True)
    file = models.ForeignKey("kit.StoredFile", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        """Write the kind, never what it shows."""
        return f"{self.kind} of {self.verification_id}"
