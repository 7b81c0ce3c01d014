"""What happens to requests for signatures, in the past tense."""

from dataclasses import dataclass

from fondaco.kit.django.events import HOUSE, DomainEvent, event


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfRequest(DomainEvent):
    request: str
    action: str
    about: str
    """What the request is about."""

    @property
    def subject(self) -> str:
        """Give the request's wire identifier."""
        return self.request


@event("signing.request.proposed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestProposed(_OfRequest):
    """Somebody asked for signatures; with a later round he, or a signer, amended the terms."""

    round: int
    digest: str


@event("signing.request.signed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSigned(_OfRequest):
    """Somebody signed."""

    round: int
    group: str
    missing: int
    """How many signatures are still missing."""


@event("signing.request.ended", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEnded(_OfRequest):
    """A request was carried out, refused, withdrawn, or ran out."""

    state: str


@event("signing.delegation.changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationChanged(DomainEvent):
    """Somebody may sign for another for a while, or may no longer."""

    delegation: str
    delegator: str
    delegate: str
    is_revoked: bool

    @property
    def subject(self) -> str:
        """Give the delegation's wire identifier."""
        return self.delegation
