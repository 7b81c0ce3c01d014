"""Reads of customers, users and sessions."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from fondaco.identity import models
from fondaco.identity.errors import MoneyHeld, StepUpRequired
from fondaco.identity.identifiers import Identifier, find_identifier
from fondaco.identity.rows import show_customer, show_group, show_member, show_session, show_user
from fondaco.identity.states import CustomerKind
from fondaco.identity.types import Customer, CustomerFilter, Group, Member, Session, User
from fondaco.kit.django.narrowing import given
from fondaco.kit.errors import NotFound
from fondaco.kit.paging import LIMIT_DEFAULT, Cursor, Page, page

STEP_UP_LASTS: Final = timedelta(minutes=5)
"""So long a proof suffices for dangerous steps."""


def get_customer(customer_id: UUID) -> Customer:
    """Give a customer.

    :raises NotFound: there is none
    """
    row = models.Customer.objects.filter(id=customer_id).first()
    if row is None:
        raise NotFound("There is no such customer.")
    return show_customer(row)


def get_customers(customer_ids: Iterable[UUID]) -> dict[UUID, Customer]:
    """Give those of the customers that exist, by identifier."""
    rows = models.Customer.objects.filter(id__in=set(customer_ids))
    return {row.id: show_customer(row) for row in rows}


def get_user(user_id: UUID) -> User:
    """Give a user.

    :raises NotFound: there is none
    """
    row = models.User.objects.filter(id=user_id).first()
    if row is None:
        raise NotFound("There is no such user.")
    return show_user(row)


def is_erased(user_id: UUID) -> bool:
    """Tell whether what was known of a person is destroyed."""
    return models.User.objects.filter(id=user_id, erased_at__isnull=False).exists()


def find_user(*, identifier: str) -> User | None:
    """Find a user by e-mail, telephone or user name, in whatever spelling."""
    found = find_identifier(identifier)
    row = models.User.objects.filter(by_identifier(found)).first() if found else None
    return show_user(row) if row else None


def find_customer_by_identifier(identifier: str) -> Customer | None:
    """Find the customer whose member has this e-mail, telephone or user name; the oldest, if of several."""
    found = find_identifier(identifier)
    if found is None:
        return None
    user = models.User.objects.filter(by_identifier(found)).first()
    member = (
        models.Membership.objects.filter(user=user)
        .select_related("customer")
        .order_by("id")
        .first()
        if user
        else None
    )
    return show_customer(member.customer) if member else None


def list_customers(
    *,
    kind: CustomerKind | None = None,
    text: str = "",
    narrow: CustomerFilter | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Customer]:
    """Give one page of customers, newest first; ``text`` is looked for in their names.

    With a filter ``text`` is looked for in the beginnings of their people's e-mail addresses as well.
    """
    chosen = _narrowed(narrow) if narrow else Q()
    if kind is not None:
        chosen &= Q(kind=kind)
    if text:
        found = Q(name__icontains=text)
        if narrow:
            people = models.Membership.objects.filter(user__email__istartswith=text)
            found |= Q(id__in=people.values("customer_id"))
        chosen &= found
    if after is not None:
        chosen &= Q(id__lt=after.id)
    rows = models.Customer.objects.filter(chosen).order_by("-id")[: limit + 1]
    shown = [show_customer(row) for row in rows]
    return page(
        shown,
        limit=limit,
        key=lambda customer: Cursor(customer.created_at, customer.id),
    )


def list_members(*, customer_id: UUID) -> list[User]:
    """List the users who act for a customer, oldest first."""
    members = models.Membership.objects.filter(customer_id=customer_id).select_related("user")
    return [show_user(member.user) for member in members.order_by("id")]


def list_memberships(*, customer_id: UUID) -> list[Member]:
    """List who acts for a customer, with role and permissions, oldest first."""
    rows = models.Membership.objects.filter(customer_id=customer_id).select_related("user")
    return [show_member(row) for row in rows.order_by("id")]


def list_groups() -> list[Group]:
    """List the groups of customers by name."""
    return [show_group(row) for row in models.CustomerGroup.objects.order_by("name")]


def find_user_by_telegram(telegram_id: int) -> User | None:
    """Find the user who assigned this Telegram account."""
    row = models.User.objects.filter(telegram_id=telegram_id).first()
    return show_user(row) if row else None


def may_money_leave(*, customer_id: UUID, at: datetime) -> bool:
    """Tell whether money may leave the house for a customer, as far as his people are concerned."""
    holders = models.User.objects.filter(
        memberships__customer_id=customer_id, money_held_until__gt=at
    )
    return not holders.exists()


def check_money_may_leave(*, customer_id: UUID, at: datetime) -> None:
    """Pass silently when money may leave the house for a customer.

    :raises MoneyHeld: one of his people changed how he is reached within the last day
    """
    if not may_money_leave(customer_id=customer_id, at=at):
        raise MoneyHeld


def find_address(*, session_id: UUID | None) -> str:
    """Give the network address that a device signed in from; empty where there is none or it is unknown."""
    if session_id is None:
        return ""
    found = models.Session.objects.filter(id=session_id).values_list("address", flat=True).first()
    return found or ""


def check_step_up(*, session_id: UUID | None, at: datetime) -> None:
    """Pass silently when the person at a device proved himself within the last five minutes.

    :raises StepUpRequired: he did not, or there is no device, as with an API key
    """
    if session_id is None:
        raise StepUpRequired
    since = at - STEP_UP_LASTS
    rows = models.Session.objects.filter(id=session_id, ended_at__isnull=True, proved_at__gt=since)
    if not rows.exists():
        raise StepUpRequired


def list_staff() -> list[User]:
    """List the house's own people, dismissed ones included, oldest first."""
    return [show_user(row) for row in models.User.objects.exclude(staff_role="").order_by("id")]


def list_sessions(
    *, user_id: UUID, live_at: datetime | None = None, limit: int = 50
) -> list[Session]:
    """List a user's sessions, newest first; with ``live_at`` the devices logged in at that instant."""
    rows = models.Session.objects.filter(user_id=user_id)
    if live_at is not None:
        rows = rows.filter(ended_at__isnull=True, expires_at__gt=live_at)
    return [show_session(row) for row in rows.order_by("-id")[:limit]]


def list_customer_sessions(*, customer_id: UUID, live_at: datetime) -> list[Session]:
    """List the devices on which a customer's people were logged in at an instant, newest first."""
    rows = models.Session.objects.filter(
        customer_id=customer_id, ended_at__isnull=True, expires_at__gt=live_at
    )
    return [show_session(row) for row in rows.order_by("-id")[:50]]


def by_identifier(identifier: Identifier) -> Q:
    """Give the condition that picks the user with this identifier."""
    return Q(**{identifier.kind: identifier.value})


def _narrowed(narrow: CustomerFilter) -> Q:
    return Q(
        **given(
            level=narrow.level,
            group_id=narrow.group_id,
            created_at__gte=narrow.since,
            created_at__lt=narrow.until,
            disabled_at__isnull=None if narrow.is_disabled is None else not narrow.is_disabled,
        )
    )
