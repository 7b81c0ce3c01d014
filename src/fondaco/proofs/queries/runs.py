"""Reads of what was asked of workers: verifications, and archives of evidence."""

from uuid import UUID

from fondaco.kit.errors import NotFound
from fondaco.proofs.models import Archive, Verification
from fondaco.proofs.types import AskedArchive, AskedVerification


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


def get_archive(*, archive_id: UUID) -> AskedArchive:
    """Give an archive of evidence, made or not.

    :raises NotFound: there is none
    """
    row = Archive.objects.filter(id=archive_id).first()
    if row is None:
        raise NotFound
    return AskedArchive(
        id=row.id,
        since=row.since,
        until=row.until,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        done_at=row.done_at,
        file_id=row.file_id,
        sha256=bytes(row.sha256) if row.sha256 else None,
        problem=row.problem or None,
    )
