"""How sessions begin, go on and end.

Locks are taken in one order: customer, user, session, token.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from fondaco.identity import models, names, passwords, revocation, tokens
from fondaco.identity.actions import granting, traces
from fondaco.identity.errors import RefreshRefused, SessionIsOver, WrongCredentials
from fondaco.identity.events import SessionEnded, SessionOpened
from fondaco.identity.identifiers import find_identifier
from fondaco.identity.queries import by_identifier
from fondaco.identity.rows import show_user
from fondaco.identity.states import SessionEnd
from fondaco.identity.types import (
    UNKNOWN_ORIGIN,
    Origin,
    SignedIn,
    Ticket,
    User,
    session_wire,
    user_wire,
)
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM, Actor
from fondaco.kit.django import tenancy
from fondaco.kit.errors import NotFound
from fondaco.kit.options import options

_TICKET_LIFETIME: Final = timedelta(seconds=30)

_log = structlog.get_logger(__name__)


def prove_password(*, identifier: str, password: str, origin: Origin = UNKNOWN_ORIGIN) -> User:
    """Give whoever has this identifier and password; ``credentials`` asks for more where more is needed.

    An unknown identifier costs the same work as a wrong password: one hash, nothing written.

    :raises WrongCredentials: nobody has them
    """
    found = find_identifier(identifier)
    user = models.User.objects.filter(by_identifier(found)).first() if found else None
    if not passwords.verify(password, user.password if user else None) or user is None:
        known = user_wire(user.id) if user else None
        _log.info("login_refused", user=known, address=_clean_address(origin.address))
        raise WrongCredentials
    if passwords.is_outdated(user.password):
        fresh = passwords.hash_password(password)
        models.User.objects.filter(id=user.id, password=user.password).update(password=fresh)
    return show_user(user)


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
            proved_at=now,
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


def end_sessions_of(*, user_id: UUID, by: Actor) -> int:
    """End all sessions of a user whose second factor was taken away; give how many there were."""
    with transaction.atomic():
        return end_sessions(Q(user_id=user_id), reason=SessionEnd.FACTOR_CHANGED, by=by)


def end_session(*, session_id: UUID, user_id: UUID, by: Actor) -> None:
    """End a session of the user on another device.

    :raises NotFound: the user has no such open session
    """
    with transaction.atomic():
        chosen = Q(id=session_id, user_id=user_id)
        if not end_sessions(chosen, reason=SessionEnd.LOGGED_OUT, by=by):
            raise NotFound("There is no such open session.")


def mark_proved(*, session_id: UUID) -> None:
    """Record that the person at this device has just proved himself anew."""
    rows = models.Session.objects.filter(id=session_id, ended_at__isnull=True)
    rows.update(proved_at=clock.now())


def issue_socket_ticket(*, session_id: UUID) -> Ticket:
    """Give a ticket that opens one socket for the session, within half a minute."""
    token, digest = tokens.new_opaque(tokens.TICKET_PREFIX)
    expires_at = clock.now() + _TICKET_LIFETIME
    models.SocketTicket.objects.create(digest=digest, session_id=session_id, expires_at=expires_at)
    return Ticket(ticket=token, expires_at=expires_at)


def spend_socket_ticket(*, ticket: str) -> str:
    """Spend a ticket for an access token that the socket's own process keeps; of two who come, one gets it.

    :raises SessionIsOver: unknown, spent or past its time, or the session is over
    """
    with transaction.atomic():
        rows = models.SocketTicket.objects.select_for_update().select_related("session")
        row = rows.filter(digest=tokens.digest(ticket)).first()
        if row is None:
            raise SessionIsOver
        row.delete()
        session, now = row.session, clock.now()
        is_live = session.ended_at is None and session.expires_at > now
        grant = granting.grant_of(session) if is_live and row.expires_at > now else None
    if grant is None:
        raise SessionIsOver
    lifetime_s = options().jwt_lifetime_s
    return tokens.issue(grant, tenant=tenancy.current().name, at=now, lifetime_s=lifetime_s)


def purge_sessions(*, before: datetime, limit: int = 1000) -> int:
    """Delete sessions that were over or past their time before an instant; give how many."""
    over = Q(ended_at__lt=before) | Q(expires_at__lt=before)
    with transaction.atomic():
        chosen = list(models.Session.objects.filter(over).values_list("id", flat=True)[:limit])
        models.Session.objects.filter(id__in=chosen).delete()
        models.SocketTicket.objects.filter(expires_at__lt=before).delete()
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
