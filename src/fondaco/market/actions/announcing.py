"""Tell those who watch that prices move: events live long, so they are few.

A worker remembers what it announced last. Another worker that takes over announces once more, which does no
harm.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from time import monotonic
from typing import Any, Final

from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import events, tenancy
from fondaco.market.events import RateChanged
from fondaco.market.pricing import apart_bps

EVERY_S: Final = 5.0
"""A pair is announced this often at most."""
MOVED_BPS: Final = 5
"""Less is not worth an event."""
_BY: Final = Actor(ActorKind.JOB, "market.poll_rates")

_announced: Final[dict[tuple[str, str], tuple[float, Decimal]]] = {}


def announce(cursor: Any, prices: Sequence[tuple[str, Decimal, Decimal]], *, at: datetime) -> int:
    """Write an event for each pair (name, bid, ask) that moved enough since its last one; gives how many."""
    rows = []
    for name, bid, ask in prices:
        middle = (bid + ask) / 2
        if _is_due((tenancy.current().schema, name), middle):
            changed = RateChanged(pair=name, bid=bid, ask=ask, at=at)
            rows.append(events.row(changed, by=_BY, at=at))
    events.insert(cursor, rows)
    return len(rows)


def _is_due(place: tuple[str, str], middle: Decimal) -> bool:
    known = _announced.get(place)
    now = monotonic()
    if known is not None:
        is_soon = now - known[0] < EVERY_S
        if is_soon or apart_bps(known[1], middle) < MOVED_BPS:
            return False
    _announced[place] = (now, middle)
    return True
