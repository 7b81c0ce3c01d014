"""Shows rows of the tables as the frozen types that cross the border."""

from fondaco.identity.states import Level
from fondaco.kyc import models
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
        reason=row.reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def show_document(row: models.Document) -> Document:
    """Show a document without its bytes."""
    return Document(
        id=DocumentId(row.id),
        kind=DocumentKind(row.kind),
        name=row.file.name,
        content_type=row.file.content_type,
        size_bytes=row.file.size_bytes,
        created_at=row.created_at,
    )
