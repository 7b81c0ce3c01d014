"""``/auth``: go on, leave; how one comes in is the business of ``credentials``."""

from django.http import HttpRequest

from fondaco.identity import actions
from fondaco.identity.api.shapes import (
    LogoutIn,
    RefreshIn,
    SetUpIn,
    SignedInOut,
)
from fondaco.identity.errors import RefreshRefused, SetUpRefused
from fondaco.identity.passwords import WeakPassword
from fondaco.kit.django.api import attempts
from fondaco.kit.django.api.auth import people, principal
from fondaco.kit.django.api.router import Router

router = Router(tags=["auth"])


@router.post("/refresh", auth=None, errors=(RefreshRefused,))
def refresh(request: HttpRequest, body: RefreshIn) -> SignedInOut:  # noqa: ARG001 - ninja passes it
    """Spend the refresh token for a new pair. A spent one that comes back ends the session."""
    return SignedInOut.of(actions.refresh(refresh_token=body.refresh_token))


@router.post("/logout", auth=people)
def logout(request: HttpRequest, body: LogoutIn | None = None) -> None:
    """Leave: this device, or all of them. The access token opens nothing within a second."""
    who = principal(request)
    if (body and body.everywhere) or who.session_id is None:
        actions.logout_everywhere(user_id=who.user_id, by=who.actor)
    else:
        actions.logout(session_id=who.session_id, by=who.actor)


@router.post("/set-up", auth=None, errors=(SetUpRefused, WeakPassword))
def set_up(request: HttpRequest, body: SetUpIn) -> None:
    """Choose the password of a new operator by the one-time token of the set-up link."""
    attempts.count(request, "set-up", body.token)
    actions.set_up_operator(token=body.token, password=body.password)
