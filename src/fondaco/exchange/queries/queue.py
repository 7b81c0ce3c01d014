"""What waits to be covered: the open batches. An open batch is no row, but the orders that wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from fondaco.exchange.states import Cover
from fondaco.money import Asset, Money
from fondaco.orders.states import OrderState

BATCH_MAX: Final = 250
"""Orders in one batch."""

_SYMBOLS: Final = """
    SELECT DISTINCT symbol FROM exchange_exchangeorder WHERE queued_at IS NOT NULL ORDER BY symbol
"""
_QUEUE: Final = """
    SELECT x.order_id, x.pair, x.spend, x.get, x.spend_minor + x.fee_minor, x.base_minor, x.queued_at
    FROM exchange_exchangeorder x JOIN orders_order o ON o.id = x.order_id
    WHERE x.queued_at IS NOT NULL AND x.symbol = %s AND o.state = %s AND x.cover = ANY(%s)
    ORDER BY x.queued_at, x.order_id LIMIT %s
"""
_DEPTH: Final = """
    SELECT x.symbol, count(*), min(x.queued_at), sum(x.base_minor)
    FROM exchange_exchangeorder x
    WHERE x.queued_at IS NOT NULL GROUP BY x.symbol ORDER BY x.symbol
"""


@dataclass(frozen=True, slots=True)
class Lane:
    """Say which of the waiting orders go together."""

    state: OrderState
    covers: tuple[Cover, ...]


LARGE: Final = Lane(OrderState.IN_PROGRESS, (Cover.IMMEDIATE,))
SMALL: Final = Lane(OrderState.AGGREGATED, (Cover.IMMEDIATE,))
SOLD: Final = Lane(OrderState.CLOSED, (Cover.IMMEDIATE,))
"""The customer has his coins; the house buys them back at once."""
NETTED: Final = Lane(OrderState.CLOSED, (Cover.NETTED,))
LANES: Final = (LARGE, SMALL, SOLD, NETTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Describe one order that waits to be covered."""

    order_id: UUID
    pair: str
    spend: Asset
    get: Asset
    total: Money
    base_minor: int
    queued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """Tell how much waits to be covered at one symbol."""

    symbol: str
    orders: int
    since: datetime
    base_minor: int


def list_symbols() -> list[str]:
    """Give the symbols at which something waits."""
    with connection.cursor() as cursor:
        cursor.execute(_SYMBOLS)
        return [symbol for (symbol,) in cursor.fetchall()]


def list_waiting(*, symbol: str, lane: Lane, limit: int = BATCH_MAX) -> list[Waiting]:
    """Give what waits at a symbol in a lane, who waits longest first."""
    with connection.cursor() as cursor:
        covers = [cover.value for cover in lane.covers]
        cursor.execute(_QUEUE, [symbol, lane.state.value, covers, limit])
        return [_waiting(row) for row in cursor.fetchall()]


def list_depths() -> Sequence[Depth]:
    """Give how much waits at each symbol, for operators and metrics."""
    with connection.cursor() as cursor:
        cursor.execute(_DEPTH)
        return [
            Depth(symbol=row[0], orders=row[1], since=row[2], base_minor=int(row[3]))
            for row in cursor.fetchall()
        ]


def _waiting(row: Sequence[Any]) -> Waiting:
    order_id, pair, spend, get, total, base_minor, queued_at = row
    return Waiting(
        order_id=order_id,
        pair=pair,
        spend=Asset.parse(spend),
        get=Asset.parse(get),
        total=Money(int(total), Asset.parse(spend)),
        base_minor=int(base_minor),
        queued_at=queued_at,
    )
