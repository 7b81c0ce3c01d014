"""What verification refuses.

DomainError
├── ProviderUnavailable     the provider cannot be asked now
├── ProviderRefused         the provider does not take this customer
├── NoticeRefused           a webhook that proves nothing
├── DocumentsNotTaken       the provider takes documents itself, or the review is over
└── TooManyDocuments
"""

from fondaco.kit.errors import DomainError, Kind


class ProviderUnavailable(DomainError):
    """Say that the provider cannot be asked now; asking again goes on where it stopped."""

    code = "verification_unavailable"
    kind = Kind.UNAVAILABLE
    title = "Verification cannot begin at the moment; try again in a minute."


class ProviderRefused(DomainError):
    """Say that the provider refused for good."""

    code = "verification_refused"
    kind = Kind.CONFLICT
    title = "The provider does not take this verification; ask the house."


class NoticeRefused(DomainError):
    """Say that a provider's notice is not from the provider, or cannot be read."""

    code = "notice_refused"
    kind = Kind.UNAUTHENTICATED
    title = "This notice proves nothing."


class DocumentsNotTaken(DomainError):
    """Say that documents are not shown here, or not now."""

    code = "documents_not_taken"
    kind = Kind.CONFLICT
    title = "No documents are waited for here."


class TooManyDocuments(DomainError):
    """Say that a verification has as many documents as one may have."""

    code = "too_many_documents"
    kind = Kind.CONFLICT
    title = "These are enough documents."
