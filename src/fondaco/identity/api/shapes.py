"""What comes in and goes out at identity's operations."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field

from fondaco.identity import passwords
from fondaco.identity.states import CustomerKind, Level, MemberRole
from fondaco.identity.types import (
    CUSTOMER_PREFIX,
    GROUP_PREFIX,
    SESSION_PREFIX,
    USER_PREFIX,
    Customer,
    Group,
    Member,
    Session,
    Settings,
    SignedIn,
    Ticket,
    User,
)
from fondaco.kit.access import Principal, Role
from fondaco.kit.django.api.schemas import Strict, Text, WireId

CustomerWireId = Annotated[UUID, WireId(CUSTOMER_PREFIX)]
UserWireId = Annotated[UUID, WireId(USER_PREFIX)]
SessionWireId = Annotated[UUID, WireId(SESSION_PREFIX)]
GroupWireId = Annotated[UUID, WireId(GROUP_PREFIX)]

Password = Annotated[Text, Field(max_length=passwords.CHARACTERS_MAX)]
_REFERRAL_CHARACTERS = 10

Token = Annotated[Text, Field(min_length=1, max_length=100)]
Name = Annotated[Text, Field(max_length=100)]
Reason = Annotated[Text, Field(min_length=1, max_length=500)]


class LogoutIn(Strict):
    """Take whether all devices leave."""

    everywhere: bool = False


class RefreshIn(Strict):
    """Take the refresh token of the last answer."""

    refresh_token: Token


class SetUpIn(Strict):
    """Take a new operator's one-time token and the password he chose."""

    token: Token
    password: Password


class ChangePasswordIn(Strict):
    """Take the present password and the next one."""

    current_password: Password
    new_password: Password


class ReasonIn(Strict):
    """Take why."""

    reason: Reason


class LevelIn(Strict):
    """Take the level and why."""

    level: Level
    reason: Reason


class SignedInOut(Strict):
    """Show the two tokens of a session and whom they stand for."""

    access_token: str
    refresh_token: str = Field(description="Spent by one use; each refresh gives the next.")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme's name (RFC 6750)
    expires_in: int = Field(description="Life of the access token in seconds.")
    session_id: SessionWireId
    user_id: UserWireId
    customer_id: CustomerWireId | None
    role: Role

    @classmethod
    def of(cls, signed_in: SignedIn) -> Self:
        """Show the tokens."""
        return cls(
            access_token=signed_in.access_token,
            refresh_token=signed_in.refresh_token,
            expires_in=signed_in.expires_in_s,
            session_id=signed_in.session_id,
            user_id=signed_in.user_id,
            customer_id=signed_in.customer_id,
            role=signed_in.role,
        )


class CustomerOut(Strict):
    """Show a customer."""

    id: CustomerWireId
    kind: CustomerKind
    name: str
    url: str
    level: Level
    group_id: GroupWireId | None
    created_at: datetime
    disabled_at: datetime | None
    closed_at: datetime | None

    @classmethod
    def of(cls, customer: Customer) -> Self:
        """Show a customer."""
        return cls(
            id=customer.id,
            kind=customer.kind,
            name=customer.name,
            url=customer.url,
            level=customer.level,
            group_id=customer.group_id,
            created_at=customer.created_at,
            disabled_at=customer.disabled_at,
            closed_at=customer.closed_at,
        )


class UserOut(Strict):
    """Show a person."""

    id: UserWireId
    email: str | None
    is_email_verified: bool
    phone: str | None
    is_phone_verified: bool
    username: str | None
    has_telegram: bool
    first_name: str
    last_name: str
    is_2fa_enabled: bool = Field(description="Whether a password alone does not suffice.")
    created_at: datetime

    @classmethod
    def of(cls, user: User) -> Self:
        """Show a person."""
        return cls(
            id=user.id,
            email=user.email,
            is_email_verified=user.email_verified_at is not None,
            phone=user.phone,
            is_phone_verified=user.phone_verified_at is not None,
            username=user.username,
            has_telegram=user.telegram_id is not None,
            first_name=user.first_name,
            last_name=user.last_name,
            is_2fa_enabled=user.second_factor_at is not None,
            created_at=user.created_at,
        )


