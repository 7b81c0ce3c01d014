"""The exact content that is signed, as canonical JSON, and its hash."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

_canonical: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode


def canonical(content: Mapping[str, Any]) -> str:
    """Write JSON in its one form: names sorted, no spaces, UTF-8, numbers whole (others are text).

    :raises TypeError: a value has no one form, such as a float
    """
    _refuse_floats(content)
    return _canonical(content)


def digest(content: Mapping[str, Any]) -> str:
    """Give the SHA-256 of the canonical form in hexadecimal digits."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def _refuse_floats(value: object) -> None:
    match value:
        case float():
            raise TypeError("a float has no one form; write text")
        case Mapping():
            for name, inner in value.items():
                if not isinstance(name, str):
                    raise TypeError("names in JSON are text")
                _refuse_floats(inner)
        case list() | tuple():
            for inner in value:
                _refuse_floats(inner)
        case _:
            return
