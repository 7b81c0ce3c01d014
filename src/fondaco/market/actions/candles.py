"""Sum published prices up into candles: minutes of ticks, hours of minutes, days of hours.

Each run makes the last candle anew and goes on from there, so running twice, late or at the same time as
another worker changes nothing.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from fondaco.kit import clock
from fondaco.market import models
from fondaco.market.states import CandleStep

LENGTHS: Final = {
    CandleStep.MINUTE: timedelta(minutes=1),
    CandleStep.HOUR: timedelta(hours=1),
    CandleStep.DAY: timedelta(days=1),
}
_UNITS: Final = {CandleStep.MINUTE: "minute", CandleStep.HOUR: "hour", CandleStep.DAY: "day"}
_LATE: Final = timedelta(minutes=2)
"""A tick may commit so long after its time."""

_PUT: Final = """
    ON CONFLICT (pair_id, step, begins_at) DO UPDATE SET
        open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
        ticks = excluded.ticks
"""
_FROM_TICKS: Final = f"""
    INSERT INTO market_candle (pair_id, step, begins_at, open, high, low, close, ticks)
    SELECT pair_id, '1m', date_trunc('minute', at, 'UTC'),
        (array_agg((bid + ask) / 2 ORDER BY at, id))[1], max((bid + ask) / 2), min((bid + ask) / 2),
        (array_agg((bid + ask) / 2 ORDER BY at DESC, id DESC))[1], count(*)
    FROM market_tick WHERE at >= %s AND at < %s
    GROUP BY 1, 3 {_PUT}
"""  # noqa: S608 - all of it is ours
_FROM_CANDLES: Final = f"""
    INSERT INTO market_candle (pair_id, step, begins_at, open, high, low, close, ticks)
    SELECT pair_id, %s, date_trunc(%s, begins_at, 'UTC'),
        (array_agg(open ORDER BY begins_at))[1], max(high), min(low),
        (array_agg(close ORDER BY begins_at DESC))[1], sum(ticks)
    FROM market_candle WHERE step = %s AND begins_at >= %s AND begins_at < %s
    GROUP BY 1, 3 {_PUT}
"""  # noqa: S608 - all of it is ours
_LATEST: Final = "SELECT max(begins_at) FROM market_candle WHERE step = %s"
_FIRST: Final = "SELECT min(at) FROM market_tick"
_FORGET: Final = """
    DELETE FROM market_tick WHERE id IN (SELECT id FROM market_tick WHERE at < %s ORDER BY at LIMIT %s)
"""


def make_candles() -> int:
    """Make all candles whose time is over, the present hour and day included; gives how many were written."""
    now = clock.now()
    with transaction.atomic():
        written = _from_ticks(now)
        written += _from_candles(CandleStep.MINUTE, CandleStep.HOUR, now)
        written += _from_candles(CandleStep.HOUR, CandleStep.DAY, now)
    return written


def forget_ticks(*, before: datetime, limit: int = 20_000) -> int:
    """Delete ticks that are older, at most ``limit``; their candles stay. Gives how many."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [before, limit])
        return int(cursor.rowcount)


def forget_minutes(*, before: datetime, limit: int = 20_000) -> int:
    """Delete candles of minutes that are older, at most ``limit``; hours and days stay. Gives how many."""
    old = models.Candle.objects.filter(step=CandleStep.MINUTE, begins_at__lt=before)
    chosen = list(old.order_by("begins_at").values_list("id", flat=True)[:limit])
    deleted, _ = models.Candle.objects.filter(id__in=chosen).delete()
    return deleted


def _from_ticks(now: datetime) -> int:
    latest = _one(_LATEST, CandleStep.MINUTE)
    since = latest - _LATE if latest else _one(_FIRST)
    if since is None:
        return 0
    until = now.replace(second=0, microsecond=0)
    begin = since.replace(second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_FROM_TICKS, [begin, until])
        return int(cursor.rowcount)


def _from_candles(source: CandleStep, target: CandleStep, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(begins_at) FROM market_candle WHERE step = %s AND begins_at >= "
            "coalesce((SELECT max(begins_at) FROM market_candle WHERE step = %s), '-infinity')",
            [source, target],
        )
        since = cursor.fetchone()[0]
        if since is None:
            return 0
        cursor.execute(_FROM_CANDLES, [target, _UNITS[target], source, since, now])
        return int(cursor.rowcount)


def _one(statement: str, *values: str) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        found: datetime | None = cursor.fetchone()[0]
    return found
