"""Which pages somebody finds in the menu."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from fondaco.kit.access import STAFF, Principal

_CUSTOMERS: Final = (
    ("home", "Home"),
    ("wallets", "Wallets"),
    ("activity", "Activity"),
    ("security", "Security"),
)
_STAFF: Final = (("home", "Home"), ("security", "Security"))


@dataclass(frozen=True, slots=True)
class Item:
    """Show one way to go."""

    url: str
    label: str
    is_here: bool


def menu_of(visitor: Principal | None, path: str) -> Sequence[Item]:
    """List the pages of a visitor; none for who is not logged in."""
    if visitor is None:
        return ()
    home = reverse("console:home")
    items = []
    for name, label in _STAFF if visitor.role in STAFF else _CUSTOMERS:
        url = reverse(f"console:{name}")
        here = path == url if url == home else path.startswith(url)
        items.append(Item(url, label, here))
    return items
