"""Seals what was kept in clear, or under the house's key alone, before persons had keys of their own."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from fondaco.identity import personal, queries as people
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import files
from fondaco.kit.django.models import StoredFile
from fondaco.kyc import models
from fondaco.kyc.actions.reviews import lock_verification
from fondaco.kyc.sealing import (
    APPLICANT,
    CONTENT,
    NAME,
    NOTE,
    REASON,
    find_beginner,
    person_of,
    seal_text,
)

PER_RUN = 200
_PEOPLE = f"{ActorKind.USER}:"
_JOB = Actor(ActorKind.JOB, "kyc.seal_old")
_IN_CLEAR = ~Q(reason="") | ~Q(applicant="") | Q(steps__note__gt="")


def seal_old(*, limit: int = PER_RUN) -> int:
    """Seal what lies open, under the keys of those who began and showed it; of the erased it is destroyed.

    Gives how many verifications and documents it found; run until there are none.
    """
    rows = models.Verification.objects.filter(_IN_CLEAR).distinct()
    found = list(rows.order_by("id").values_list("id", flat=True)[:limit])
    for verification_id in found:
        _seal_verification(verification_id)
    shown = models.Document.objects.filter(
        user__isnull=True, file__deleted_at__isnull=True, file__created_by__startswith=_PEOPLE
    )
    documents = list(shown.order_by("id").values_list("id", flat=True)[:limit])
    for document_id in documents:
        _seal_document(document_id)
    return len(found) + len(documents)


def _seal_verification(verification_id: UUID) -> None:
    with transaction.atomic():
        row = lock_verification(verification_id)
        user_id = row.user_id = row.user_id or find_beginner(row)
        if user_id is None:
            return
        row.sealed_reason = row.sealed_reason or seal_text(user_id, row.reason, context=REASON)
        row.sealed_applicant = row.sealed_applicant or seal_text(
            user_id, row.applicant, context=APPLICANT
        )
        row.reason = row.applicant = ""
        row.save(update_fields=["user", "sealed_reason", "sealed_applicant", "reason", "applicant"])
        for step in row.steps.exclude(note=""):
            step.user_id = user_id
            step.sealed_note = seal_text(user_id, step.note, context=NOTE)
            step.note = ""
            step.save(update_fields=["user", "sealed_note", "note"])


def _seal_document(document_id: UUID) -> None:
    """Keep a document's bytes anew under the person's key, and take the old ones away."""
    with transaction.atomic():
        rows = models.Document.objects.select_for_update(no_key=True, of=("self",))
        row = rows.select_related("file").get(id=document_id)
        if row.user_id is not None:
            return
        old, user_id = row.file, person_of(row.file.created_by)
        if user_id is not None and not people.is_erased(user_id):
            row.sealed_name = personal.seal(user_id, old.name.encode(), context=NAME)
            row.file = files.save_file(
                name=row.kind,
                content=files.read_file(file_id=old.id),
                purpose=old.purpose,
                by=_JOB,
                cover=lambda plain: personal.seal(user_id, plain, context=CONTENT),
            )
        row.user_id = user_id
        row.save(update_fields=["user", "sealed_name", "file"])
        files.delete_file(file_id=old.id)
        StoredFile.objects.filter(id=old.id).update(name=row.kind)
