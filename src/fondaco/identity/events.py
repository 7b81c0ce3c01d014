"""What identity tells the rest of the platform; no event holds a secret, an e-mail or a telephone number."""

from dataclasses import dataclass

from fondaco.kit.django.events import DomainEvent, event


@event("identity.customer.registered", version=1)
@dataclass(frozen=True, slots=True)
class CustomerRegistered(DomainEvent):
    """A customer and his first user exist."""

    customer: str
    user: str
    kind: str

    @property
    def subject(self) -> str:
        """Name the customer."""
        return self.customer


@event("identity.customer.disabled", version=1)
@dataclass(frozen=True, slots=True)
class CustomerDisabled(DomainEvent):
    """A customer is shut out; the money stays."""

    customer: str
    reason: str

    @property
    def subject(self) -> str:
        """Name the customer."""
        return self.customer


@event("identity.customer.enabled", version=1)
@dataclass(frozen=True, slots=True)
class CustomerEnabled(DomainEvent):
    """A customer may log in again."""

    customer: str

    @property
    def subject(self) -> str:
        """Name the customer."""
        return self.customer


@event("identity.customer.level_changed", version=1)
@dataclass(frozen=True, slots=True)
class LevelChanged(DomainEvent):
    """A customer has proved more, or less, than before."""

    customer: str
    before: str
    after: str

    @property
    def subject(self) -> str:
        """Name the customer."""
        return self.customer


@event("identity.session.opened", version=1)
@dataclass(frozen=True, slots=True)
class SessionOpened(DomainEvent):
    """A user logged in."""

    session: str
    user: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.session.ended", version=1)
@dataclass(frozen=True, slots=True)
class SessionEnded(DomainEvent):
    """A session is over before its time."""

    session: str
    user: str
    reason: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.password.changed", version=1)
@dataclass(frozen=True, slots=True)
class PasswordChanged(DomainEvent):
    """A user has another password than before."""

    user: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.operator.created", version=1)
@dataclass(frozen=True, slots=True)
class OperatorCreated(DomainEvent):
    """One of the house's own people may choose a password."""

    user: str
    role: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.operator.set_up_link_renewed", version=1)
@dataclass(frozen=True, slots=True)
class SetUpLinkRenewed(DomainEvent):
    """An operator may choose a password anew."""

    user: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.operator.rights_changed", version=1)
@dataclass(frozen=True, slots=True)
class RightsChanged(DomainEvent):
    """An operator has another role or other rights than before."""

    user: str
    role: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.operator.dismissed", version=1)
@dataclass(frozen=True, slots=True)
class OperatorDismissed(DomainEvent):
    """One of the house's own people is shut out."""

    user: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user
