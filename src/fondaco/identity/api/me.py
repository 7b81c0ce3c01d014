"""``/me``: oneself, one's password and devices."""

from django.http import HttpRequest

from fondaco.identity import actions, queries
from fondaco.identity.api.shapes import (
    ChangePasswordIn,
    MeOut,
    SessionOut,
    SessionsOut,
    SessionWireId,
)
from fondaco.identity.errors import PasswordIsWrong
from fondaco.identity.passwords import WeakPassword
from fondaco.kit import clock
from fondaco.kit.django.api import attempts
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.router import Router

router = Router(tags=["me"])


@router.get("")
def show_me(request: HttpRequest) -> MeOut:
    """Show who asks, for whom, and with which rights."""
    who = principal(request)
    customer = queries.get_customer(who.customer_id) if who.customer_id else None
    return MeOut.of(queries.get_user(who.user_id), customer, who)


@router.post("/password", errors=(PasswordIsWrong, WeakPassword))
def change_password(request: HttpRequest, body: ChangePasswordIn) -> None:
    """Change the password; all other devices leave."""
    who = principal(request)
    attempts.count(request, "change-password", str(who.user_id))
    actions.change_password(
        user_id=who.user_id,
        current=body.current_password,
        new=body.new_password,
        session_id=who.session_id,
        by=who.actor,
    )


@router.get("/sessions")
def list_sessions(request: HttpRequest) -> SessionsOut:
    """List the devices that are logged in, the latest 50 first."""
    who = principal(request)
    sessions = queries.list_sessions(user_id=who.user_id, live_at=clock.now())
    return SessionsOut(items=[SessionOut.of(session, who.session_id) for session in sessions])


@router.delete("/sessions/{session_id}")
def end_session(request: HttpRequest, session_id: SessionWireId) -> None:
    """Make a device leave."""
    who = principal(request)
    actions.end_session(session_id=session_id, user_id=who.user_id, by=who.actor)
