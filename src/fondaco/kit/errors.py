"""What an operation may refuse, as one tree.

    DomainError
    ├── (kit)       NotFound · InvalidField · IdempotencyKeyRequired · …
    └── (domains)   each beside the function that raises it

A leaf names a stable ``code`` and a ``kind``; the kind alone decides the HTTP status. ``docs/errors.md``
is generated from this tree.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, ClassVar


class Kind(Enum):
    """What sort of refusal it is; the value is the HTTP status."""

    MALFORMED = 400
    """The request cannot be read."""
    UNAUTHENTICATED = 401
    """Nobody, or nobody that we know, is asking."""
    FORBIDDEN = 403
    """Known, but not allowed."""
    NOT_FOUND = 404
    """Unknown, or somebody else's."""
    METHOD_NOT_ALLOWED = 405
    """The path exists, the verb does not."""
    CONFLICT = 409
    """Refused by state, money or rule."""
    LENGTH_REQUIRED = 411
    """A body of unknown length."""
    TOO_LARGE = 413
    """More bytes than we take."""
    UNSUPPORTED_MEDIA = 415
    """Not JSON."""
    INVALID = 422
    """A field's value is wrong."""
    THROTTLED = 429
    """Too many requests."""
    INTERNAL = 500
    """Our fault, never the caller's."""
    UNAVAILABLE = 503
    """Not now: try again."""


class DomainError(Exception):
    """Refuse an operation with a stable code; carries the failing field and facts for the caller.

    ``retry_after_s`` becomes the header ``Retry-After``; ``facts`` are further members of the problem body.
    """

    code: ClassVar[str]
    kind: ClassVar[Kind]
    title: ClassVar[str]

    def __init__(
        self,
        detail: str = "",
        *,
        field: str | None = None,
        facts: Mapping[str, Any] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        """Say what was refused in one sentence for a human."""
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.field = field
        self.facts = dict(facts or {})
        self.retry_after_s = retry_after_s


class NotFound(DomainError):
    """Say that the thing is unknown to this caller, whether or not it exists for another."""

    code = "not_found"
    kind = Kind.NOT_FOUND
    title = "There is no such thing, or it is not yours."


class Forbidden(DomainError):
    """Say that the caller is known but may not do this."""

    code = "forbidden"
    kind = Kind.FORBIDDEN
    title = "You may not do this."


class SignatureRequired(DomainError):
    """Say that a policy wants signatures for this: it is proposed, and takes effect with the last one."""

    code = "signature_required"
    kind = Kind.CONFLICT
    title = "This needs signatures. Propose it instead."


class Unauthenticated(DomainError):
    """Say that the request carries no valid proof of who is asking."""

    code = "unauthenticated"
    kind = Kind.UNAUTHENTICATED
    title = "Log in first."


class InvalidField(DomainError):
    """Say that a field's value cannot be taken."""

    code = "invalid_field"
    kind = Kind.INVALID
    title = "A field has a value that cannot be taken."


def walk(root: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    """Go through all leaves and inner classes that name a code, in order of their codes."""
    found = {sub for sub in _subclasses(root) if "code" in vars(sub)}
    return iter(sorted(found, key=lambda error: error.code))


def _subclasses(root: type[DomainError]) -> Iterator[type[DomainError]]:
    for sub in root.__subclasses__():
        yield sub
        yield from _subclasses(sub)
