"""How far a verification is, and the table of moves."""

from django.db.models import TextChoices

from fondaco.kit.lifecycle import Lifecycle


class VerificationState(TextChoices):
    """How far a verification is."""

    STARTED = "started"
    """The person has yet to show documents."""
    IN_REVIEW = "in_review"
    """Somebody looks at them; also whatever a provider says that we do not know."""
    RETRY = "retry"
    """Something was unreadable; the person may try again."""
    APPROVED = "approved"
    """Proved. A provider may still take it back."""
    REJECTED = "rejected"
    """Refused."""


VERIFICATION_LIFE = Lifecycle[VerificationState](
    {
        VerificationState.STARTED: {
            VerificationState.IN_REVIEW,
            VerificationState.RETRY,
            VerificationState.APPROVED,
            VerificationState.REJECTED,
        },
        VerificationState.IN_REVIEW: {
            VerificationState.RETRY,
            VerificationState.APPROVED,
            VerificationState.REJECTED,
        },
        VerificationState.RETRY: {
            VerificationState.IN_REVIEW,
            VerificationState.APPROVED,
            VerificationState.REJECTED,
        },
        VerificationState.APPROVED: {
            VerificationState.IN_REVIEW,
            VerificationState.RETRY,
            VerificationState.REJECTED,
        },
        VerificationState.REJECTED: {
            VerificationState.IN_REVIEW,
            VerificationState.APPROVED,
        },
    }
)


class DocumentKind(TextChoices):
    """What a document is."""

    PASSPORT = "passport"
    """The page with the picture."""
    IDENTITY_CARD = "identity_card"
    """Front and back, as two documents."""
    ADDRESS = "address"
    """A bill or statement that shows name and address."""
    COMPANY = "company"
    """An extract of the register, of an organisation."""
    SELFIE = "selfie"
    """The person's own picture."""
