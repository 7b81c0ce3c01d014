"""Requests made from the API's description: valid bodies, and names for what stands in braces."""

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from fondaco.kit import ids

_WIRE: Final = re.compile(r"\^(\w+)_\[0-9a-hjkmnp-tv-z\]\{26\}\$")
_BRACES: Final = re.compile(r"\{(\w+)\}")
_FORMATS: Final = {
    "date-time": "2030-01-01T00:00:00Z",
    "date": "2030-01-01",
    "email": "somebody@example.com",
    "uuid": "0190b8f0-0000-7000-8000-000000000000",
}


def body_of(operation: Mapping[str, Any], document: Mapping[str, Any]) -> Any:
    """Make the smallest body that the description takes; none where it takes none."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return None if content is None else _value(content["schema"], document)


_FAR: Final = 999_999_999


def path_of(path: str, operation: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Put names into a path, and where there is none what nobody has; add the query that is demanded."""
    described = {one["name"]: one for one in operation.get("parameters", ())}

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        value = _value(described[name]["schema"], {})
        # The first block or file may be there or not; nobody ever gets so far as this one.
        return names.get(name) or str(_FAR if isinstance(value, int) else value)

    query = [
        f"{name}={_value(one['schema'], {})}"
        for name, one in described.items()
        if one["in"] == "query" and one.get("required")
    ]
    return _BRACES.sub(fill, path) + ("?" + "&".join(query) if query else "")


def _value(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return _value(found, document)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _value(schema[choice][0], document)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    return _plain(schema, document)


def _plain(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "object":
        members = schema.get("properties", {})
        return {name: _value(members[name], document) for name in schema.get("required", ())}
    if kind == "array":
        return [_value(schema["items"], document)] * schema.get("minItems", 0)
    if kind in {"integer", "number"}:
        return max(1, schema.get("minimum", 1))
    if kind == "boolean":
        return False
    return _text(schema)


def _text(schema: Mapping[str, Any]) -> str:
    wire = _WIRE.fullmatch(schema.get("pattern", ""))
    if wire:
        return ids.encode(wire[1], uuid4())
    if schema.get("examples"):
        return str(schema["examples"][0])
    if "pattern" in schema and "amount" in schema.get("description", "").lower():
        return "1.00"
    letters: int = max(1, schema.get("minLength", 1))
    return _FORMATS.get(schema.get("format", ""), "x" * letters)
