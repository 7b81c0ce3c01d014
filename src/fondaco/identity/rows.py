"""Shows rows of the tables as the frozen types that cross the border."""

from fondaco.identity import models
from fondaco.identity.states import CustomerKind, Level, StaffRole
from fondaco.identity.types import (
    Customer,
    CustomerId,
    Session,
    SessionId,
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
    )


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
