"""What travels over a socket: JSON objects with a ``type``.

From the client: ``authenticate`` (``ticket`` or ``token``), ``subscribe`` (``topics``, ``after``),
``unsubscribe`` (``topics``), ``ping``, ``pong``, ``echo`` (``payload``).
From us: ``authenticated`` (``customer``, ``role``), ``subscribed`` (``topics``, ``after``), ``event``,
``unsubscribed``, ``ping``, ``pong``, ``echo``, ``problem``.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from fondaco.kit.errors import DomainError, Kind

BYTES_MAX: Final = 20_000
_CHARACTERS_SAFE: Final = BYTES_MAX // 4
"""A text of so many characters is short enough whatever they are."""


class MalformedMessage(DomainError):
    """Say that a message is no JSON object with a type, or lacks a member that its type needs."""

    code = "malformed_message"
    kind = Kind.MALFORMED
    title = "A message is a JSON object with a type."


class UnknownMessage(DomainError):
    """Say that messages of this type are not known here."""

    code = "unknown_message"
    kind = Kind.INVALID
    title = "A message of this type is not known here."


def is_too_large(text: str) -> bool:
    """Tell whether a message has more bytes than we take."""
    return len(text) > _CHARACTERS_SAFE and len(text.encode()) > BYTES_MAX


def parse(text: str) -> tuple[str, Mapping[str, Any]]:
    """Give a message's type and all its members.

    :raises MalformedMessage: no JSON object, or no type
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedMessage from None
    if not isinstance(found, dict) or not isinstance(found.get("type"), str):
        raise MalformedMessage
    return found["type"], found


def member(message: Mapping[str, Any], name: str) -> str:
    """Give a member that must be a text.

    :raises MalformedMessage: it is missing, or no text
    """
    value = message.get(name)
    if not isinstance(value, str):
        raise MalformedMessage(f"The member {name} must be a text.", field=name)
    return value


def members(message: Mapping[str, Any], name: str) -> list[str]:
    """Give a member that must be a list of different texts, at least one.

    :raises MalformedMessage: it is missing, or something else
    """
    value = message.get(name)
    is_list = isinstance(value, list) and value and all(isinstance(one, str) for one in value)
    if not isinstance(value, list) or not is_list or len(set(value)) < len(value):
        raise MalformedMessage(f"The member {name} must be a list of texts.", field=name)
    return value


def problem(error: DomainError) -> dict[str, Any]:
    """Write a refusal with the members that it has in the API."""
    told = {
        "type": "problem",
        "title": error.title,
        "status": error.kind.value,
        "code": error.code,
        "detail": error.detail,
    }
    return told | ({} if error.field is None else {"field": error.field})


def dump(message: Mapping[str, Any]) -> str:
    """Write a message in its shortest form."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False)
