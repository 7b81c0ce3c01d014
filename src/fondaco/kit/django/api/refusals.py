"""What the API itself refuses, before or around an operation.

DomainError
├── BadRequest · MalformedBody · BodyTooLarge · LengthRequired · UnsupportedMediaType
├── UnknownField · MethodNotAllowed
├── IdempotencyKeyRequired · IdempotencyKeyInvalid
├── TooManyRequests
└── DatabaseUnavailable · InternalError
"""

from typing import Final

from fondaco.kit.errors import DomainError, Kind

NAME_LENGTH_MAX: Final = 200


class BadRequest(DomainError):
    """Say that the request cannot be read: a host name, header or path that nobody serves."""

    code = "bad_request"
    kind = Kind.MALFORMED
    title = "The request cannot be read."


class MalformedBody(DomainError):
    """Say that the body is not JSON as we read it: UTF-8, no duplicate keys, no NaN, not too deep."""

    code = "malformed_json"
    kind = Kind.MALFORMED
    title = "The body is not JSON that we can read."


class BodyTooLarge(DomainError):
    """Say that the body has more bytes than we take."""

    code = "body_too_large"
    kind = Kind.TOO_LARGE
    title = "The body is too large."


class LengthRequired(DomainError):
    """Say that the body came in chunks, without its length."""

    code = "length_required"
    kind = Kind.LENGTH_REQUIRED
    title = "Send the body with a Content-Length."


class UnsupportedMediaType(DomainError):
    """Say that the body is not declared as JSON."""

    code = "unsupported_media_type"
    kind = Kind.UNSUPPORTED_MEDIA
    title = "Send application/json."


class UnknownField(DomainError):
    """Say that a field or query parameter is not known here."""

    code = "unknown_field"
    kind = Kind.INVALID
    title = "A field is not known here."


class MethodNotAllowed(DomainError):
    """Say that the path exists, but not with this method."""

    code = "method_not_allowed"
    kind = Kind.METHOD_NOT_ALLOWED
    title = "This path does not take this method."


class IdempotencyKeyRequired(DomainError):
    """Say that the operation moves money and needs a key, so that a repeat does nothing twice."""

    code = "idempotency_key_required"
    kind = Kind.MALFORMED
    title = "Send an Idempotency-Key."


class IdempotencyKeyInvalid(DomainError):
    """Say that the key is too long or holds anything but visible ASCII."""

    code = "idempotency_key_invalid"
    kind = Kind.MALFORMED
    title = "An Idempotency-Key has 1 to 255 visible ASCII characters."


class TooManyRequests(DomainError):
    """Say that the caller asks too often."""

    code = "too_many_requests"
    kind = Kind.THROTTLED
    title = "Too many requests."


class DatabaseUnavailable(DomainError):
    """Say that the database cannot be reached or is stopping; nothing was written."""

    code = "database_unavailable"
    kind = Kind.UNAVAILABLE
    title = "The database cannot be reached. Try again."


class InternalError(DomainError):
    """Say that something went wrong on our side; the request id finds it in the log."""

    code = "internal_error"
    kind = Kind.INTERNAL
    title = "Something went wrong on our side."


def spell(name: str) -> str:
    """Write a name that a caller made up in plain ASCII, so that it can stand in an answer and in a log."""
    return name.encode("unicode_escape").decode("ascii")[:NAME_LENGTH_MAX]
