"""Which pages somebody finds in the menu, in groups; a section adds its entries here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as said

from fondaco.kit.access import STAFF, Principal, Role


@dataclass(frozen=True, slots=True)
class Entry:
    """Name a page by its URL's name; without its right nobody is shown it."""

    name: str
    label: str | Promise
    right: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Put entries under a heading; the first group has none."""

    label: str | Promise
    entries: tuple[Entry, ...]


_MONEY: Final = Group(
    "",
    (
        Entry("home", said("Home")),
        Entry("wallets", said("Wallets"), "wallets:read"),
        Entry("activity", said("Activity"), "wallets:read"),
        Entry("pay", said("Pay"), "wallets:spend"),
        Entry("requests", said("Requests"), "wallets:read"),
        Entry("buy", said("Buy"), "wallets:spend"),
        Entry("exchange", said("Exchange"), "wallets:spend"),
        Entry("orders", said("Orders"), "orders:read"),
    ),
)
_YOU: Final = (
    Entry("notifications", said("Notifications")),
    Entry("security", said("Security")),
    Entry("settings", said("Settings")),
)
_VERIFICATION: Final = Entry("verification", said("Verification"), "*")
_SELF: Final = Group(said("You"), (*_YOU, _VERIFICATION))
_OF_STAFF: Final = Group(said("You"), _YOU)
_BUSINESS: Final = Group(
    said("Business"),
    (
        Entry("merchant", said("Overview"), "wallets:read"),
        Entry("merchant-charges", said("Charges"), "wallets:read"),
        Entry("merchant-webhooks", said("Webhooks"), "webhooks:manage"),
        Entry("api-keys", said("API keys"), "*"),
    ),
)
_INVEST: Final = Group(
    said("Investing"),
    (
        Entry("invest", said("Portfolio"), "wallets:read"),
        Entry("invest-advice", said("Advice"), "wallets:read"),
        Entry("invest-check", said("Check-up"), "wallets:read"),
        Entry("invest-assets", said("Assets"), "wallets:read"),
    ),
)

_CLIENTS: Final = (_MONEY, _INVEST, _SELF)
_MERCHANTS: Final = (_MONEY, _BUSINESS, _INVEST, _SELF)
_STAFF: Final = (
    Group("", (Entry("home", said("Home")), Entry("desk", said("Desk")))),
    Group(
        said("Customers and money"),
        (
            Entry("operator-customers", said("Customers"), "customers:read"),
            Entry("operator-verifications", said("Verifications"), "customers:read"),
            Entry("operator-orders", said("Orders"), "wallets:read"),
            Entry("operator-batches", said("Batches"), "exchange:read"),
            Entry("operator-transfers", said("Books"), "ledger:read"),
        ),
    ),
    Group(
        said("Rules"),
        (
            Entry("desk-policies", said("Policies"), "policies:read"),
            Entry("desk-stops", said("Stops"), "policies:read"),
            Entry("desk-risk", said("Fraud queue"), "risk:read"),
            Entry("desk-pairs", said("Pairs and prices"), "market:read"),
            Entry("desk-assets", said("Shares and funds"), "investing:manage"),
        ),
    ),
    Group(
        said("Machinery"),
        (
            Entry("desk-providers", said("Providers"), "connections:read"),
            Entry("desk-jobs", said("Jobs"), "jobs:read"),
            Entry("desk-templates", said("Words of notices"), "notifications:read"),
            Entry("desk-messages", said("Messages"), "notifications:read"),
            Entry("desk-mailings", said("Mailings"), "notifications:read"),
            Entry("desk-webhooks", said("Webhooks"), "customers:read"),
        ),
    ),
    Group(
        said("House"),
        (
            Entry("desk-signatures", said("Signatures")),
            Entry("desk-adjustments", said("Adjustments"), "ledger:adjust"),
            Entry("desk-people", said("People and rights"), "operators:read"),
            Entry("desk-audit", said("Audit"), "audit:read"),
            Entry("desk-settings", said("Settings of the house"), "policies:read"),
        ),
    ),
    _OF_STAFF,
)


@dataclass(frozen=True, slots=True)
class Item:
    """Show one way to go."""

    url: str
    label: str | Promise
    is_here: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """Show a group with what the visitor may see of it."""

    label: str | Promise
    items: Sequence[Item]


def menu_of(visitor: Principal | None, path: str) -> Sequence[Shown]:
    """List the pages of a visitor; none for who is not logged in."""
    if visitor is None:
        return ()
    groups = [
        (group.label, [(_url(one), one.label) for one in group.entries if _sees(visitor, one)])
        for group in _groups_of(visitor)
    ]
    here = _here(path, [url for _, found in groups for url, _ in found])
    return [
        Shown(label, [Item(url, text, url == here) for url, text in found])
        for label, found in groups
        if found
    ]


def _groups_of(visitor: Principal) -> tuple[Group, ...]:
    if visitor.role in STAFF:
        return _STAFF
    return _CLIENTS if visitor.role is Role.CLIENT else _MERCHANTS


def _sees(visitor: Principal, entry: Entry) -> bool:
    return not entry.right or visitor.can(entry.right)


def _url(entry: Entry) -> str:
    return reverse(f"console:{entry.name}")


def _here(path: str, urls: Sequence[str]) -> str:
    """Give the entry that a page belongs to: the longest that its path begins with."""
    home = reverse("console:home")
    above = [url for url in urls if path == url or (url != home and path.startswith(f"{url}/"))]
    return max(above, key=len, default="")
