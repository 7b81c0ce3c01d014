"""Ask venues for their prices: each once, all at the same time, whoever of the tenants wants them.

Clients are kept from poll to poll, since a new connection costs more than a question. A venue that does not
answer in time is not waited for: the others' prices are published without it.
"""

import logging
import threading
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic
from typing import Final

from fondaco.market.venues import open_venue
from fondaco.vendors.venues import Venue, VenueError, VenueTicker

TIMEOUT_S: Final = 2.0
RENEW_S: Final = 3_600
"""A client knows what its venue trades for so long."""
AT_ONCE: Final = 8

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Feed:
    """Name whom to ask."""

    kind: str
    base_url: str
    """Empty: the venue's own address."""


@dataclass(frozen=True, slots=True)
class FeedTold:
    """Hold what a venue told, or why it told nothing."""

    tickers: Mapping[str, VenueTicker]
    error: str = ""


_clients: Final[dict[Feed, tuple[float, Venue]]] = {}
_lock = threading.Lock()
_pool: Final = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="market-feed")


def ask_all(feeds: Collection[Feed]) -> dict[Feed, FeedTold]:
    """Ask all of them at the same time; gives an answer for each, be it an error."""
    asked = [(feed, _pool.submit(_ask, feed)) for feed in feeds]
    return {feed: future.result() for feed, future in asked}


def close_all() -> None:
    """Close all clients."""
    with _lock:
        for _, venue in _clients.values():
            venue.close()
        _clients.clear()


def _ask(feed: Feed) -> FeedTold:
    try:
        return FeedTold(_client(feed).tickers())
    except VenueError as error:
        return FeedTold({}, f"{type(error).__name__}: {error}"[:200])
    except (
        Exception
    ) as error:  # whatever goes wrong with one venue must not keep the others' prices back
        logger.exception("a venue could not be asked", extra={"venue": feed.kind})
        return FeedTold({}, type(error).__name__)


def _client(feed: Feed) -> Venue:
    with _lock:
        known = _clients.get(feed)
        if known is not None and monotonic() - known[0] < RENEW_S:
            return known[1]
        venue = open_venue(kind=feed.kind, base_url=feed.base_url, timeout_s=TIMEOUT_S)
        _clients[feed] = (monotonic(), venue)
    if known is not None:
        known[1].close()
    return venue
