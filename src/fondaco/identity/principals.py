"""Whom a session proves at this moment, for pages: they ask the database, where programs carry tokens."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from fondaco.identity import models
from fondaco.identity.actions import granting
from fondaco.identity.rows import show_user
from fondaco.identity.types import User
from fondaco.kit import clock
from fondaco.kit.access import Principal

_SLIDES_EVERY: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Proved:
    """Show whom a session proves."""

    principal: Principal
    user: User
    is_due: bool
    """Whether the session's end should be moved ahead (``prolong``)."""


def find_proved(*, session_ids: QuerySet[Any, UUID]) -> Proved | None:
    """Give whom a session proves; none where it is over, or its person or customer is shut out.

    :param session_ids: asks for its identifier, within the same statement
    """
    rows = models.Session.objects.select_related("customer", "user")
    session = rows.filter(
        id__in=session_ids, ended_at__isnull=True, expires_at__gt=clock.now()
    ).first()
    grant = granting.grant_of(session) if session else None
    if grant is None or session is None:
        return None
    principal = Principal(
        actor=grant.actor,
        role=grant.role,
        user_id=grant.user_id,
        customer_id=grant.customer_id,
        session_id=grant.session_id,
        permissions=grant.permissions,
    )
    is_due = session.refreshed_at < clock.now() - _SLIDES_EVERY
    return Proved(principal, show_user(session.user), is_due)


def prolong(*, session_id: UUID) -> None:
    """Move a session's end ahead, as a refresh of its tokens would; at most every five minutes."""
    now = clock.now()
    due = models.Session.objects.filter(
        id=session_id, ended_at__isnull=True, refreshed_at__lt=now - _SLIDES_EVERY
    )
    with transaction.atomic():
        session = due.select_for_update().first()
        if session is not None:
            session.refreshed_at = now
            session.expires_at = granting.expiry(created_at=session.created_at, now=now)
            session.save(update_fields=["refreshed_at", "expires_at"])
