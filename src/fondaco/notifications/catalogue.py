"""Which events people are told of, and what a template may name of each."""

import dataclasses
from collections.abc import Iterable, Mapping
from functools import cache
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from fondaco.kit.django.events import registry
from fondaco.money import Money
from fondaco.notifications.language import Data, Plain
from fondaco.notifications.shipped import account, house, payments
from fondaco.notifications.types import MAILING, Notice

COMMON: Final = ("name", "house", "date", "time")
"""What each template may name: the person, the house, and when it happened, by the person's clock."""
MAILING_ONLY: Final = ("unsubscribe_url",)

_EXAMPLES: Final = {
    "name": "Ada",
    "house": "Fondaco",
    "date": "2026-01-31",
    "time": "12:00",
    "unsubscribe_url": "https://example.com/unsubscribe",
}

NOTICES: Final[Mapping[str, Notice]] = {
    notice.name: notice for notice in (*payments.NOTICES, *account.NOTICES, *house.NOTICES)
}


@cache
def by_event() -> Mapping[str, list[Notice]]:
    """Give the notices of each type of event."""
    found: dict[str, list[Notice]] = {}
    for notice in NOTICES.values():
        if notice.event:
            found.setdefault(notice.event, []).append(notice)
    return found


@cache
def known(notice_name: str) -> frozenset[str]:
    """Give the names that templates of a notice may use."""
    return frozenset(_flat(example(notice_name)))


@cache
def example(notice_name: str) -> Data:
    """Make up what a template of a notice would see, for previews."""
    notice = NOTICES[notice_name]
    made: dict[str, Plain | Mapping[str, Plain]] = {name: _EXAMPLES[name] for name in COMMON}
    if notice.name == MAILING:
        made |= {name: _EXAMPLES[name] for name in MAILING_ONLY}
    if notice.event:
        made |= {name: _made_up(name, hint) for name, hint in _fields(notice.event)}
    made |= dict.fromkeys(notice.people, "Harbour Books")
    made |= dict.fromkeys(EXTRA.get(notice.name, ()), "text")
    return made


def values(data: Mapping[str, Any]) -> dict[str, Plain | Mapping[str, Plain]]:
    """Give an event's data as plain texts; lists are left out."""
    found: dict[str, Plain | Mapping[str, Plain]] = {}
    for name, value in data.items():
        if isinstance(value, str):
            found[name] = value
        elif isinstance(value, Mapping):
            found[name] = {key: _plain(inner) for key, inner in value.items()}
        elif not isinstance(value, list):
            found[name] = _plain(value)
    return found


EXTRA: Final[Mapping[str, tuple[str, ...]]] = {"new_device": ("agent", "address")}
"""What is looked up for a notice beside the event's own data."""


def _plain(value: Any) -> Plain:
    return value if value is None or isinstance(value, bool | str) else str(value)


def _fields(event_type: str) -> Iterable[tuple[str, Any]]:
    declared = registry()[event_type]
    hints = get_type_hints(declared)
    return [(field.name, hints[field.name]) for field in dataclasses.fields(declared)]  # type: ignore[arg-type] # declared events are dataclasses


def _made_up(name: str, hint: Any) -> Plain | Mapping[str, Plain]:
    if get_origin(hint) in {Union, UnionType}:
        hint = next(one for one in get_args(hint) if one is not type(None))
    if hint is Money:
        return {"amount": "12.34", "currency": "USD"}
    if hint is bool:
        return True
    return "1" if hint is int else name.replace("_", " ")


def _flat(data: Data) -> Iterable[str]:
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield from (f"{name}.{key}" for key in value)
        else:
            yield name
