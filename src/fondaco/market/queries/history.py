"""The history of published prices."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from fondaco.kit.errors import InvalidField
from fondaco.market import models
from fondaco.market.arithmetic import reciprocal
from fondaco.market.queries.pairs import get_pair
from fondaco.market.rows import plain
from fondaco.market.states import CandleStep
from fondaco.market.types import MarketCandle

CANDLES_MAX: Final = 1_500
"""Of one answer; a day has 1,440 minutes."""


def list_candles(
    *, pair: str, step: CandleStep, since: datetime | None, until: datetime | None
) -> list[MarketCandle]:
    """Give a pair's candles, oldest first: those of a time, or the latest ones.

    A time in which the price did not change has none. Prices are SPEND per unit of GET, in the middle between
    both sides, without what a customer's policy adds.

    :raises PairNotFound: there is no such pair
    :raises InvalidField: the time ends before it begins, or has more than `CANDLES_MAX` candles
    """
    found = get_pair(name=pair)
    if since and until and since >= until:
        raise InvalidField("The end comes after the beginning.", field="to")
    rows = models.Candle.objects.filter(pair__name=found.base_name, step=step)
    if since:
        rows = rows.filter(begins_at__gte=since)
    if until:
        rows = rows.filter(begins_at__lt=until)
    latest = list(rows.order_by("-begins_at")[: CANDLES_MAX + 1])
    if since and len(latest) > CANDLES_MAX:
        raise InvalidField(f"At most {CANDLES_MAX} candles at once.", field="from")
    return [_shown(row, turned=not found.buys_base) for row in reversed(latest[:CANDLES_MAX])]


def _shown(row: models.Candle, *, turned: bool) -> MarketCandle:
    low, high = (row.high, row.low) if turned else (row.low, row.high)

    def show(price: Decimal) -> Decimal:
        return reciprocal(price) if turned else plain(price)

    return MarketCandle(
        begins_at=row.begins_at,
        step=CandleStep(row.step),
        open=show(row.open),
        high=show(high),
        low=show(low),
        close=show(row.close),
        ticks=row.ticks,
    )
