"""The header ``Idempotency-Key``: the same request twice has one effect and one answer.

``@idempotent("wallets.create")`` below the router's decorator wraps an operation in
``kit.django.idempotency``. An operation that goes through the ledger's intake says
``@keyed("wallets.charge")`` and hands ``idempotency_key`` on itself.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.http import HttpRequest, HttpResponse

from fondaco.kit.django import idempotency, locks
from fondaco.kit.django.api import problems
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.refusals import IdempotencyKeyInvalid, IdempotencyKeyRequired
from fondaco.kit.django.idempotency import Answer, Key
from fondaco.kit.errors import DomainError

REPLAY_HEADER: Final = "Idempotent-Replay"
MARK: Final = "fondaco_keyed"

_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str)
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Keyed:
    """Mark an operation that demands a key."""

    operation: str
    wrapped: bool
    """True: the router runs it once per key. False: the operation hands the key on itself."""


def idempotent(operation: str) -> Callable[[View], View]:
    """Run the operation once per key and replay its answer, refusals included."""
    return _mark(Keyed(operation, wrapped=True))


def keyed(operation: str) -> Callable[[View], View]:
    """Demand a key, which the operation hands on itself with ``idempotency_key``."""
    return _mark(Keyed(operation, wrapped=False))


def idempotency_key(request: HttpRequest, operation: str) -> Key:
    """Give the key of the request: scope is the customer (or the agent), the fingerprint path and body.

    :raises Unauthenticated: nobody that we know is asking
    :raises IdempotencyKeyRequired: the header is absent
    :raises IdempotencyKeyInvalid: the key is empty, longer than 255 or not visible ASCII
    """
    header = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if header is None:
        raise IdempotencyKeyRequired
    if not _KEY.fullmatch(header):
        raise IdempotencyKeyInvalid
    return Key.make(
        scope=_scope(request), operation=operation, key=header, body=_canonical(request)
    )


def run_once(
    request: HttpRequest,
    operation: str,
    perform: Callable[[], HttpResponse],
) -> HttpResponse:
    """Perform, or give the first answer again."""

    def refuse(error: DomainError) -> Answer:
        return Answer(status=error.kind.value, body=problems.body(request, error))

    def act() -> Answer:
        response = perform()
        return Answer(status=response.status_code, body=response.content)

    key = idempotency_key(request, operation)
    # A deadlock's victim is run again as a whole: nobody outside hears of it.
    answer, replayed = locks.retrying(lambda: idempotency.once(key, act, refusal=refuse))
    return respond(answer, replayed=replayed)


def respond(answer: Answer, *, replayed: bool) -> HttpResponse:
    """Send a stored answer as it was."""
    refused = answer.status >= 400  # noqa: PLR2004 - the class of HTTP statuses that are problems
    response = HttpResponse(
        answer.body,
        status=answer.status,
        content_type=problems.MEDIA_TYPE if refused else "application/json",
    )
    if replayed:
        response[REPLAY_HEADER] = "true"
    return response


def _mark(keyed_as: Keyed) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        setattr(view, MARK, keyed_as)
        return view

    return decorate


def _scope(request: HttpRequest) -> str:
    who = principal(
        request
    )  # a guest has no scope of his own, so keyed operations are not open to guests
    return str(who.customer_id or who.actor)


def _canonical(request: HttpRequest) -> bytes:
    """Write path and body so that spaces and the order of names do not matter."""
    data = getattr(request, "fondaco_json", None)
    return f"{request.path}\n{_ENCODER.encode(data)}".encode()
