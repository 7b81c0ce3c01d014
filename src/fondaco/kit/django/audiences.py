"""Whose an event is: each class names the fields, each domain tells the owners of what these fields name.

A field holds the identifier of a customer (``cus_…``) or of something that belongs to one, such as a
wallet. A domain above registers who owns the things of a prefix::

    audiences.register("wal", list_owners)
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from fondaco.kit.django.events import registry

CUSTOMER_PREFIX: Final = "cus"

Owners = Callable[[frozenset[str]], Mapping[str, str]]
"""Gives for wire identifiers those of the customers whom they belong to, with as few queries as it can."""

_owners: dict[str, Owners] = {}


def register(prefix: str, owners: Owners) -> None:
    """Tell who owns the things of a prefix; the latest counts."""
    _owners[prefix] = owners


def audiences(events: Iterable[tuple[str, Mapping[str, Any]]]) -> list[frozenset[str]]:
    """Give for each event, told as its type and its data, the customers' identifiers; in their order.

    A type that is not declared any more, or whose owner cannot be found, is nobody's.
    """
    named = [_named(type_, data) for type_, data in events]
    owners = owners_of(frozenset().union(*named))
    return [frozenset(owners[one] for one in names if one in owners) for names in named]


def public_types() -> frozenset[str]:
    """Give the types that concern customers."""
    return frozenset(name for name, declared in registry().items() if declared.event_concerns)


def owners_of(named: frozenset[str]) -> Mapping[str, str]:
    """Give for identifiers of customers and of their things those of the customers, where known."""
    found = {one: one for one in named if _prefix(one) == CUSTOMER_PREFIX}
    for prefix in {_prefix(one) for one in named} & set(_owners):
        found |= _owners[prefix](frozenset(one for one in named if _prefix(one) == prefix))
    return found


def _named(type_: str, data: Mapping[str, Any]) -> frozenset[str]:
    declared = registry().get(type_)
    fields = (declared.event_concerns if declared else None) or ()
    return frozenset(str(data[field]) for field in fields if data.get(field))


def _prefix(wire_id: str) -> str:
    return wire_id.rpartition("_")[0]
