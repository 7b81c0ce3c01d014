"""What crosses the border of verification."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NewType
from uuid import UUID

from fondaco.identity.states import Level
from fondaco.kit import ids
from fondaco.kyc.states import DocumentKind, VerificationState

VerificationId = NewType("VerificationId", UUID)
DocumentId = NewType("DocumentId", UUID)

VERIFICATION_PREFIX: Final = "kyc"
DOCUMENT_PREFIX: Final = "doc"


def verification_wire(verification_id: UUID) -> str:
    """Write a verification's identifier for the wire: ``kyc_…``."""
    return ids.encode(VERIFICATION_PREFIX, verification_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Show how far the verification of a customer is."""

    id: VerificationId
    customer_id: UUID
    level: Level
    """What is proved when it is approved."""
    provider: str
    state: VerificationState
    reason: str
    """What the person may be told; empty while there is nothing to tell."""
    created_at: datetime
    updated_at: datetime

    @property
    def wire_id(self) -> str:
        """Give the identifier as the API writes it."""
        return verification_wire(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Show a document, without its bytes."""

    id: DocumentId
    kind: DocumentKind
    name: str
    content_type: str
    size_bytes: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """Say in our words what a provider found."""

    state: VerificationState
    reason: str
    at: datetime
    """When the provider found it; an earlier one never undoes a later one."""
