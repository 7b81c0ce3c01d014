"""All kinds of places to trade at, by the kind of their provider accounts: a plain dict."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from fondaco.connections.types import ProviderAccount
from fondaco.exchange.providers.base import ExchangeProvider
from fondaco.exchange.providers.venue import FEE_BPS, VenueProvider
from fondaco.market.venues import open_venue

TIMEOUT_S: Final = 10.0
"""An answer that is not whole by then is lost, where the account says nothing else."""

Opener = Callable[[ProviderAccount], ExchangeProvider]

_open: Final[dict[tuple[UUID, int], ExchangeProvider]] = {}
"""By account and its version: changed credentials open anew."""


def open_account(account: ProviderAccount) -> ExchangeProvider:
    """Give the place to trade at that an account opens; it keeps its connections for the next time.

    :raises KeyError: nobody knows this kind
    """
    place = (account.id, account.version)
    return _open.get(place) or _open.setdefault(place, OPENERS[account.kind](account))


def _open_venue(account: ProviderAccount) -> ExchangeProvider:
    venue = open_venue(
        kind=account.kind,
        key=account.credentials.get("key", ""),
        secret=account.credentials.get("secret", ""),
        base_url=str(account.settings.get("base_url", "")),
        proxy=account.settings.get("proxy") or None,
        timeout_s=float(account.settings.get("timeout_s", TIMEOUT_S)),
    )
    default = FEE_BPS.get(account.kind, 0)
    return VenueProvider(venue, int(account.settings.get("fee_bps", default)))


OPENERS: Final[dict[str, Opener]] = {
    "kraken": _open_venue,
    "binance": _open_venue,
    "htx": _open_venue,
    "huobi": _open_venue,
}
