"""Let an open page hear what happens: a ticket for one socket, asked for by the page's own script."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from fondaco.console.pages import Answer, page, realtime_url
from fondaco.identity.actions import issue_socket_ticket
from fondaco.kit.access import Principal


@page(methods="POST")
def ticket(_request: HttpRequest, visitor: Principal) -> Answer:
    """Give a ticket that opens one socket within half a minute, and where to open it."""
    if visitor.session_id is None:
        return HttpResponse(status=204)
    issued = issue_socket_ticket(session_id=visitor.session_id)
    return JsonResponse({"ticket": issued.ticket, "url": f"{realtime_url()}/ws"})
