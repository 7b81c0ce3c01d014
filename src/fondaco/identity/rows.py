"""Shows rows of the tables as the frozen types that cross the border."""

from fondaco.identity import models
from fondaco.identity.states import CustomerKind, Level, MemberRole, StaffRole
from fondaco.identity.types import (
    Customer,
    CustomerId,
    Group,
    GroupId,
    Member,
    Session,
    SessionId,
    Settings,
    User,
    UserId,
)


def show_customer(row: models.Customer) -> Customer:
    """Show a customer."""
    return Customer(
        id=CustomerId(row.id),
        kind=CustomerKind(row.kind),
        name=row.name,
        url=row.url,
        level=Level(row.level),
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        group_id=GroupId(row.group_id) if row.group_id else None,
        closed_at=row.closed_at,
    )


def show_user(row: models.User) -> User:
    """Show a user, without password."""
    return User(
        id=UserId(row.id),
        email=row.email,
        phone=row.phone,
        username=row.username,
        first_name=row.first_name,
        last_name=row.last_name,
        staff_role=StaffRole(row.staff_role) if row.staff_role else None,
        permissions=frozenset(row.permissions),
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        email_verified_at=row.email_verified_at,
        phone_verified_at=row.phone_verified_at,
        telegram_id=row.telegram_id,
        second_factor_at=row.second_factor_at,
        has_password=row.has_usable_password(),
        settings=Settings(row.language, row.time_zone, row.currency, row.notifications),
    )


def show_member(row: models.Membership) -> Member:
    """Show a member of a customer."""
    return Member(
        user=show_user(row.user),
        role=MemberRole(row.role),
        permissions=frozenset(row.permissions),
        created_at=row.created_at,
    )


def show_group(row: models.CustomerGroup) -> Group:
    """Show a group."""
    return Group(id=GroupId(row.id), name=row.name, created_at=row.created_at)


def show_session(row: models.Session) -> Session:
    """Show a session, without its tokens."""
    return Session(
        id=SessionId(row.id),
        user_id=UserId(row.user_id),
        customer_id=CustomerId(row.customer_id) if row.customer_id else None,
        created_at=row.created_at,
        refreshed_at=row.refreshed_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        address=row.address,
        agent=row.agent,
    )
