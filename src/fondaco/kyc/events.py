"""What verification tells the rest of the platform; no event holds a document or a name."""

from dataclasses import dataclass

from fondaco.kit.django.events import DomainEvent, event


@event("kyc.verification.moved", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True)
class VerificationMoved(DomainEvent):
    """A customer's verification is in another state than before."""

    verification: str
    customer: str
    before: str
    after: str

    @property
    def subject(self) -> str:
        """Name the verification."""
        return self.verification


@event("kyc.verification.started", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True)
class VerificationStarted(DomainEvent):
    """A customer wants to prove who he is."""

    verification: str
    customer: str
    level: str

    @property
    def subject(self) -> str:
        """Name the verification."""
        return self.verification
