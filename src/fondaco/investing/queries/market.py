"""The market as the engine sees it: a table of prices in one currency, estimated once and remembered.

What is remembered is named by the newest price, so an import makes the next advice look anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

import numpy as np

from fondaco.instruments.errors import RateMissing
from fondaco.instruments.queries.instruments import list_tradable
from fondaco.instruments.queries.prices import (
    find_quoted,
    list_bars,
    list_rate_history,
    newest_price_id,
)
from fondaco.instruments.types import Instrument, Quoted
from fondaco.investing.errors import AdviceUnavailable
from fondaco.kit.django import tenancy
from fondaco.kit.options import options
from fondaco.money import Asset
from fondaco.quant.errors import EngineError
from fondaco.quant.estimates import estimate, returns_of
from fondaco.quant.levels import Level, make_levels
from fondaco.quant.report import Report, from_parts, nearest_level, report
from fondaco.quant.types import Array, Market

DAYS_MIN: Final = 252
"""Whoever has less history is not advised on: one year of trading days."""
_KEPT: Final = 8
_CALENDAR: Final = 1.6
"""Days of the calendar for one trading day, with room for holidays."""

_remembered: Final[dict[tuple[object, ...], "View"]] = {}


@dataclass(frozen=True, slots=True)
class View:
    """Hold what is known and believed of the instruments that can be advised on."""

    instruments: Sequence[Instrument]
    quoted: Mapping[str, Quoted]
    days: Sequence[date]
    returns: Array
    """Daily, in the portfolio's currency; a column for each instrument."""
    market: Market
    levels: Sequence[Level]

    @property
    def symbols(self) -> list[str]:
        """Give the symbols in the order of the columns."""
        return [one.symbol for one in self.instruments]

    def report_on(self, parts: Mapping[str, int], *, riskless: float) -> Report:
        """Give the figures of parts of a million, by symbol; what is missing is cash."""
        weights = from_parts([parts.get(symbol, 0) for symbol in self.symbols])
        return report(self.market, self.returns, weights, riskless=riskless)

    def level_near(self, volatility: float) -> int:
        """Give the number of the level whose volatility is nearest."""
        return nearest_level(self.levels, volatility)


def get_view(*, currency: Asset, symbols: Sequence[str] = (), at: datetime) -> View:
    """Give the market in a currency, of all instruments or of the named ones.

    :raises AdviceUnavailable: fewer than two instruments have enough history and a fresh price
    """
    chosen = options()
    key = (
        tenancy.current().schema,
        currency,
        tuple(sorted(symbols)),
        at.date(),
        newest_price_id(),
        chosen.advice_history_days,
        chosen.riskless_bps,
    )
    if key not in _remembered:
        while len(_remembered) >= _KEPT:
            _remembered.pop(next(iter(_remembered)), None)
        _remembered[key] = _look(currency, symbols, at=at)
    return _remembered[key]


def _look(currency: Asset, symbols: Sequence[str], *, at: datetime) -> View:
    listed = list_tradable(symbols=symbols)
    quoted = find_quoted(symbols=[one.symbol for one in listed], at=at)
    fresh = [one for one in listed if one.symbol in quoted and not quoted[one.symbol].is_stale]
    closes = _closes(fresh, currency, at=at)
    kept = [one for one in fresh if len(closes.get(one.symbol, ())) >= DAYS_MIN]
    if len(kept) < 2:  # noqa: PLR2004 - one asset is no choice
        raise AdviceUnavailable("Fewer than two assets have a year of prices.")
    shared = sorted(set.intersection(*(set(closes[one.symbol]) for one in kept)))
    days = shared[-options().advice_history_days :]
    if len(days) < DAYS_MIN:
        raise AdviceUnavailable("The assets have too few days in common.")
    table = np.array([[closes[one.symbol][day] for one in kept] for day in days], dtype=np.float64)
    try:
        market = estimate(table)
        levels = make_levels(market, riskless=options().riskless_bps / 10_000)
    except EngineError as error:
        raise AdviceUnavailable(f"The numbers make no portfolio: {error}.") from error
    return View(kept, quoted, days, returns_of(table), market, levels)


def _closes(
    instruments: Sequence[Instrument], currency: Asset, *, at: datetime
) -> Mapping[str, Mapping[date, Decimal]]:
    """Give closes in one currency by symbol and day; those whose currency has no rates are left out."""
    span = timedelta(days=int(options().advice_history_days * _CALENDAR))
    since = at.date() - span
    bars = list_bars(
        instrument_ids=[one.id for one in instruments], since=since, until=at.date(), at=at
    )
    rates: dict[str, Mapping[date, Decimal]] = {}
    for code in sorted({one.currency.code for one in instruments} - {currency.code}):
        try:
            rates |= list_rate_history(currencies=[code], to=currency.code, since=since, at=at)
        except RateMissing:
            rates[code] = {}
    return {
        one.symbol: {
            bar.day: bar.close * rate
            for bar in bars[one.id]
            if (rate := _rate(rates.get(one.currency.code), bar.day)) is not None
        }
        for one in instruments
    }


def _rate(told: Mapping[date, Decimal] | None, day: date) -> Decimal | None:
    return Decimal(1) if told is None else told.get(day)