class MeOut(Strict):
    """Show who asks, for whom, and with which rights."""

    user: UserOut
    customer: CustomerOut | None
    role: Role
    permissions: list[str]
    session_id: SessionWireId | None
    referral_id: str = Field(description="What a person gives to those whom he brings.")

    @classmethod
    def of(cls, user: User, customer: Customer | None, who: Principal) -> Self:
        """Show who asks."""
        return cls(
            user=UserOut.of(user),
            customer=CustomerOut.of(customer) if customer else None,
            role=who.role,
            permissions=sorted(who.permissions),
            session_id=who.session_id,
            referral_id=user.wire_id[-_REFERRAL_CHARACTERS:],
        )


class PersonIn(Strict):
    """Take how a person, and the organisation that he heads, shall be called; what is absent stays."""

    first_name: Name | None = None
    last_name: Name | None = None
    name: Annotated[Text, Field(max_length=200, description="An organisation's name.")] | None = (
        None
    )
    url: Annotated[Text, Field(max_length=500, description="Its site; empty: none.")] | None = None


class SettingsIn(Strict):
    """Take what shall change of the settings; what is absent stays."""

    language: Annotated[Text, Field(max_length=8, examples=["en"])] | None = None
    time_zone: Annotated[Text, Field(max_length=64, examples=["Europe/Madrid"])] | None = None
    currency: Annotated[Text, Field(max_length=33, examples=["EUR"])] | None = None
    notifications: dict[str, list[str]] | None = Field(
        default=None,
        max_length=16,
        description="Channels (email, sms, telegram, slack) for each topic "
        "(payments, orders, statements, news).",
    )

    def over(self, present: Settings) -> Settings:
        """Give the present settings with what shall change."""
        return Settings(
            language=present.language if self.language is None else self.language,
            time_zone=present.time_zone if self.time_zone is None else self.time_zone,
            currency=present.currency if self.currency is None else self.currency,
            notifications=present.notifications
            if self.notifications is None
            else self.notifications,
        )


class SettingsOut(Strict):
    """Show how a person wants to be spoken to."""

    language: str
    time_zone: str
    currency: str = Field(description="In which sums are shown; empty: the house's own.")
    notifications: dict[str, list[str]]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Show settings."""
        return cls(
            language=settings.language,
            time_zone=settings.time_zone,
            currency=settings.currency,
            notifications={topic: list(to) for topic, to in settings.notifications.items()},
        )


class TicketOut(Strict):
    """Show a ticket that opens one socket."""

    ticket: str
    expires_at: datetime

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        """Show the ticket."""
        return cls(ticket=ticket.ticket, expires_at=ticket.expires_at)


class PostIn(Strict):
    """Take what somebody shall be to the customer."""

    role: MemberRole
    permissions: list[Annotated[Text, Field(max_length=100)]] = Field(default=[], max_length=100)


class MemberOut(Strict):
    """Show who acts for a customer, and how far."""

    user: UserOut
    role: MemberRole
    permissions: list[str]
    created_at: datetime

    @classmethod
    def of(cls, member: Member) -> Self:
        """Show a member."""
        return cls(
            user=UserOut.of(member.user),
            role=member.role,
            permissions=sorted(member.permissions),
            created_at=member.created_at,
        )


class MembersOut(Strict):
    """Show the members of a customer, oldest first."""

    items: list[MemberOut]


class GroupIn(Strict):
    """Take the name of a new group."""

    name: Annotated[Text, Field(min_length=1, max_length=100)]


class GroupOut(Strict):
    """Show a group of customers."""

    id: GroupWireId
    name: str
    created_at: datetime

    @classmethod
    def of(cls, group: Group) -> Self:
        """Show a group."""
        return cls(id=group.id, name=group.name, created_at=group.created_at)


class GroupsOut(Strict):
    """Show the groups by name."""

    items: list[GroupOut]


class GroupedIn(Strict):
    """Take the group into which a customer shall go; none: out of all."""

    group_id: GroupWireId | None


class CustomerFileOut(Strict):
    """Show a customer and the people who act for him."""

    customer: CustomerOut
    members: list[UserOut]


class SessionOut(Strict):
    """Show one device that is logged in."""

    id: SessionWireId
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    address: str = Field(description="IPv4 address or IPv6 network from which the session began.")
    agent: str
    is_this: bool = Field(description="Whether the request itself came over this session.")

    @classmethod
    def of(cls, session: Session, current: UUID | None) -> Self:
        """Show a session."""
        return cls(
            id=session.id,
            created_at=session.created_at,
            refreshed_at=session.refreshed_at,
            expires_at=session.expires_at,
            address=session.address,
            agent=session.agent,
            is_this=session.id == current,
        )


class SessionsOut(Strict):
    """Show the devices that are logged in, the latest first."""

    items: list[SessionOut]
