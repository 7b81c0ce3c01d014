"""``/me/verification``: prove who one is; ``/operator/verifications``: what an operator sees and decides."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from fondaco.identity.states import Level
from fondaco.identity.types import ALL_RIGHTS, CUSTOMER_PREFIX
from fondaco.kit.access import Principal, require, require_customer
from fondaco.kit.django.api.auth import people, principal, staff
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.refusals import BodyTooLarge, LengthRequired
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text, WireId
from fondaco.kit.django.files import FileTooLarge, FileTypeRefused
from fondaco.kit.lifecycle import IllegalMove
from fondaco.kyc import actions, queries
from fondaco.kyc.errors import (
    DocumentsNotTaken,
    ProviderRefused,
    ProviderUnavailable,
    TooManyDocuments,
)
from fondaco.kyc.states import DocumentKind, VerificationState
from fondaco.kyc.types import (
    DOCUMENT_PREFIX,
    VERIFICATION_PREFIX,
    Document,
    Verification,
)

mine = Router(auth=people, tags=["verification"])
desk = Router(auth=staff, tags=["verification"])

VerificationWireId = Annotated[UUID, WireId(VERIFICATION_PREFIX)]
DocumentWireId = Annotated[UUID, WireId(DOCUMENT_PREFIX)]
CustomerWireId = Annotated[UUID, WireId(CUSTOMER_PREFIX)]
Decision = Literal["approved", "rejected", "retry"]

_READ = "customers:read"
_DECIDE = "customers:level"


class StartIn(Strict):
    """Take what is to be proved."""

    level: Literal["verified", "business"] = "verified"


class DocumentIn(Strict):
    """Take what the body's file shows."""

    kind: DocumentKind
    name: Annotated[Text, Field(max_length=128)] = "document"


class VerificationDecisionIn(Strict):
    """Take what an operator decided, and what the person may be told."""

    decision: Decision
    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class VerificationsIn(Paging):
    """Narrow the operator's list."""

    state: VerificationState | None = None


class KycVerificationOut(Strict):
    """Show how far a verification is."""

    id: VerificationWireId
    customer: CustomerWireId
    level: Level
    provider: str
    state: VerificationState
    reason: str
    link: str | None = Field(
        default=None, description="Where documents and face are shown; null: as documents, here."
    )
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, one: Verification, link: str = "") -> Self:
        """Show a verification."""
        return cls(
            id=one.id,
            customer=one.customer_id,
            level=one.level,
            provider=one.provider,
            state=one.state,
            reason=one.reason,
            link=link or None,
            created_at=one.created_at,
            updated_at=one.updated_at,
        )


class DocumentOut(Strict):
    """Show a document, without its bytes."""

    id: DocumentWireId
    kind: DocumentKind
    name: str
    content_type: str
    size_bytes: int
    created_at: datetime

    @classmethod
    def of(cls, document: Document) -> Self:
        """Show a document."""
        return cls(
            id=document.id,
            kind=document.kind,
            name=document.name,
            content_type=document.content_type,
            size_bytes=document.size_bytes,
            created_at=document.created_at,
        )


class VerificationFileOut(Strict):
    """Show a verification with its documents, to an operator."""

    verification: KycVerificationOut
    documents: list[DocumentOut]


@mine.post("", errors=(ProviderUnavailable, ProviderRefused))
def start_verification(request: HttpRequest, body: StartIn) -> KycVerificationOut:
    """Begin to prove who one is, or go on where one stopped."""
    who = _head(request)
    done, link = actions.start(
        customer_id=require_customer(who),
        user_id=who.user_id,
        level=Level(body.level),
        by=who.actor,
    )
    return KycVerificationOut.of(done, link)


@mine.get("")
def show_my_verification(request: HttpRequest) -> KycVerificationOut:
    """Show how far one's latest verification is; 404 before it began."""
    who = _head(request)
    return KycVerificationOut.of(queries.get_latest(customer_id=require_customer(who)))


@mine.post(
    "/documents",
    status=201,
    takes="application/octet-stream",
    errors=(
        DocumentsNotTaken,
        TooManyDocuments,
        FileTooLarge,
        FileTypeRefused,
        BodyTooLarge,
        LengthRequired,
    ),
)
def add_document(request: HttpRequest, asked: Query[DocumentIn]) -> DocumentOut:
    """Show a document: the body is the file itself, a PDF or a picture of at most 10 MiB."""
    who = _head(request)
    return DocumentOut.of(
        actions.add_document(
            who=who,
            kind=asked.kind,
            name=asked.name,
            content=request.body,
        )
    )


@mine.post("/submit", errors=(DocumentsNotTaken,))
def submit_documents(request: HttpRequest) -> KycVerificationOut:
    """Hand one's documents to the house for review."""
    who = _head(request)
    return KycVerificationOut.of(actions.submit(customer_id=require_customer(who), by=who.actor))


@desk.get("")
def list_verifications(
    request: HttpRequest, asked: Query[VerificationsIn]
) -> Listing[KycVerificationOut]:
    """List verifications, newest first; with ``state=in_review`` what waits for a decision."""
    require(principal(request), _READ)
    return paged(
        asked,
        lambda after, limit: queries.list_verifications(
            state=asked.state, after=after, limit=limit
        ),
        KycVerificationOut.of,
    )


@desk.get("/{verification_id}")
def show_verification(
    request: HttpRequest, verification_id: VerificationWireId
) -> VerificationFileOut:
    """Show a verification and its documents."""
    require(principal(request), _READ)
    found = queries.list_documents(verification_id=verification_id)
    return VerificationFileOut(
        verification=KycVerificationOut.of(
            queries.get_verification(verification_id=verification_id)
        ),
        documents=[DocumentOut.of(one) for one in found],
    )


@desk.get("/{verification_id}/documents/{document_id}")
def fetch_document(
    request: HttpRequest, verification_id: VerificationWireId, document_id: DocumentWireId
) -> HttpResponse:
    """Fetch a document's bytes, as a file to be saved."""
    require(principal(request), _DECIDE)
    return queries.fetch_document(document_id=document_id, verification_id=verification_id)


@desk.post("/{verification_id}/decision", errors=(IllegalMove,))
def decide_verification(
    request: HttpRequest, verification_id: VerificationWireId, body: VerificationDecisionIn
) -> KycVerificationOut:
    """Approve, reject, or ask for better documents; the customer's level follows."""
    who = require(principal(request), _DECIDE)
    return KycVerificationOut.of(
        actions.decide(
            verification_id=verification_id,
            to=VerificationState(body.decision),
            reason=body.reason,
            by=who.actor,
        )
    )


def _head(request: HttpRequest) -> Principal:
    """Give who asks, when he heads the customer."""
    who = require(principal(request), ALL_RIGHTS)
    require_customer(who)
    return who
