"""What comes in and goes out at identity's operations."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field

from fondaco.identity import passwords
from fondaco.identity.states import CustomerKind, Level
from fondaco.identity.types import (
    CUSTOMER_PREFIX,
    SESSION_PREFIX,
    USER_PREFIX,
    Customer,
    Session,
    SignedIn,
    User,
)
from fondaco.kit.access import Principal, Role
from fondaco.kit.django.api.schemas import Strict, Text, WireId

CustomerWireId = Annotated[UUID, WireId(CUSTOMER_PREFIX)]
UserWireId = Annotated[UUID, WireId(USER_PREFIX)]
SessionWireId = Annotated[UUID, WireId(SESSION_PREFIX)]

Password = Annotated[Text, Field(max_length=passwords.CHARACTERS_MAX)]
Token = Annotated[Text, Field(min_length=1, max_length=100)]
Reason = Annotated[Text, Field(min_length=1, max_length=500)]


class LoginIn(Strict):
    """Take who says to be whom."""

    identifier: Annotated[Text, Field(min_length=1, max_length=320)] = Field(
        description="E-mail, telephone (with + and country) or user name.",
        examples=["johnwick"],
    )
    password: Password


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
    created_at: datetime
    disabled_at: datetime | None

    @classmethod
    def of(cls, customer: Customer) -> Self:
        """Show a customer."""
        return cls(
            id=customer.id,
            kind=customer.kind,
            name=customer.name,
            url=customer.url,
            level=customer.level,
            created_at=customer.created_at,
            disabled_at=customer.disabled_at,
        )


class UserOut(Strict):
    """Show a person."""

    id: UserWireId
    email: str | None
    phone: str | None
    username: str | None
    first_name: str
    last_name: str
    created_at: datetime

    @classmethod
    def of(cls, user: User) -> Self:
        """Show a person."""
        return cls(
            id=user.id,
            email=user.email,
            phone=user.phone,
            username=user.username,
            first_name=user.first_name,
            last_name=user.last_name,
            created_at=user.created_at,
        )


class MeOut(Strict):
    """Show who asks, for whom, and with which rights."""

    user: UserOut
    customer: CustomerOut | None
    role: Role
    permissions: list[str]
    session_id: SessionWireId | None

    @classmethod
    def of(cls, user: User, customer: Customer | None, who: Principal) -> Self:
        """Show who asks."""
        return cls(
            user=UserOut.of(user),
            customer=CustomerOut.of(customer) if customer else None,
            role=who.role,
            permissions=sorted(who.permissions),
            session_id=who.session_id,
        )


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
