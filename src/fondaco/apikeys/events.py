"""What keys tell the rest of the platform; no event holds a secret."""

from dataclasses import dataclass

from fondaco.kit.django.events import DomainEvent, event


@event("apikeys.key.created", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True)
class KeyCreated(DomainEvent):
    """A program may act for a customer."""

    key: str
    customer: str
    scopes: list[str]

    @property
    def subject(self) -> str:
        """Name the key."""
        return self.key


@event("apikeys.key.deleted", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True)
class KeyDeleted(DomainEvent):
    """A key opens nothing any more."""

    key: str
    customer: str

    @property
    def subject(self) -> str:
        """Name the key."""
        return self.key


@event("apikeys.network.allowed", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True)
class NetworkAllowed(DomainEvent):
    """A customer may be reached from these addresses."""

    customer: str
    network: str

    @property
    def subject(self) -> str:
        """Name the customer."""
        return self.customer


@event("apikeys.network.removed", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True)
class NetworkRemoved(DomainEvent):
    """A customer's list has an entry less; an empty one allows all addresses."""

    customer: str
    network: str

    @property
    def subject(self) -> str:
        """Name the customer."""
        return self.customer
