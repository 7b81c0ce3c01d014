"""Send a browser on, and let in whoever logged in."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fondaco.console import visits
from fondaco.console.forms import Asking
from fondaco.console.pages import SEE_OTHER
from fondaco.console.ways import wanted
from fondaco.identity.types import SignedIn


def did(request: HttpRequest, form: Asking, act: Callable[[], None]) -> bool:
    """Do what a form is for, where one was sent and is right; tell whether it was done."""
    return request.method == "POST" and form.is_valid() and form.ask(act) is None


def sent(url: str) -> HttpResponse:
    """Send the browser on after a form."""
    response = HttpResponseRedirect(url)
    response.status_code = SEE_OTHER
    return response


def let_in(request: HttpRequest, signed_in: SignedIn, *, to: str = "") -> HttpResponse:
    """Open the house to whoever logged in: a new cookie, and on to where he wanted."""
    response = sent(wanted(request) or to or reverse("console:home"))
    visits.begin(response, session_id=signed_in.session_id)
    return response
