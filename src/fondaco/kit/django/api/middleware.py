"""The one middleware around everything: request id, limits of the body, problems, CORS, headers.

One and lean, because each layer costs every charge some microseconds. It stands first, so that whatever
happens further in (an unknown tenant, a path that does not exist, an error page of Django) leaves as a
problem when the path is the API's.
"""

import re
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from structlog.contextvars import bind_contextvars, reset_contextvars

from fondaco.kit.django.api import bodies, cors, problems, throttle
from fondaco.kit.django.api.addresses import believe_proxy_about_encryption
from fondaco.kit.django.api.refusals import (
    BadRequest,
    BodyTooLarge,
    InternalError,
    LengthRequired,
    MalformedBody,
    MethodNotAllowed,
    TooManyRequests,
    UnsupportedMediaType,
)
from fondaco.kit.errors import DomainError, Forbidden, NotFound, Unauthenticated
from fondaco.kit.ids import random_hex

API_PREFIXES: Final = ("/api/", "/compat/")
"""Below these paths every refusal is a problem."""

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
_PROBLEM_FROM: Final = 400
_BY_STATUS: Final[dict[int, type[DomainError]]] = {
    400: BadRequest,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    411: LengthRequired,
    413: BodyTooLarge,
    415: UnsupportedMediaType,
    429: TooManyRequests,
}
_ALWAYS: Final = {
    "x-content-type-options": ("X-Content-Type-Options", "nosniff"),
    "referrer-policy": ("Referrer-Policy", "same-origin"),
}
_API: Final = {
    "cache-control": ("Cache-Control", "no-store"),
    "content-security-policy": (
        "Content-Security-Policy",
        "default-src 'none'; frame-ancestors 'none'",
    ),
}
_HSTS: Final = "max-age=31536000; includeSubDomains"


class ApiMiddleware:
    """Stand first in ``MIDDLEWARE``."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what is further in."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        believe_proxy_about_encryption(request)
        request_id = _request_id(request)
        request.request_id = request_id  # type: ignore[attr-defined]  # read by problems and logs
        bound = bind_contextvars(request_id=request_id)
        try:
            response = self._answer(request)
        finally:
            reset_contextvars(**bound)
        # What a caller sent as his id was matched, and ours is hexadecimal: nothing for Django to check.
        response.headers._store["x-request-id"] = ("X-Request-Id", request_id)  # noqa: SLF001 - see _set_defaults
        _set_defaults(response, _ALWAYS)
        if request.is_secure():
            response.setdefault("Strict-Transport-Security", _HSTS)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        refusal = _refuse_body(request)
        if not request.path.startswith(API_PREFIXES):
            return (
                self.get_response(request)
                if refusal is None
                else problems.respond(request, refusal)
            )
        response: HttpResponseBase | None = cors.preflight(request)
        if response is None:
            response = (
                self.get_response(request)
                if refusal is None
                else problems.respond(request, refusal)
            )
            response = _as_problem(request, response)
        cors.write_headers(request, response)
        throttle.write_headers(request, response)
        _set_defaults(response, _API)
        return response


def _set_defaults(response: HttpResponseBase, headers: dict[str, tuple[str, str]]) -> None:
    """Set constant headers that the answer does not have yet, without Django's checks of each (10 µs)."""
    store = response.headers._store  # noqa: SLF001 - measured; the constants need no checks
    for name, header in headers.items():
        store.setdefault(name, header)


def _request_id(request: HttpRequest) -> str:
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if given and _REQUEST_ID.fullmatch(given) else random_hex()


def _refuse_body(request: HttpRequest) -> DomainError | None:
    """Refuse a body by its headers, before anything reads it."""
    meta = request.META
    if "HTTP_TRANSFER_ENCODING" in meta:
        return LengthRequired()
    length = meta.get("CONTENT_LENGTH")
    if not length:
        return None
    limit = bodies.limit_of(request.path)
    if not length.isascii() or not length.isdigit():
        return MalformedBody("Content-Length is not a number.")
    if len(length) > len(str(limit)) or int(length) > limit:
        return BodyTooLarge(f"A body has at most {limit} bytes.", facts={"bytes_max": limit})
    return None


def _as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Replace error pages of the framework; problems pass."""
    if response.status_code < _PROBLEM_FROM:
        return response
    if response.get("Content-Type", "").startswith(problems.MEDIA_TYPE):
        return response
    refusal = _BY_STATUS.get(response.status_code, InternalError)()
    problem = problems.respond(request, refusal)
    for name in ("Allow", "Retry-After"):
        if name in response.headers:
            problem[name] = response[name]
    return problem
