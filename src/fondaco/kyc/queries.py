"""Reads of verifications and their documents."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse

from fondaco.kit.django import files
from fondaco.kit.django.narrowing import given
from fondaco.kit.errors import NotFound
from fondaco.kit.paging import LIMIT_DEFAULT, Cursor, Page, page
from fondaco.kyc import models
from fondaco.kyc.rows import open_content, show_document, show_verification
from fondaco.kyc.states import VerificationState
from fondaco.kyc.types import Document, Verification


def get_latest(*, customer_id: UUID) -> Verification:
    """Give the verification that a customer began last.

    :raises NotFound: he began none
    """
    row = models.Verification.objects.filter(customer_id=customer_id).order_by("-id").first()
    if row is None:
        raise NotFound("You have not begun to verify yourself.")
    return show_verification(row)


def get_verification(*, verification_id: UUID) -> Verification:
    """Give a verification.

    :raises NotFound: there is none
    """
    row = models.Verification.objects.filter(id=verification_id).first()
    if row is None:
        raise NotFound("There is no such verification.")
    return show_verification(row)


def list_verifications(
    *,
    state: VerificationState | None = None,
    customer_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Verification]:
    """Give one page of verifications, newest first; ``since`` is included and ``until`` is not."""
    chosen = given(
        state=state,
        customer_id=customer_id,
        created_at__gte=since,
        created_at__lt=until,
        id__lt=after.id if after else None,
    )
    rows = models.Verification.objects.filter(**chosen).order_by("-id")
    shown = [show_verification(row) for row in rows[: limit + 1]]
    return page(shown, limit=limit, key=lambda one: Cursor(one.created_at, one.id))


def verifications_in_review() -> QuerySet[models.Verification]:
    """Give the query of the verifications that wait for a decision, to be counted together with others."""
    return models.Verification.objects.filter(state=VerificationState.IN_REVIEW)


def list_documents(*, verification_id: UUID) -> list[Document]:
    """List the documents of a verification, oldest first."""
    rows = models.Document.objects.filter(verification_id=verification_id).select_related("file")
    return [show_document(row) for row in rows.order_by("id")]


def export_verifications(user_id: UUID) -> list[dict[str, Any]]:
    """Give the verifications that a person began, with what he showed, as JSON values."""
    return [
        {
            "id": one.wire_id,
            "level": one.level.value,
            "provider": one.provider,
            "state": one.state.value,
            "reason": one.reason,
            "created_at": one.created_at.isoformat(),
            "documents": [
                {
                    "kind": shown.kind.value,
                    "name": shown.name,
                    "content_type": shown.content_type,
                    "size_bytes": shown.size_bytes,
                    "created_at": shown.created_at.isoformat(),
                }
                for shown in list_documents(verification_id=one.id)
            ],
        }
        for one in map(show_verification, models.Verification.objects.filter(user_id=user_id))
    ]


def fetch_document(*, document_id: UUID, verification_id: UUID) -> HttpResponse:
    """Give the bytes of a document of a verification, as a file to be saved.

    :raises NotFound: there is none, or the person who showed it was erased
    """
    row = models.Document.objects.filter(id=document_id, verification_id=verification_id).first()
    if row is None:
        raise NotFound("There is no such document.")
    return files.attachment(file_id=row.file_id, uncover=partial(open_content, row))
