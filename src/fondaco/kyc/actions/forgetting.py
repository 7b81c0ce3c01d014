"""What of a person's verification is destroyed beside his key."""

from uuid import UUID

from fondaco.kit.django import callbacks
from fondaco.kyc import models
from fondaco.kyc.actions.old import seal_old
from fondaco.kyc.types import verification_wire


def forget_person(*, user_id: UUID) -> None:
    """Delete the stored notices about an erased person, and what of him was never sealed under his key."""
    seal_old()
    rows = models.Verification.objects.filter(user_id=user_id)
    for verification_id, provider in rows.values_list("id", "provider"):
        name = verification_wire(verification_id)
        callbacks.delete_about(provider=provider, name=name)
