"""What instruments cost, as it was known at an instant."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Max

from fondaco.instruments.errors import PriceMissing, PriceStale, RateMissing
from fondaco.instruments.models import Price
from fondaco.instruments.queries.instruments import get_instrument
from fondaco.instruments.types import Bar, Instrument, Quoted, Source, Statistics
from fondaco.kit.options import options

HISTORY_DAYS: Final = 150
"""Days of a history unless told otherwise: five months, as the first system gave."""
YEAR: Final = timedelta(days=365)
RATE_PLACES: Final = Decimal(10) ** -14
EURO: Final = "EUR"

_LATEST: Final = """
    SELECT price.id, instrument.id, instrument.symbol, price.day, price.close, price.known_at, previous.close,
           source.name, source.title, source.licence, source.shifted_days
    FROM instruments_instrument AS instrument
    CROSS JOIN LATERAL (
        SELECT id, day, close, known_at, source_id FROM instruments_price
        WHERE instrument_id = instrument.id AND day <= %(today)s AND known_at <= %(at)s
        ORDER BY day DESC, known_at DESC LIMIT 1
    ) AS price
    JOIN instruments_pricesource AS source ON source.name = price.source_id
    LEFT JOIN LATERAL (
        SELECT close FROM instruments_price
        WHERE instrument_id = instrument.id AND day < price.day AND known_at <= %(at)s
        ORDER BY day DESC, known_at DESC LIMIT 1
    ) AS previous ON true
    WHERE instrument.symbol = ANY(%(symbols)s)
"""
_BARS: Final = """
    SELECT DISTINCT ON (instrument_id, day) instrument_id, day, open, high, low, close, volume
    FROM instruments_price
    WHERE instrument_id = ANY(%(ids)s::uuid[]) AND day BETWEEN %(since)s AND %(until)s AND known_at <= %(at)s
    ORDER BY instrument_id, day, known_at DESC
