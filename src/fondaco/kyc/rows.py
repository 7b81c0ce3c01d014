"""Shows rows of the tables as the frozen types that cross the border."""

from fondaco.identity import personal
from fondaco.identity.states import Level
from fondaco.kyc import models
from fondaco.kyc.sealing import CONTENT, NAME, REASON, open_text
from fondaco.kyc.states import DocumentKind, VerificationState
from fondaco.kyc.types import Document, DocumentId, Verification, VerificationId


def show_verification(row: models.Verification) -> Verification:
    """Show a verification."""
    return Verification(
        id=VerificationId(row.id),
        customer_id=row.customer_id,
        level=Level(row.level),
        provider=row.provider,
        state=VerificationState(row.state),
        reason=row.reason or open_text(row.user_id, row.sealed_reason, context=REASON),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def show_document(row: models.Document) -> Document:
    """Show a document without its bytes."""
    return Document(
        id=DocumentId(row.id),
        kind=DocumentKind(row.kind),
        name=_name(row),
        content_type=row.file.content_type,
        size_bytes=row.file.size_bytes,
        created_at=row.created_at,
    )


def open_content(row: models.Document, sealed: bytes) -> bytes:
    """Open a document's bytes.

    :raises NotFound: the person who showed it was erased
    """
    if row.user_id is None:
        return sealed
    return personal.unseal(row.user_id, sealed, context=CONTENT)


def _name(row: models.Document) -> str:
    if row.user_id is None:
        return row.file.name
    return open_text(row.user_id, row.sealed_name, context=NAME)
