"""Which web origins may call the API from a browser (``ALLOWED_ORIGINS``; none by default).

Tokens travel in ``Authorization``, never in cookies, so credentials are never allowed: neither with ``*``
nor with a named origin.
"""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

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


def preflight(request: HttpRequest) -> HttpResponse | None:
    """Answer a browser's question whether it may ask; none when this is no such question."""
    meta = request.META
    if request.method != "OPTIONS" or "HTTP_ACCESS_CONTROL_REQUEST_METHOD" not in meta:
        return None
    response = HttpResponse(status=204)
    if _allowed(meta.get("HTTP_ORIGIN", "")) is not None:
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
    allowed = _allowed(origin)
    if allowed is not None:
        response["Access-Control-Allow-Origin"] = allowed
        response["Access-Control-Expose-Headers"] = ANSWER_HEADERS


def _allowed(origin: str) -> str | None:
    origins = options().allowed_origins
    if "*" in origins:
        return "*"
    return origin if origin in origins else None
