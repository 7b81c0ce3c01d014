"""Which accounts at venues the house may use, remembered for a second."""

import re
import time
from typing import Final

from fondaco.connections import queries as connections
from fondaco.connections.types import ProviderAccount
from fondaco.exchange.types import Desk
from fondaco.kit.django import tenancy

FAMILY: Final = "exchange"
KEEP_S: Final = 1.0
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]{1,60}", re.ASCII)

_kept: Final[dict[str, tuple[float, list[ProviderAccount]]]] = {}


def list_venues(desk: Desk | None = None) -> list[ProviderAccount]:
    """Give the accounts that a desk may use, or all; the one with priority first."""
    schema = tenancy.current().schema
    until, accounts = _kept.get(schema, (0.0, []))
    if time.monotonic() > until:
        accounts = connections.list_active(family=FAMILY)
        _kept[schema] = (time.monotonic() + KEEP_S, accounts)
    allowed = desk.venues if desk is not None else frozenset()
    return [one for one in accounts if not allowed or name_of(one) in allowed]


def has_venue(desk: Desk) -> bool:
    """Tell whether the house may buy anywhere at all for a desk."""
    return bool(list_venues(desk))


def name_of(account: ProviderAccount) -> str:
    """Give the name under which an account's money stands in the books: ``providers:<name>:<currency>``."""
    return account.label if _PLAIN.fullmatch(account.label) else account.kind


def forget() -> None:
    """Read the accounts anew next time."""
    _kept.clear()
