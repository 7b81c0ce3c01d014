"""What every page has in common: who looks, what the browser may load, and what a refusal looks like."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Concatenate, Final, ParamSpec
from urllib.parse import quote

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from fondaco.apikeys.authenticator import check_address
from fondaco.console.appearance import theme_of
from fondaco.console.menu import menu_of
from fondaco.console.self.languages import LANGUAGES, spoken
from fondaco.console.viewing import Viewed, check_seen, find_view
from fondaco.console.visits import find_proved_visitor
from fondaco.console.ways import came_from
from fondaco.identity.errors import StepUpRequired
from fondaco.identity.types import User
from fondaco.kit.access import Principal, Role
from fondaco.kit.django.api.addresses import client_address
from fondaco.kit.errors import DomainError, Forbidden
from fondaco.kit.options import options
from fondaco.notifications.queries import count_unread

Arguments = ParamSpec("Arguments")

SEE_OTHER: Final = 303
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self' {realtime}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Page:
    """Name a template and what it shows."""

    template: str
    shown: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class GoTo:
    """Send the browser on after a form has done its work, so that a reload sends nothing again."""

    url: str


Answer = Page | GoTo | HttpResponseBase
View = Callable[Concatenate[HttpRequest, Principal, Arguments], Answer]
OpenView = Callable[Concatenate[HttpRequest, Arguments], Answer]
Wrapped = Callable[..., HttpResponseBase]


def page(
    *roles: Role, right: str = "", methods: str = "GET HEAD", is_own: bool = False
) -> Callable[[View[Any]], Wrapped]:
    """Show a page to whoever is logged in, has one of the roles (any, if none is named) and the right.

    An operator who views pages as a customer gets the customer's, but for those that are ``is_own``.
    """

    def decorate(view: View[Any]) -> Wrapped:
        @functools.wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            found = find_proved_visitor(request)
            if found is None:
                there = quote(request.get_full_path(), safe="/")
                return _sent(GoTo(f"{reverse('console:login')}?next={there}"))
            visitor, user = found.principal, found.user
            seen = None if is_own else find_view(visitor)
            with spoken(request, user):
                try:
                    check_address(visitor, client_address(request))
                    if seen is not None:
                        visitor = seen.visitor
                        check_seen(seen, request)
                    if (roles and visitor.role not in roles) or (right and not visitor.can(right)):
                        raise Forbidden(gettext("This page is not among those that you may see."))
                    answer = view(request, visitor, *args, **kwargs)
                except StepUpRequired:
                    answer = GoTo(_proof(request))
                except DomainError as refusal:
                    answer = Page("refused.html", {"refusal": refusal}, refusal.kind.value)
                return _finish(request, answer, visitor, user=user, seen=seen)

        return _travels(wrapped, methods)

    return decorate


def open_page(*, methods: str = "GET HEAD") -> Callable[[OpenView[Any]], Wrapped]:
    """Show a page to anybody."""

    def decorate(view: OpenView[Any]) -> Wrapped:
        @functools.wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with spoken(request, None):
                try:
                    answer = view(request, *args, **kwargs)
                except DomainError as refusal:
                    answer = Page("refused.html", {"refusal": refusal}, refusal.kind.value)
                return _finish(request, answer, None)

        return _travels(wrapped, methods)

    return decorate


def _travels(view: Wrapped, methods: str) -> Wrapped:
    """Guard a page against forms of other sites, and compress it.

    Compression tells somebody who listens how long a page is, and secrets can be guessed from that
    (BREACH). Here the form's token is masked anew for each page, a random length is added to each
    answer, and the cookie comes with no request that another site makes in the background.
    """
    return gzip_page(csrf_protect(require_http_methods(methods.split())(view)))


def _proof(request: HttpRequest) -> str:
    """Give the page on which one proves oneself, which leads back to where a form was."""
    here = request.get_full_path() if request.method in {"GET", "HEAD"} else came_from(request)
    return f"{reverse('console:step-up')}?next={quote(here, safe='/')}"


def _finish(
    request: HttpRequest,
    answer: Answer,
    visitor: Principal | None,
    *,
    user: User | None = None,
    seen: Viewed | None = None,
) -> HttpResponseBase:
    if isinstance(answer, GoTo):
        return _sent(answer)
    if isinstance(answer, Page):
        shown = {
            "visitor": visitor,
            "seen": seen,
            "user": user,
            "unread": partial(count_unread, user_id=visitor.user_id) if visitor else None,
            "languages": LANGUAGES,
            "menu": menu_of(visitor, request.path),
            "theme": theme_of(request).value,
            **answer.shown,
        }
        answer = render(request, f"console/{answer.template}", shown, status=answer.status)
    answer.headers.setdefault("Cache-Control", "no-store")
    answer.headers["Content-Security-Policy"] = POLICY.format(realtime=realtime_url())
    return answer


def _sent(there: GoTo) -> HttpResponseBase:
    response = HttpResponseRedirect(there.url)
    response.status_code = SEE_OTHER
    response.headers["Cache-Control"] = "no-store"
    return response


def realtime_url() -> str:
    """Give the address at which browsers find the realtime process."""
    chosen = options()
    return chosen.realtime_url or f"ws://{chosen.host}:{chosen.realtime_port}"
