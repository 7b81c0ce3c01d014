"""How a body is read: JSON with exact numbers, and nothing that two readers could understand differently."""

import json
import re
from decimal import Decimal
from typing import Any, Final, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser as NinjaParser

from fondaco.kit.django.api.refusals import MalformedBody, UnsupportedMediaType, spell

DEPTH_MAX: Final = 32
"""Objects and lists within each other."""

_NESTING = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
"""A string, whole or cut off (so that each byte is looked at once), or a bracket."""


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedBody(f"{name} is not a number in JSON.")


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise MalformedBody("The same name stands twice in one object.", field=spell(twice))
    return found


_DECODER = json.JSONDecoder(
    parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_refuse_duplicates
)


def parse_json(body: bytes) -> Any:
    """Read JSON; numbers with a point or exponent come as Decimal.

    :raises MalformedBody: not UTF-8, not JSON, NaN or Infinity, a name twice in one object, or deeper than
        ``DEPTH_MAX``
    """
    if body.count(b"[") + body.count(b"{") > DEPTH_MAX and _depth(body) > DEPTH_MAX:
        raise MalformedBody(f"The body is nested more than {DEPTH_MAX} deep.")
    try:
        return _DECODER.decode(body.decode())
    except UnicodeDecodeError:
        raise MalformedBody("The body is not UTF-8.") from None
    except ValueError as wrong:  # JSONDecodeError, and integers of more digits than Python reads
        where = f" (line {wrong.lineno})" if isinstance(wrong, json.JSONDecodeError) else ""
        raise MalformedBody(f"The body is not JSON{where}.") from None


class Parser(NinjaParser):
    """Read the bodies of all operations, and keep what was read for the idempotency fingerprint."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Read the body of a request that is declared as JSON.

        :raises UnsupportedMediaType: it is not
        :raises MalformedBody: it cannot be read
        """
        if request.content_type != "application/json":
            raise UnsupportedMediaType
        data = parse_json(request.body)
        request.fondaco_json = data  # type: ignore[attr-defined]  # read back by the idempotency module
        return data


def _depth(body: bytes) -> int:
    deepest = depth = 0
    for match in _NESTING.finditer(body):
        token = match[0]
        if token in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif token in b"]}":
            depth -= 1
    return deepest
