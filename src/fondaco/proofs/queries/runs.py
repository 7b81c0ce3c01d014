"""Reads of what was asked of workers: verifications, and archives of evidence."""

from uuid import UUID

from fondaco.kit.errors import NotFound
from fondaco.proofs.models import Verification
from fondaco.proofs.types import AskedVerification


def get_verification(*, verification_id: UUID) -> AskedVerification:
    """Give a verification, done or not.

    :raises NotFound: there is none
    """
    row = Verification.objects.filter(id=verification_id).first()
    if row is None:
        raise NotFound
    return AskedVerification(
        id=row.id,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        done_at=row.done_at,
        difference=row.difference,
        counts=row.counts,
    )
