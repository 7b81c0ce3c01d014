"""Know a browser again by its cookie."""

from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from fondaco.console.models import Visit
from fondaco.identity import actions as identity, tokens
from fondaco.identity.principals import Proved, find_proved, prolong
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.options import options

PREFIX: Final = "fcv_"
AGE_S: Final = 90 * 24 * 3600
"""The cookie outlives no session: those end after ninety days at the latest."""


def cookie_name() -> str:
    """Give the cookie's name; ``__Host-`` binds it to this host and to TLS, which development lacks."""
    return "__Host-fondaco" if _is_secure() else "fondaco"


def find_visitor(request: HttpRequest) -> Principal | None:
    """Give who looks at the page, or none."""
    found = find_proved_visitor(request)
    return found.principal if found else None


def find_proved_visitor(request: HttpRequest) -> Proved | None:
    """Give who looks at the page, with the person; one query, and more where a session is prolonged."""
    cookie = request.COOKIES.get(cookie_name(), "")
    if not cookie.startswith(PREFIX):
        return None
    visits = Visit.objects.filter(digest=tokens.digest(cookie))
    found = find_proved(session_ids=visits.values_list("session_id", flat=True))
    session_id = found.principal.session_id if found is not None and found.is_due else None
    if session_id is not None:
        prolong(session_id=session_id)
    return found


def begin(response: HttpResponseBase, *, session_id: UUID) -> None:
    """Give the browser a new cookie for a session that was just opened; an old one is never taken over."""
    cookie, digest = tokens.new_opaque(PREFIX)
    Visit.objects.create(digest=digest, session_id=session_id, created_at=clock.now())
    response.set_cookie(
        cookie_name(),
        cookie,
        max_age=AGE_S,
        secure=_is_secure(),
        httponly=True,
        samesite="Lax",
    )


def end(request: HttpRequest, response: HttpResponseBase) -> None:
    """Log the browser out: the session ends, the cookie goes."""
    visitor = find_visitor(request)
    if visitor is not None and visitor.session_id is not None:
        identity.logout(session_id=visitor.session_id, by=visitor.actor)
        Visit.objects.filter(session_id=visitor.session_id).delete()
    forget(response)


def forget(response: HttpResponseBase) -> None:
    """Take the cookie away where the session is over already."""
    response.delete_cookie(cookie_name(), samesite="Lax")


def _is_secure() -> bool:
    return options().environment == "production"
