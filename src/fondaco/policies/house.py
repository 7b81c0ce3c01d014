"""What the kit asks policies while it handles a request: rate limits and origins, from memory."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from fondaco.kit.django import tenancy
from fondaco.policies import book as books
from fondaco.policies.settings import DECLARED, ORIGINS, RATE

Windows = tuple[tuple[int, int], ...]

_HAS: Final = frozenset(DECLARED)


def find_windows(limit: str, customer: UUID | None) -> Windows | None:
    """Give the windows that a row sets for a limit: the customer's own, else the house's; none without."""
    name = f"{RATE}{limit}"
    if name not in _HAS or tenancy.find_current() is None:
        return None
    book = books.current()
    if not book.settings:
        return None
    found = book.find_setting(name, customer)
    return None if found is None else tuple((amount, seconds) for amount, seconds in found)


def find_origins() -> Collection[str] | None:
    """Give the origins that a row of the present tenant allows; none without one."""
    found: list[str] | None = books.current().find_setting(ORIGINS)
    return found
