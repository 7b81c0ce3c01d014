"""Write ``docs/events/``: a JSON Schema and an example for each event that the code declares."""

import dataclasses
import json
import os
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import django

from fondaco.kit.django.events import DomainEvent, Wire, registry
from fondaco.kit.ids import encode
from fondaco.money import Asset, Money

FOLDER: Final = Path(__file__).resolve().parents[1] / "docs/events"
_INSTANT: Final = "2026-01-31T12:00:00Z"
_ID: Final = UUID("019b2f76-3c00-7000-8000-000000000000")
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_PREFIXES: Final = {
    "customer": "cus", "asker": "cus", "payer": "cus", "merchant": "cus", "user": "usr",
    "session": "ses", "group": "grp", "order": "ord", "wallet": "wal", "payer_wallet": "wal",
    "payee_wallet": "wal", "source_wallet": "wal", "target_wallet": "wal", "transfer": "tr",
    "refund": "tr", "first": "tr", "last": "tr",
}  # fmt: skip
"""Of what sort a text of this name is, for examples that look like the real thing."""
_SIMPLE: Final[Mapping[type, tuple[dict[str, Any], Any]]] = {
    str: ({"type": "string"}, "text"),
    bool: ({"type": "boolean"}, True),
    int: ({"type": "integer"}, 1),
    datetime: ({"type": "string", "format": "date-time"}, _INSTANT),
    date: ({"type": "string", "format": "date"}, _INSTANT[:10]),
    Decimal: ({"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}, "1.25"),
    Asset: ({"type": "string"}, "USD"),
    Money: (
        {
            "type": "object",
            "properties": {
                "amount": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
                "currency": {"type": "string"},
            },
            "required": ["amount", "currency"],
            "additionalProperties": False,
        },
        {"amount": "12.34", "currency": "USD"},
    ),
}


def declared() -> Mapping[str, type[DomainEvent]]:
    """Give the events of the platform by their names, without those that tests declare."""
    return {
        name: of
        for name, of in registry().items()
        if of.__module__.startswith("fondaco.") and ".tests." not in of.__module__
    }


def pages() -> Mapping[Path, str]:
    """Give the text of each file in the folder."""
    found = declared()
    made = {FOLDER / "README.md": _index(found)}
    for name, of in found.items():
        made[FOLDER / f"{name}.schema.json"] = _text(_schema(name, of))
        made[FOLDER / f"{name}.example.json"] = _text(_example(name, of))
    return made


def main() -> None:
    """Write what differs, and remove what nothing declares."""
    FOLDER.mkdir(exist_ok=True)
    made = pages()
    for path in set(FOLDER.glob("*")) - set(made):
        path.unlink()
    for path, text in made.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"docs/events/{path.name} is new")


def _schema(name: str, of: type[DomainEvent]) -> dict[str, Any]:
    data = {field: _shape(hint, field)[0] for field, hint in _fields(of).items()}
    head = {"type": "string"}
    properties = {
        "id": head,
        "type": {"const": name},
        "version": {"const": of.event_version},
        "timestamp": {"type": "string", "format": "date-time"},
        "subject": head,
        "data": {
            "type": "object",
            "properties": data,
            "required": list(data),
            "additionalProperties": False,
        },
    }
    return {
        "$schema": _DIALECT,
        "title": name,
        "description": _sentence(of),
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _example(name: str, of: type[DomainEvent]) -> dict[str, Any]:
    data = {field: _shape(hint, field)[1] for field, hint in _fields(of).items()}
    named = [value for value in data.values() if isinstance(value, str)]
    return {
        "id": encode("evt", _ID),
        "type": name,
        "version": of.event_version,
        "timestamp": _INSTANT,
        "subject": named[0] if named else "text",
        "data": data,
    }


def _fields(of: type[DomainEvent]) -> Mapping[str, Any]:
    hints = get_type_hints(of, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(of)}  # type: ignore[arg-type] # declared events are dataclasses


def _shape(hint: Any, name: str) -> tuple[dict[str, Any], Any]:
    """Give the schema and an example of a field."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        prefixes = [extra.prefix for extra in inner[1:] if isinstance(extra, Wire)]
        return (
            ({"type": "string"}, encode(prefixes[0], _ID)) if prefixes else _shape(inner[0], name)
        )
    if origin in {Union, UnionType}:
        some = [_shape(one, name) for one in inner if one is not type(None)]
        return {"anyOf": [*(one for one, _ in some), {"type": "null"}]}, some[0][1]
    if origin is dict:
        schema, value = _shape(inner[1], "")
        return {"type": "object", "additionalProperties": schema}, {"USD": value}
    if origin in {list, tuple}:
        schema, value = _shape(inner[0], "")
        return {"type": "array", "items": schema}, [value]
    return _plain(getattr(hint, "__supertype__", hint), name)


def _plain(kind: Any, name: str) -> tuple[dict[str, Any], Any]:
    if issubclass(kind, Enum):
        values = [one.value for one in kind]
        return {"enum": values}, values[0]
    schema, value = _SIMPLE[kind]
    if kind is str and name in _PREFIXES:
        return schema, encode(_PREFIXES[name], _ID)
    return schema, value


def _sentence(of: type[DomainEvent]) -> str:
    return (of.__doc__ or "").strip().splitlines()[0]


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _index(found: Mapping[str, type[DomainEvent]]) -> str:
    lines = [
        "# Events",
        "",
        "What the platform tells its customers and itself. `python -m tools.event_pages` writes this folder",
        "from the declared classes. What concerns the house alone is never shown to a customer.",
        "",
        "| event | version | what happened | concerns | |",
        "|---|---|---|---|---|",
    ]
    for name in sorted(found):
        of = found[name]
        whom = ", ".join(f"`{field}`" for field in of.event_concerns or ()) or "the house"
        links = f"[schema]({name}.schema.json) [example]({name}.example.json)"
        lines.append(f"| `{name}` | {of.event_version} | {_sentence(of)} | {whom} | {links} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.project.settings")
    django.setup()
    main()
