"""What an operation says of itself: its answer, and every refusal that it may give."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from fondaco.kit.django.api import problems, refusals as api
from fondaco.kit.django.api.idempotency import Keyed
from fondaco.kit.django.api.lists import CSV_MEDIA_TYPE, Listing
from fondaco.kit.django.idempotency import IdempotencyInProgress, KeyReused
from fondaco.kit.django.locks import LockTimeout
from fondaco.kit.django.nonces import NonceSpent
from fondaco.kit.errors import DomainError, Forbidden, InvalidField, NotFound, Unauthenticated
from fondaco.kit.paging import InvalidCursor

CODES: Final = "x-codes"
"""The OpenAPI extension that lists an operation's codes."""

_OF_ALL: Final = (api.TooManyRequests, api.DatabaseUnavailable, LockTimeout)
_OF_AUTH: Final = (Unauthenticated, Forbidden)
_OF_FIELDS: Final = (InvalidField, api.UnknownField)
_OF_BODY: Final = (
    api.MalformedBody,
    api.BodyTooLarge,
    api.LengthRequired,
    api.UnsupportedMediaType,
    *_OF_FIELDS,
)
_OF_KEY: Final = (
    api.IdempotencyKeyRequired,
    api.IdempotencyKeyInvalid,
    KeyReused,
    IdempotencyInProgress,
)
_KEY_PARAMETER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The same key with the same body gives the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


@dataclass(frozen=True, slots=True)
class Declared:
    """What one operation says of itself."""

    id: str
    status: int
    model: type[BaseModel] | None
    keyed: Keyed | None
    errors: tuple[type[DomainError], ...]
    query: frozenset[str]

    def allows(self, code: str) -> bool:
        """Tell whether the operation declares the code."""
        return any(error.code == code for error in self.errors)


def implied_errors(
    *,
    path: str,
    open_to_all: bool,
    sources: Collection[str],
    query: Collection[str],
    keyed: bool,
    writes: bool = False,
) -> tuple[type[DomainError], ...]:
    """Give the refusals that follow from an operation's path, parameters and demands."""
    return (
        *_OF_ALL,
        *((NotFound,) if "{" in path else ()),
        *((Unauthenticated,) if open_to_all else _OF_AUTH),
        *((NonceSpent,) if writes else ()),
        *(_OF_BODY if "body" in sources else ()),
        *(_OF_FIELDS if "query" in sources else ()),
        *(_OF_KEY if keyed else ()),
        *((InvalidCursor,) if "cursor" in query else ()),
    )


def describe(declared: Declared) -> dict[str, Any]:
    """Give what OpenAPI shall say of the operation beyond what ninja finds out."""
    by_status: dict[int, list[str]] = {}
    for error in declared.errors:
        by_status.setdefault(error.kind.value, []).append(error.code)
    extra: dict[str, Any] = {
        CODES: sorted({error.code for error in declared.errors}),
        "responses": {
            status: {
                "description": " · ".join(sorted(codes)),
                "content": {
                    problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}
                },
            }
            for status, codes in sorted(by_status.items())
        },
    }
    if declared.keyed:
        extra["parameters"] = [_KEY_PARAMETER]
    if declared.model is not None and issubclass(declared.model, Listing):
        csv = {CSV_MEDIA_TYPE: {"schema": {"type": "string"}}}
        extra["responses"][declared.status] = {"content": csv}
    return extra
