"""What identity tells the rest of the platform; no event holds a secret, an e-mail or a telephone number."""

from dataclasses import dataclass

from fondaco.kit.django.events import HOUSE, DomainEvent, event


@event("identity.customer.registered", version=1, concerns=("customer",))
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


@event("identity.customer.disabled", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True)
class CustomerDisabled(DomainEvent):
    """A customer is shut out; the money stays."""

    customer: str
    reason: str

    @property
    def subject(self) -> str:
        """Name the customer."""
        return self.customer


@event("identity.customer.enabled", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True)
class CustomerEnabled(DomainEvent):
    """A customer may log in again."""

    customer: str

    @property
    def subject(self) -> str:
        """Name the customer."""
        return self.customer


@event("identity.customer.level_changed", version=1, concerns=("customer",))
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


@event("identity.session.opened", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True)
class SessionOpened(DomainEvent):
    """A user logged in."""

    session: str
    user: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.session.ended", version=1, concerns=HOUSE)
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


@event("identity.password.changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True)
class PasswordChanged(DomainEvent):
    """A user has another password than before."""

    user: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.operator.created", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True)
class OperatorCreated(DomainEvent):
    """One of the house's own people may choose a password."""

    user: str
    role: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.operator.set_up_link_renewed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True)
class SetUpLinkRenewed(DomainEvent):
    """An operator may choose a password anew."""

    user: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.operator.rights_changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True)
class RightsChanged(DomainEvent):
    """An operator has another role or other rights than before."""

    user: str
    role: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.operator.dismissed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True)
class OperatorDismissed(DomainEvent):
    """One of the house's own people is shut out."""

    user: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.settings.changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True)
class SettingsChanged(DomainEvent):
    """A person wants to be spoken to in another way."""

    user: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.profile.changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True)
class ProfileChanged(DomainEvent):
    """A person is called otherwise than before."""

    user: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.customer.renamed", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True)
class CustomerRenamed(DomainEvent):
    """An organisation has another name or site."""

    customer: str

    @property
    def subject(self) -> str:
        """Name the customer."""
        return self.customer


@event("identity.customer.grouped", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True)
class CustomerGrouped(DomainEvent):
    """Other rules apply to a customer: he is in this group, or in none."""

    customer: str
    group: str

    @property
    def subject(self) -> str:
        """Name the customer."""
        return self.customer


@event("identity.customer.closed", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True)
class CustomerClosed(DomainEvent):
    """A customer left for good; the books stay."""

    customer: str

    @property
    def subject(self) -> str:
        """Name the customer."""
        return self.customer


@event("identity.group.made", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True)
class GroupMade(DomainEvent):
    """There is another group of customers."""

    group: str

    @property
    def subject(self) -> str:
        """Name the group."""
        return self.group


@event("identity.member.joined", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True)
class MemberJoined(DomainEvent):
    """A person acts for a customer."""

    customer: str
    user: str
    role: str

    @property
    def subject(self) -> str:
        """Name the customer."""
        return self.customer


@event("identity.member.changed", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True)
class MemberChanged(DomainEvent):
    """A member has another role or other permissions."""

    customer: str
    user: str
    role: str

    @property
    def subject(self) -> str:
        """Name the customer."""
        return self.customer


@event("identity.member.left", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True)
class MemberLeft(DomainEvent):
    """A person does not act for a customer any more."""

    customer: str
    user: str

    @property
    def subject(self) -> str:
        """Name the customer."""
        return self.customer


@event("identity.contact.verified", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True)
class ContactVerified(DomainEvent):
    """A person is reached at his e-mail or telephone for certain."""

    user: str
    contact: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.contact.changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True)
class ContactChanged(DomainEvent):
    """A person is reached in another way than before."""

    user: str
    contact: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.second_factor.changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True)
class SecondFactorChanged(DomainEvent):
    """A password alone suffices no longer, or again."""

    user: str
    is_on: bool

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.person.erased", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True)
class PersonErased(DomainEvent):
    """What the house knew of a person is destroyed."""

    user: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user


@event("identity.customer.made", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True)
class OrganisationMade(DomainEvent):
    """An organisation exists, nobody acts for it yet."""

    customer: str
    kind: str

    @property
    def subject(self) -> str:
        """Name the customer."""
        return self.customer
