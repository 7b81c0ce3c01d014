"""Every refusal as ``application/problem+json`` (RFC 9457), whatever raised it.

``{type, title, status, code, detail, field?, errors?, request_id}`` and further facts of the refusal. The
code is stable and listed in ``docs/errors.md``; the sentences are for humans and may change.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import HttpError, ValidationError

from fondaco.kit.django.api.language import translate
from fondaco.kit.django.api.refusals import (
    BadRequest,
    BodyTooLarge,
    DatabaseUnavailable,
    InternalError,
    MalformedBody,
    UnknownField,
    spell,
)
from fondaco.kit.django.api.schemas import STORABLE
from fondaco.kit.django.locks import LockTimeout
from fondaco.kit.errors import (
    DomainError,
    Forbidden,
    InvalidField,
    Kind,
    NotFound,
    Unauthenticated,
)

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 1
"""Sent with each 503 that names no other time."""

_BUSY: Final = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
)
_UNAVAILABLE: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    OperationalError,
    InterfaceError,
)
_REFUSALS: Final[tuple[tuple[tuple[type[Exception], ...], type[DomainError]], ...]] = (
    (_BUSY, LockTimeout),
    (_UNAVAILABLE, DatabaseUnavailable),
    ((Http404,), NotFound),
    ((PermissionDenied,), Forbidden),
    ((RequestDataTooBig,), BodyTooLarge),
    ((SuspiciousOperation,), BadRequest),
)
"""What an exception, or the one that caused it, stands for; the first row that fits counts."""
_HTTP_REFUSALS: Final[Mapping[int, type[DomainError]]] = {
    400: MalformedBody,
    401: Unauthenticated,
    403: Forbidden,
}


def request_id(request: HttpRequest) -> str:
    """Give the id that the middleware gave the request; empty outside it."""
    return str(getattr(request, "request_id", ""))


def body(request: HttpRequest, error: DomainError) -> bytes:
    """Write the problem as JSON."""
    _, (title, detail) = translate(request, error.title, error.detail)
    problem: dict[str, Any] = {
        "type": f"urn:fondaco:problem:{error.code}",
        "title": title,
        "status": error.kind.value,
        "code": error.code,
        "detail": detail,
    }
    if error.field is not None:
        problem["field"] = error.field
    facts = {name: value for name, value in error.facts.items() if name not in problem}
    problem |= {**facts, "request_id": request_id(request)}
    return json.dumps(problem, default=str).encode()


def respond(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Answer with the problem, and with ``Retry-After`` where a repeat makes sense."""
    response = HttpResponse(body(request, error), status=error.kind.value, content_type=MEDIA_TYPE)
    retry_after_s = error.retry_after_s
    if retry_after_s is None and error.kind is Kind.UNAVAILABLE:
        retry_after_s = RETRY_AFTER_S
    if retry_after_s is not None:
        response["Retry-After"] = str(retry_after_s)
    if error.kind is Kind.UNAUTHENTICATED:
        response["WWW-Authenticate"] = "Bearer"
    return response


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer any exception with a problem; what nobody foresaw is logged and says nothing of itself."""
    refusal = as_refusal(error)
    if refusal.kind is Kind.INTERNAL:
        log.error("unexpected error in %s %s", request.method, request.path, exc_info=error)
    elif refusal is not error and refusal.kind is Kind.UNAVAILABLE:
        log.warning("the database did not answer in %s %s: %r", request.method, request.path, error)
    return respond(request, refusal)


def as_refusal(error: Exception) -> DomainError:
    """Give the refusal that an exception stands for."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, ValidationError):
        return invalid(error.errors)
    if isinstance(error, HttpError):
        return _from_ninja(error)
    for raised, refusal in _REFUSALS:
        if isinstance(error, raised) or isinstance(error.__cause__, raised):
            return refusal()
    return InternalError()


def invalid(errors: Sequence[Mapping[str, Any]]) -> DomainError:
    """Give one refusal for all fields that did not pass.

    Its ``field`` is the first unknown one, which may well be a slip for a missing one, else the first.
    """
    if any(tuple(error["loc"])[:1] == ("path",) for error in errors):
        return NotFound()
    lines = [_line(error) for error in errors]
    unknown = next((line for line in lines if line["code"] == UnknownField.code), None)
    first, kind = (lines[0], InvalidField) if unknown is None else (unknown, UnknownField)
    return kind(first["detail"], field=first["field"], facts={"errors": lines})


def _from_ninja(error: HttpError) -> DomainError:
    if isinstance(error.__cause__, DomainError):
        return error.__cause__
    if isinstance(error.__cause__, RequestDataTooBig):
        return BodyTooLarge()
    return _HTTP_REFUSALS.get(error.status_code, InternalError)()


def _line(error: Mapping[str, Any]) -> dict[str, str]:
    unknown = error["type"] == "extra_forbidden"
    field = _field(error["loc"])
    return {
        "field": field,
        "code": UnknownField.code if unknown else str(error["type"]),
        "detail": f"The field {field} is not known here." if unknown else _message(error),
    }


def _message(error: Mapping[str, Any]) -> str:
    if error["type"] == "string_unicode" or error.get("ctx", {}).get("pattern") == STORABLE:
        return "Text holds neither the NUL character nor half of a surrogate pair."
    return str(error["msg"]).removeprefix("Value error, ")


def _field(loc: Sequence[str | int]) -> str:
    """Name the field as the caller does: without where it travels, and the operation's parameter."""
    parts = list(loc)
    if parts[:1] == ["body"]:
        parts = parts[2:]
    elif parts[:1] in (["query"], ["header"], ["cookie"], ["form"], ["file"]):
        parts = parts[1:]
    return spell(".".join(str(part) for part in parts)) or "body"
