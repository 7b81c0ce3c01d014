"""What happens to provider accounts, in the past tense; never a credential."""

from dataclasses import dataclass

from fondaco.kit.django.events import HOUSE, DomainEvent, event


@event("connections.account.changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged(DomainEvent):
    """An account at a provider was made, changed or removed."""

    account: str
    kind: str
    removed: bool
    credentials_changed: bool

    @property
    def subject(self) -> str:
        """Name the account."""
        return self.account


@event("connections.health.changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class HealthChanged(DomainEvent):
    """A provider answers otherwise than before."""

    account: str
    kind: str
    before: str
    after: str
    detail: str

    @property
    def subject(self) -> str:
        """Name the account."""
        return self.account
