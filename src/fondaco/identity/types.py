"""What crosses the border of identity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NewType
from uuid import UUID

from fondaco.identity.states import CustomerKind, Level, MemberRole, StaffRole
from fondaco.kit import ids
from fondaco.kit.access import STAFF, Actor, ActorKind, Role

CustomerId = NewType("CustomerId", UUID)
UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
GroupId = NewType("GroupId", UUID)

CUSTOMER_PREFIX: Final = "cus"
USER_PREFIX: Final = "usr"
SESSION_PREFIX: Final = "ses"
GROUP_PREFIX: Final = "grp"

ALL_RIGHTS: Final = "*"
"""The permission that stands for everything the role may do."""


def customer_wire(customer_id: UUID) -> str:
    """Write a customer's identifier for the wire: ``cus_…``."""
    return ids.encode(CUSTOMER_PREFIX, customer_id)


def user_wire(user_id: UUID) -> str:
    """Write a user's identifier for the wire: ``usr_…``."""
    return ids.encode(USER_PREFIX, user_id)


def group_wire(group_id: UUID) -> str:
    """Write a group's identifier for the wire: ``grp_…``."""
    return ids.encode(GROUP_PREFIX, group_id)


def session_wire(session_id: UUID) -> str:
    """Write a session's identifier for the wire: ``ses_…``."""
    return ids.encode(SESSION_PREFIX, session_id)


@dataclass(frozen=True, slots=True)
class Customer:
    """Show who owns wallets, keys and rules."""

    id: CustomerId
    kind: CustomerKind
    name: str
    url: str
    """The company's site; empty for clients."""
    level: Level
    created_at: datetime
    disabled_at: datetime | None
    """Since when the customer is shut out; none while he is not. The money stays."""
    group_id: GroupId | None = None
    """The group whose rules apply to him."""
    closed_at: datetime | None = None

    @property
    def wire_id(self) -> str:
        """Give the identifier as the API writes it."""
        return customer_wire(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFilter:
    """Narrow a list of customers; an absent member narrows nothing."""

    level: Level | None = None
    group_id: UUID | None = None
    is_disabled: bool | None = None
    since: datetime | None = None
    """When he came; included, while ``until`` is not."""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Show how a person wants to be spoken to."""

    language: str
    time_zone: str
    """A name of the IANA zone database, such as ``Europe/Madrid``."""
    currency: str
    """In which sums are shown; empty: the house's own."""
    notifications: Mapping[str, Sequence[str]]
    """The channels chosen for each topic."""


@dataclass(frozen=True, slots=True)
class User:
    """Show a person who logs in."""

    id: UserId
    email: str | None
    phone: str | None
    """E.164, such as ``+34666666666``."""
    username: str | None
    first_name: str
    last_name: str
    staff_role: StaffRole | None
    """What the person is to the house; none for customers' people."""
    permissions: frozenset[str]
    """The rights of the house's people; customers' people have theirs in the membership."""
    created_at: datetime
    disabled_at: datetime | None
    email_verified_at: datetime | None
    phone_verified_at: datetime | None
    telegram_id: int | None
    second_factor_at: datetime | None
    """Since when a password alone does not suffice."""
    has_password: bool
    settings: "Settings"

    @property
    def wire_id(self) -> str:
        """Give the identifier as the API writes it."""
        return user_wire(self.id)

    @property
    def is_verified(self) -> bool:
        """Tell whether the house knows a way to reach this person for certain."""
        proofs = (self.email_verified_at, self.phone_verified_at, self.telegram_id)
        return self.staff_role is not None or any(proof is not None for proof in proofs)

    @property
    def actor(self) -> Actor:
        """Give the agent that the person is in audit rows and events."""
        kind = ActorKind.USER if self.staff_role is None else ActorKind.OPERATOR
        return Actor(kind, self.wire_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomer:
    """Ask to become a customer, with at least one of e-mail, phone and user name."""

    kind: CustomerKind
    password: str | None = field(repr=False)
    """None where the person proves himself in another way, as by Telegram, or where its hash is known."""
    password_hash: str | None = field(default=None, repr=False)
    """Of a password that was checked before."""
    first_name: str = ""
    last_name: str = ""
    email: str | None = None
    phone: str | None = None
    username: str | None = None
    name: str | None = None
    """An organisation's; a client goes by his own."""
    url: str | None = None
    """Likewise: the organisation's site."""
    telegram_id: int | None = None
    """Proved by Telegram's signature."""
    is_email_verified: bool = False
    """The e-mail was proved before the registration was made."""
    is_phone_verified: bool = False


@dataclass(frozen=True, slots=True)
class Registered:
    """Give what a registration made."""

    customer: Customer
    user: User


@dataclass(frozen=True, slots=True)
class Origin:
    """Say where a request to log in comes from; shown in the list of devices."""

    address: str = ""
    """The client's address (IPv4) or network (IPv6); empty where unknown."""
    agent: str = ""
    """What the client calls itself; cut to 200 characters, control characters removed."""


UNKNOWN_ORIGIN: Final = Origin()


@dataclass(frozen=True, slots=True)
class Session:
    """Show one sign-in of a user on one device."""

    id: SessionId
    user_id: UserId
    customer_id: CustomerId | None
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    end_reason: str
    address: str
    agent: str

    @property
    def wire_id(self) -> str:
        """Give the identifier as the API writes it."""
        return session_wire(self.id)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Hand over the two tokens of a session; they are shown this once and never written to a log."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_s: int
    session_id: SessionId
    user_id: UserId
    customer_id: CustomerId | None
    role: Role


@dataclass(frozen=True, slots=True)
class SetUpLink:
    """Hand over the one-time token with which a new operator chooses a password."""

    user_id: UserId
    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """Say what an access token proves; the claims of the token."""

    user_id: UserId
    customer_id: CustomerId | None
    session_id: SessionId
    role: Role
    permissions: frozenset[str]

    @property
    def actor(self) -> Actor:
        """Give the agent that the bearer is in audit rows and events."""
        kind = ActorKind.OPERATOR if self.role in STAFF else ActorKind.USER
        return Actor(kind, user_wire(self.user_id), self.session_id)


@dataclass(frozen=True, slots=True)
class Group:
    """Show a group of customers."""

    id: GroupId
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """Show what a person is to a customer."""

    user: User
    role: MemberRole
    permissions: frozenset[str]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Ticket:
    """Hand over the ticket that opens one socket."""

    ticket: str = field(repr=False)
    expires_at: datetime
