"""The venues that we can speak to: a plain dict, and how a client is made for an account."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from fondaco.kit import clock
from fondaco.kit.errors import InvalidField
from fondaco.market.actions.venues import take_nonce
from fondaco.market.states import SourceKind
from fondaco.vendors.binance.client import BASE as BINANCE, Binance
from fondaco.vendors.htx.client import BASE as HTX, Htx
from fondaco.vendors.kraken.client import BASE as KRAKEN, Kraken
from fondaco.vendors.venues import Access, Venue

_Make = Callable[[Access], Venue]

VENUES: Final[Mapping[str, tuple[_Make, str]]] = MappingProxyType(
    {
        SourceKind.KRAKEN.value: (Kraken, KRAKEN),
        SourceKind.BINANCE.value: (Binance, BINANCE),
        SourceKind.HTX.value: (Htx, HTX),
    }
)
"""By kind: the client, and the venue's own address."""
ALIASES: Final[Mapping[str, str]] = MappingProxyType({"huobi": SourceKind.HTX.value})
"""Names that were theirs once."""


def open_venue(
    *,
    kind: str,
    key: str = "",
    secret: str = "",
    base_url: str = "",
    proxy: str | None = None,
    timeout_s: float = 10.0,
) -> Venue:
    """Make a client that keeps its connection until it is closed; without a key it tells prices alone.

    :param base_url: empty: the venue's own address
    :raises InvalidField: there is no such venue
    """
    known = VENUES.get(ALIASES.get(kind, kind))
    if known is None:
        raise InvalidField(f"{kind} is no venue that is known here.", field="kind")
    make, own_url = known
    return make(
        Access(
            key=key,
            secret=secret,
            base_url=base_url or own_url,
            clock=clock.now,
            take_nonce=partial(take_nonce, key=key) if key else None,
            proxy=proxy,
            timeout_s=timeout_s,
        )
    )
