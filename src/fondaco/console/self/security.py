"""One's own devices."""

from django.http import HttpRequest

from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.identity import actions, queries
from fondaco.identity.types import SESSION_PREFIX
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId, decode


@page()
def security(request: HttpRequest, visitor: Principal) -> Answer:
    """Show the devices that are logged in."""
    sessions = queries.list_sessions(user_id=visitor.user_id, live_at=clock.now())
    shown = {
        "title": "Security",
        "sessions": sessions,
        "here": visitor.session_id,
        "done": request.GET.get("done"),
    }
    return Page("self/security.html", shown)


@page(methods="POST")
def end_session(request: HttpRequest, visitor: Principal, session: str) -> Answer:
    """Make another device leave."""
    del request
    try:
        session_id = decode(SESSION_PREFIX, session)
    except InvalidId:
        raise NotFound from None
    actions.end_session(session_id=session_id, user_id=visitor.user_id, by=visitor.actor)
    return GoTo("/console/security?done=left")