"""
"""The latest row of each day wins: corrections are told later than what they correct."""


def find_quoted(*, symbols: Iterable[str], at: datetime) -> Mapping[str, Quoted]:
    """Give the latest price of each instrument known at an instant; those without one are left out."""
    named = sorted(set(symbols))
    if not named:
        return {}
    oldest = at.date() - timedelta(days=options().price_days_max)
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, {"symbols": named, "at": at, "today": at.date()})
        return {
            row[2]: Quoted(
                id=row[0],
                symbol=row[2],
                day=row[3],
                close=row[4],
                known_at=row[5],
                previous=row[6],
                is_stale=row[3] < oldest,
                source=Source(name=row[7], title=row[8], licence=row[9], shifted_days=row[10]),
            )
            for row in cursor.fetchall()
        }


def newest_price_id() -> int:
    """Give the number of the price that came in last; it rises with each import. Zero before the first."""
    newest = Price.objects.aggregate(newest=Max("id"))["newest"]
    return int(newest or 0)


def get_fresh(*, symbols: Iterable[str], at: datetime, field: str) -> Mapping[str, Quoted]:
    """Give prices at which can be traded.

    :raises PriceMissing: an instrument has none
    :raises PriceStale: the latest one is older than the option allows
    """
    wanted = sorted(set(symbols))
    found = find_quoted(symbols=wanted, at=at)
    for symbol in wanted:
        if symbol not in found:
            raise PriceMissing(f"{symbol} has no price.", field=field)
        if found[symbol].is_stale:
            raise PriceStale(f"The price of {symbol} is of {found[symbol].day}.", field=field)
    return found


def get_rates(*, currencies: Iterable[str], to: str, at: datetime) -> Mapping[str, Decimal]:
    """Give what one of each currency costs in another at the day's reference rates; one query at most.

    :raises RateMissing: nobody has told one of the two rates
    """
    wanted = set(currencies)
    if not wanted - {to}:
        return dict.fromkeys(wanted, Decimal(1))
    told = find_quoted(symbols=[f"ECB.{code}" for code in {*wanted, to} - {EURO}], at=at)
    per_euro = {EURO: Decimal(1)} | {
        symbol.removeprefix("ECB."): quoted.close for symbol, quoted in told.items()
    }
    missing = sorted({*wanted, to} - per_euro.keys())
    if missing:
        raise RateMissing(f"There is no reference rate of {missing[0]}.", field="currency")
    return {
        code: Decimal(1) if code == to else (per_euro[to] / per_euro[code]).quantize(RATE_PLACES)
        for code in wanted
    }


def list_bars(
    *, instrument_ids: Iterable[UUID], since: date, until: date, at: datetime
) -> Mapping[UUID, Sequence[Bar]]:
    """Give the prices of each day by instrument, the earliest first, as they were known at an instant."""
    ids = sorted(set(instrument_ids))
    found: dict[UUID, list[Bar]] = {one: [] for one in ids}
    with connection.cursor() as cursor:
        cursor.execute(_BARS, {"ids": ids, "since": since, "until": until, "at": at})
        for row in cursor.fetchall():
            found[row[0]].append(
                Bar(day=row[1], open=row[2], high=row[3], low=row[4], close=row[5], volume=row[6])
            )
    return found


def list_rate_history(
    *, currencies: Iterable[str], to: str, since: date, at: datetime
) -> Mapping[str, Mapping[date, Decimal]]:
    """Give what one of each currency cost in another, day by day where both rates were told.

    :raises RateMissing: there is no rate of one of the currencies at all
    """
    wanted = sorted(set(currencies) - {to})
    if not wanted:
        return {}
    symbols = [f"ECB.{code}" for code in {*wanted, to} - {EURO}]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT symbol, id FROM instruments_instrument WHERE symbol = ANY(%s)", [symbols]
        )
        ids = {symbol.removeprefix("ECB."): one for symbol, one in cursor.fetchall()}
    bars = list_bars(instrument_ids=ids.values(), since=since, until=at.date(), at=at)
    told = {code: {bar.day: bar.close for bar in bars[one]} for code, one in ids.items()}
    made: dict[str, Mapping[date, Decimal]] = {}
    for code in wanted:
        days = set.intersection(*(set(told.get(one, {})) for one in (code, to) if one != EURO))
        if not days:
            raise RateMissing(f"There is no reference rate of {code} in {to}.", field="currency")
        made[code] = {
            day: (_told(told, to, day) / _told(told, code, day)).quantize(RATE_PLACES)
            for day in days
        }
    return made


def get_statistics(*, symbol: str, days: int, at: datetime) -> Statistics:
    """Give how an instrument's price went, with so many days of history.

    :raises NotFound: there is no such instrument
    :raises PriceMissing: nobody has told a price
    """
    instrument = get_instrument(symbol=symbol)
    quoted = find_quoted(symbols=[instrument.symbol], at=at).get(instrument.symbol)
    if quoted is None:
        raise PriceMissing(f"{instrument.symbol} has no price.")
    bars = _bars_of_year(instrument, quoted, days, at=at)
    year = [bar for bar in bars if bar.day > quoted.day - YEAR]
    day = bars[-1]
    return Statistics(
        instrument=instrument,
        quoted=quoted,
        day_low=day.low or day.close,
        day_high=day.high or day.close,
        year_low=min(bar.low or bar.close for bar in year),
        year_high=max(bar.high or bar.close for bar in year),
        volume=day.volume,
        history=[bar for bar in bars if bar.day > quoted.day - timedelta(days=days)],
    )


def _bars_of_year(
    instrument: Instrument, quoted: Quoted, days: int, *, at: datetime
) -> Sequence[Bar]:
    since = quoted.day - max(YEAR, timedelta(days=days))
    return list_bars(instrument_ids=[instrument.id], since=since, until=quoted.day, at=at)[
        instrument.id
    ]


def _told(told: Mapping[str, Mapping[date, Decimal]], code: str, day: date) -> Decimal:
    return Decimal(1) if code == EURO else told[code][day]
