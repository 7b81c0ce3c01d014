"""Which web origins may call the API from a browser: a house's own list, else ``ALLOWED_ORIGINS`` (empty).

Tokens travel in ``Authorization``, never in cookies, so credentials are never allowed: neither with ``*``
nor with a named origin.
"""

from collections.abc import Callable, Collection
from typing import Final

from django.core.exceptions import DisallowedHost
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from fondaco.kit.django.tenancy import context
from fondaco.kit.django.tenancy.directory import UnknownTenant
from fondaco.kit.django.tenancy.middleware import tenant_of
from fondaco.kit.options import options

METHODS: Final = "GET, POST, PUT, PATCH, DELETE"
REQUEST_HEADERS: Final = (
    "Authorization, Content-Type, Accept, Accept-Language, Idempotency-Key, If-Match, X-Request-Id, "
    "Fondaco-Signature"
)
ANSWER_HEADERS: Final = (
    "X-Request-Id, Idempotent-Replay, Retry-After, ETag, RateLimit-Limit, RateLimit-Remaining, "
    "RateLimit-Reset"
)
PREFLIGHT_AGE_S: Final = 600


Ask = Callable[[], Collection[str] | None]
"""Gives the origins of the present tenant, where it knows better than the options."""

_asked: Final[list[Ask]] = []


def ask_first(ask: Ask) -> None:
    """Ask this before the options; it answers from memory. The latest one counts."""
    _asked[:] = [ask]


def preflight(request: HttpRequest) -> HttpResponse | None:
    """Answer a browser's question whether it may ask; none when this is no such question."""
    meta = request.META
    if request.method != "OPTIONS" or "HTTP_ACCESS_CONTROL_REQUEST_METHOD" not in meta:
        return None
    response = HttpResponse(status=204)
    if _allowed(request, meta.get("HTTP_ORIGIN", "")) is not None:
        response["Access-Control-Allow-Methods"] = METHODS
        response["Access-Control-Allow-Headers"] = REQUEST_HEADERS
        response["Access-Control-Max-Age"] = str(PREFLIGHT_AGE_S)
    return response


def write_headers(request: HttpRequest, response: HttpResponseBase) -> None:
    """Let the origin read the answer if it is allowed."""
    origin = request.META.get("HTTP_ORIGIN")
    if origin is None:
        return
    patch_vary_headers(response, ("Origin",))
    allowed = _allowed(request, origin)
    if allowed is not None:
        response["Access-Control-Allow-Origin"] = allowed
        response["Access-Control-Expose-Headers"] = ANSWER_HEADERS


def _allowed(request: HttpRequest, origin: str) -> str | None:
    origins = _asked_origins(request)
    if origins is None:
        origins = options().allowed_origins
    if "*" in origins:
        return "*"
    return origin if origin in origins else None


def _asked_origins(request: HttpRequest) -> Collection[str] | None:
    """Ask in the tenant's scope, which is not open here: browsers ask before anything else is known."""
    if not _asked:
        return None
    try:
        named = tenant_of(host=request.get_host(), header=request.META.get("HTTP_X_TENANT"))
        with context.enter(named):
            return _asked[0]()
    except (UnknownTenant, DisallowedHost, DatabaseError, InterfaceError):
        return None
