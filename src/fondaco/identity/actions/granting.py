"""What a session proves, and the pair of tokens that says so."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from fondaco.identity import models, tokens
from fondaco.identity.errors import CustomerDisabled
from fondaco.identity.types import CustomerId, Grant, SessionId, SignedIn, UserId
from fondaco.kit.access import Role
from fondaco.kit.django import tenancy
from fondaco.kit.ids import uuid7
from fondaco.kit.options import options

_SESSION_AGE_MAX: Final = timedelta(days=90)
"""A session ends after so long, however often it is refreshed."""


def lock_and_grant(user_id: UUID) -> Grant:
    """Give what a new session of the user proves, and keep user and customer as they are until commit.

    The customer is the one of the oldest membership. Locked, so that whoever disables them at this moment
    either comes before, or finds the session and ends it.

    :raises CustomerDisabled: the user or the customer is shut out, or acts for nobody
    """
    member = models.Membership.objects.filter(user_id=user_id).order_by("id").first()
    customer = None
    if member is not None:
        customers = models.Customer.objects.select_for_update(no_key=True)
        customer = customers.get(id=member.customer_id)
    user = models.User.objects.select_for_update(no_key=True).get(id=user_id)
    grant = _grant(SessionId(uuid7()), user, customer, member)
    if grant is None:
        raise CustomerDisabled
    return grant


def grant_of(session: models.Session) -> Grant | None:
    """Give what a session proves today, or none where its user or customer is shut out."""
    user, customer, member = session.user, session.customer, None
    if customer is not None:
        member = models.Membership.objects.filter(user=user, customer=customer).first()
    return _grant(SessionId(session.id), user, customer, member)


def hand_over(*, grant: Grant, session: models.Session) -> SignedIn:
    """Make the pair of tokens that the session has from ``refreshed_at`` on."""
    lifetime_s = options().jwt_lifetime_s
    token, digest = tokens.new_opaque(tokens.REFRESH_PREFIX)
    models.RefreshToken.objects.create(
        session=session,
        digest=digest,
        created_at=session.refreshed_at,
        expires_at=session.expires_at,
    )
    access_token = tokens.issue(
        grant,
        tenant=tenancy.current().name,
        at=session.refreshed_at,
        lifetime_s=lifetime_s,
    )
    return SignedIn(
        access_token=access_token,
        refresh_token=token,
        expires_in_s=lifetime_s,
        session_id=grant.session_id,
        user_id=grant.user_id,
        customer_id=grant.customer_id,
        role=grant.role,
    )


def expiry(*, created_at: datetime, now: datetime) -> datetime:
    """Give the instant at which a session dies unless it is refreshed."""
    sliding = now + timedelta(seconds=options().refresh_lifetime_s)
    return min(sliding, created_at + _SESSION_AGE_MAX)


def _grant(
    session_id: SessionId,
    user: models.User,
    customer: models.Customer | None,
    member: models.Membership | None,
) -> Grant | None:
    if user.disabled_at is not None:
        return None
    if user.staff_role:
        role, rights, customer_id = Role(user.staff_role), user.permissions, None
    elif member is not None and customer is not None and customer.disabled_at is None:
        role, rights = Role(customer.kind), member.permissions
        customer_id = CustomerId(customer.id)
    else:
        return None
    return Grant(
        user_id=UserId(user.id),
        customer_id=customer_id,
        session_id=session_id,
        role=role,
        permissions=frozenset(rights),
    )
