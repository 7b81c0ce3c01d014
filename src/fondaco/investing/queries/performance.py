"""How well a portfolio did, day by day since its first purchase, and what a benchmark would have done."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from fondaco.instruments.queries.instruments import get_instrument
from fondaco.instruments.queries.prices import list_bars, list_rate_history
from fondaco.instruments.types import Bar
from fondaco.investing.models import Activity
from fondaco.investing.queries.activities import Story, place_of, read_story
from fondaco.investing.queries.portfolio import appraise
from fondaco.investing.queries.settings import get_settings
from fondaco.investing.states import ActivityKind
from fondaco.investing.types import Portfolio
from fondaco.money import Asset, Money, Rounding
from fondaco.quant.parts import figure
from fondaco.quant.performance import Day, by_money, by_time, mirrored, simple

BACK: Final = timedelta(days=30)
"""Prices from before the first day are read too, for days on which no exchange was open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """Show returns side by side; figures are parts of the whole as text (0.05 is 5 %)."""

    since: date
    until: date
    by_time: str
    by_money: str | None
    """Per year; none where no rate explains the flows."""
    simple: str
    benchmark: str
    benchmark_by_time: str | None
    benchmark_value: Money | None
    """What there would be, had the same flows bought the benchmark."""
    portfolio: Portfolio
    series: Sequence[tuple[date, Money]]
    """What the portfolio was worth at the end of each day."""


def get_performance(*, customer_id: UUID, at: datetime) -> Performance | None:
    """Give how well a customer's portfolio did; none before the first purchase.

    :raises RateMissing: something is priced in a currency that has no reference rate
    """
    settings = get_settings(customer_id=customer_id)
    story = read_story(customer_id=customer_id)
    if not story.rows:
        return None
    portfolio = appraise(settings=settings, story=story, at=at)
    days = _days(story.rows[0].at.astimezone(UTC).date(), at.date())
    values = _values(story, days, settings.currency, at=at)
    # The last day is as the portfolio's page shows it, so that the two never differ by a rounding.
    values[-1] = portfolio.reconciliation.value.minor
    flows = _flows(story, days)
    told = [Day(values[place], *flows[place]) for place in range(len(days))]
    closes = _benchmark(settings.benchmark, days, at=at)
    mirror = mirrored(told, closes) if closes else None
    rate = by_money(told)
    return Performance(
        since=days[0],
        until=days[-1],
        by_time=figure(by_time(told)),
        by_money=None if rate is None else figure(rate),
        simple=figure(simple(told)),
        benchmark=settings.benchmark,
        benchmark_by_time=figure(by_time(mirror)) if mirror else None,
        benchmark_value=Money(round(mirror[-1].value), settings.currency) if mirror else None,
        portfolio=portfolio,
        series=[
            (day, Money(value, settings.currency)) for day, value in zip(days, values, strict=True)
        ],
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=count) for count in range(max((last - first).days, 0) + 1)]


def _flows(story: Story, days: Sequence[date]) -> Sequence[tuple[int, int]]:
    """Give what came in and went out on each day, in minor units."""
    paid = [[0, 0] for _ in days]
    for row in story.rows:
        place = (row.at.astimezone(UTC).date() - days[0]).days
        if row.kind in {ActivityKind.BUY, ActivityKind.FEE}:
            paid[place][0] += int(row.cash_minor)
        elif row.kind in {ActivityKind.SELL, ActivityKind.DIVIDEND}:
            paid[place][1] += int(row.cash_minor)
    return [(came, went) for came, went in paid]


def _values(story: Story, days: Sequence[date], currency: Asset, *, at: datetime) -> list[int]:
    """Give what all shares were worth at the end of each day, in minor units."""
    bars = list_bars(instrument_ids=story.instruments, since=days[0] - BACK, until=days[-1], at=at)
    codes = {one.currency.code for one in story.instruments.values()}
    rates = list_rate_history(currencies=codes, to=currency.code, since=days[0] - BACK, at=at)
    total = [0] * len(days)
    for instrument_id, one in story.instruments.items():
        closes = _carried([(bar.day, bar.close) for bar in bars[instrument_id]], days)
        told = rates.get(one.currency.code)
        rate = _carried(sorted(told.items()), days) if told else [Decimal(1)] * len(days)
        for place, quantity in enumerate(_quantities(story, instrument_id, days)):
            price = closes[place] * rate[place]
            if quantity and price:
                shares = Money(quantity, one.asset)
                total[place] += shares.convert(price, currency, rounding=Rounding.DOWN).minor
    return total


def _quantities(story: Story, instrument_id: UUID, days: Sequence[date]) -> Sequence[int]:
    """Give how much was held at the end of each day, in shares of today: splits count from the beginning.

    Prices of before a split are told anew in shares of after it, so quantities have to be, too.
    """
    changes: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for row in story.rows:
        if row.instrument_id != instrument_id or row.kind == ActivityKind.FEE:
            continue
        told = changes[place_of(row)]
        held = told[-1][1] if told else 0
        if row.kind == ActivityKind.SPLIT:
            told[:] = [(day, _split(one, row)) for day, one in told]
            held = int(row.quantity)
        elif row.kind == ActivityKind.BUY:
            held += int(row.quantity)
        elif row.kind == ActivityKind.SELL:
            held -= int(row.quantity)
        told.append((row.at.astimezone(UTC).date(), held))
    sums = [0] * len(days)
    for told in changes.values():
        stamps = [day for day, _ in told]
        for place, day in enumerate(days):
            found = bisect_right(stamps, day)
            sums[place] += told[found - 1][1] if found else 0
    return sums


def _split(quantity: int, row: Activity) -> int:
    return quantity * (row.numerator or 1) // (row.denominator or 1)


def _carried(told: Sequence[tuple[date, Decimal]], days: Sequence[date]) -> Sequence[Decimal]:
    """Give the latest figure until each day; zero before the first."""
    stamps = [day for day, _ in told]
    found = (bisect_right(stamps, day) for day in days)
    return [told[place - 1][1] if place else Decimal(0) for place in found]


def _benchmark(symbol: str, days: Sequence[date], *, at: datetime) -> Sequence[Decimal]:
    """Give a benchmark's figure of each day; none where it has none for the first day."""
    if not symbol:
        return []
    one = get_instrument(symbol=symbol)
    bars: Sequence[Bar] = list_bars(
        instrument_ids=[one.id], since=days[0] - BACK, until=days[-1], at=at
    )[one.id]
    closes = _carried([(bar.day, bar.close) for bar in bars], days)
    return closes if closes and closes[0] else []
