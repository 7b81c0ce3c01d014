"""How sessions begin, go on and end.

Locks are taken in one order: customer, user, session, token.
"""

from collections.abc import Iterable
from datetime import datetime
from ipaddress import ip_address, ip_network
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from fondaco.identity import models, names, passwords, revocation, tokens
from fondaco.identity.actions import granting, traces
from fondaco.identity.errors import RefreshRefused, WrongCredentials
from fondaco.identity.events import SessionEnded, SessionOpened
from fondaco.identity.identifiers import find_identifier
from fondaco.identity.queries import by_identifier
from fondaco.identity.states import SessionEnd
from fondaco.identity.types import (
    UNKNOWN_ORIGIN,
    Origin,
    SignedIn,
    session_wire,
    user_wire,
)
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM, Actor
from fondaco.kit.errors import NotFound

_log = structlog.get_logger(__name__)


def login(*, identifier: str, password: str, origin: Origin = UNKNOWN_ORIGIN) -> SignedIn:
    """Open a session for whoever has this identifier and password.

    An unknown identifier costs the same work as a wrong password: one hash, nothing written.

    :raises WrongCredentials: nobody has them
    :raises CustomerDisabled: somebody has them, but is shut out
    """
    found = find_identifier(identifier)
    user = models.User.objects.filter(by_identifier(found)).first() if found else None
    if not passwords.verify(password, user.password if user else None) or user is None:
        known = user_wire(user.id) if user else None
        _log.info("login_refused", user=known, address=_clean_address(origin.address))
        raise WrongCredentials
    fresh = passwords.hash_password(password) if passwords.is_outdated(user.password) else None
    with transaction.atomic():
        signed_in = open_session(user_id=user.id, origin=origin)
        if fresh:
            models.User.objects.filter(id=user.id, password=user.password).update(password=fresh)
    return signed_in


def open_session(*, user_id: UUID, origin: Origin = UNKNOWN_ORIGIN) -> SignedIn:
    """Open a session for a user who has proved himself; part of the caller's transaction where there is one.

    :raises CustomerDisabled: the user or the customer is shut out
    """
    with transaction.atomic():
        grant = granting.lock_and_grant(user_id)
        now = clock.now()
        session = models.Session.objects.create(
            id=grant.session_id,
            user_id=grant.user_id,
            customer_id=grant.customer_id,
            created_at=now,
            refreshed_at=now,
            expires_at=granting.expiry(created_at=now, now=now),
            address=_clean_address(origin.address),
            agent=names.clean_agent(origin.agent),
        )
        traces.leave(
            SessionOpened(session=session_wire(session.id), user=user_wire(user_id)),
            action="identity.session.open",
            by=grant.actor,
            detail={"session": session_wire(session.id), "address": session.address},
        )
        return granting.hand_over(grant=grant, session=session)


def refresh(*, refresh_token: str) -> SignedIn:
    """Spend a refresh token for a new pair of tokens; a spent one that comes back ends the session.

    Runs its own transaction, since the end of a session must outlive the refusal.

    :raises RefreshRefused: unknown, expired or spent, or the session is over
    """
    with transaction.atomic(durable=True):
        signed_in = _spend(tokens.digest(refresh_token))
    if signed_in is None:
        raise RefreshRefused
    return signed_in


def logout(*, session_id: UUID, by: Actor) -> None:
    """End one session; one that is over stays as it is."""
    with transaction.atomic():
        end_sessions(Q(id=session_id), reason=SessionEnd.LOGGED_OUT, by=by)


def logout_everywhere(*, user_id: UUID, by: Actor) -> int:
    """End all sessions of a user; give how many there were."""
    with transaction.atomic():
        return end_sessions(Q(user_id=user_id), reason=SessionEnd.LOGGED_OUT, by=by)


def end_session(*, session_id: UUID, user_id: UUID, by: Actor) -> None:
    """End a session of the user on another device.

    :raises NotFound: the user has no such open session
    """
    with transaction.atomic():
        chosen = Q(id=session_id, user_id=user_id)
        if not end_sessions(chosen, reason=SessionEnd.LOGGED_OUT, by=by):
            raise NotFound("There is no such open session.")


def purge_sessions(*, before: datetime, limit: int = 1000) -> int:
    """Delete sessions that were over or past their time before an instant; give how many."""
    over = Q(ended_at__lt=before) | Q(expires_at__lt=before)
    with transaction.atomic():
        chosen = list(models.Session.objects.filter(over).values_list("id", flat=True)[:limit])
        models.Session.objects.filter(id__in=chosen).delete()
    return len(chosen)


def _spend(digest: bytes) -> SignedIn | None:
    token = models.RefreshToken.objects.filter(digest=digest).first()
    if token is None:
        return None
    session = models.Session.objects.select_for_update().get(id=token.session_id)
    token.refresh_from_db()  # the session's lock may have been waited for
    now = clock.now()
    if session.ended_at is not None or min(session.expires_at, token.expires_at) <= now:
        return None
    grant = granting.grant_of(session)
    if token.spent_at is not None or grant is None:
        reason = SessionEnd.TOKEN_REUSED if token.spent_at else SessionEnd.DISABLED
        end_sessions(Q(id=session.id), reason=reason, by=SYSTEM)
        return None
    models.RefreshToken.objects.filter(id=token.id).update(spent_at=now)
    session.refreshed_at = now
    session.expires_at = granting.expiry(created_at=session.created_at, now=now)
    session.save(update_fields=["refreshed_at", "expires_at"])
    return granting.hand_over(grant=grant, session=session)


def end_sessions(chosen: Q, *, reason: SessionEnd, by: Actor) -> int:
    """End the open ones among the chosen sessions in the caller's transaction; give how many there were."""
    rows = models.Session.objects.select_for_update().filter(chosen, ended_at__isnull=True)
    ending = list(rows.order_by("id").values_list("id", "user_id"))
    ids = [session_id for session_id, _ in ending]
    models.Session.objects.filter(id__in=ids).update(ended_at=clock.now(), end_reason=reason)
    _tell(ending, reason, by)
    revocation.remember(ids)
    return len(ids)


def _tell(ending: Iterable[tuple[UUID, UUID]], reason: SessionEnd, by: Actor) -> None:
    for session_id, user_id in ending:
        session = session_wire(session_id)
        traces.leave(
            SessionEnded(session=session, user=user_wire(user_id), reason=reason.value),
            action="identity.session.end",
            by=by,
            detail={"session": session, "reason": reason.value},
        )


def _clean_address(text: str) -> str:
    try:
        return str(ip_network(text)) if "/" in text else str(ip_address(text))
    except ValueError:
        return ""
