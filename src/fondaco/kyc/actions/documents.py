"""Documents for the house's own review."""

from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity import personal
from fondaco.kit import clock
from fondaco.kit.access import Actor, Principal, require_customer
from fondaco.kit.django import files
from fondaco.kit.errors import NotFound
from fondaco.kyc import models
from fondaco.kyc.actions.reviews import lock_verification, move
from fondaco.kyc.errors import DocumentsNotTaken, TooManyDocuments
from fondaco.kyc.providers.manual import Manual
from fondaco.kyc.rows import show_document, show_verification
from fondaco.kyc.sealing import CONTENT, NAME
from fondaco.kyc.states import DocumentKind, VerificationState
from fondaco.kyc.types import Document, Verification, verification_wire

DOCUMENTS_MAX: Final = 12
_WAITING: Final = frozenset({VerificationState.STARTED, VerificationState.RETRY})


def add_document(*, who: Principal, kind: DocumentKind, name: str, content: bytes) -> Document:
    """Keep a document of the customer's latest verification, of a type that we know.

    Bytes and name are sealed under the key of the person who shows it: his erasure destroys them.

    :raises NotFound: he began none
    :raises DocumentsNotTaken: the provider takes them itself, or none are waited for
    :raises TooManyDocuments: there are `DOCUMENTS_MAX`
    :raises FileTooLarge: over 10 MiB
    :raises FileTypeRefused: neither PDF nor picture, whatever it is called
    """
    with transaction.atomic():
        row = _waiting(require_customer(who))
        if row.documents.count() >= DOCUMENTS_MAX:
            raise TooManyDocuments(facts={"documents_max": DOCUMENTS_MAX})
        stored = files.save_file(
            name=kind.value,
            content=content,
            purpose="kyc.document",
            by=who.actor,
            cover=lambda plain: personal.seal(who.user_id, plain, context=CONTENT),
        )
        shown = files.clean_name(name).encode()
        document = models.Document.objects.create(
            verification=row,
            kind=kind,
            user_id=who.user_id,
            sealed_name=personal.seal(who.user_id, shown, context=NAME),
            file=stored,
            created_at=clock.now(),
        )
        audit.record(
            by=who.actor,
            action="kyc.document.add",
            subject=verification_wire(row.id),
            detail={"kind": kind.value},
        )
    return show_document(document)


def submit(*, customer_id: UUID, by: Actor) -> Verification:
    """Hand the documents to an operator.

    :raises NotFound: the customer began no verification
    :raises DocumentsNotTaken: there are no documents, or none are waited for
    """
    with transaction.atomic():
        row = _waiting(customer_id)
        if not row.documents.exists():
            raise DocumentsNotTaken("Show at least one document first.")
        move(row, to=VerificationState.IN_REVIEW, reason="", by=by)
    return show_verification(row)


def _waiting(customer_id: UUID) -> models.Verification:
    latest = models.Verification.objects.filter(customer_id=customer_id).order_by("-id").first()
    if latest is None:
        raise NotFound("Begin first: POST /me/verification.")
    row = lock_verification(latest.id)
    if row.provider != Manual.name or VerificationState(row.state) not in _WAITING:
        raise DocumentsNotTaken
    return row
