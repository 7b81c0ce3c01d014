"""How a price is made from terms and readings, without database or clock; whatever is doubtful is no price.

Each pair has two prices, in quote currency per unit of the base currency: ``ask``, at which the house sells
the base currency, and ``bid``, at which it buys it. Rounded to 20 digits, the ask up and the bid down.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from enum import StrEnum
from typing import Final

from fondaco.market.formulas import FormulaStep, NoPrice, evaluate, median, read_formula
from fondaco.market.states import PriceMode
from fondaco.market.types import MarketPair, Used

BPS: Final = Decimal(10_000)
DIGITS: Final = 20
PRICE_MAX: Final = Decimal(10) ** 18
PRICE_MIN: Final = 1 / PRICE_MAX
DEPTH_MAX: Final = 8
"""Pairs that a price may go through."""

_UP: Final = Context(prec=DIGITS, rounding=ROUND_CEILING)
_DOWN: Final = Context(prec=DIGITS, rounding=ROUND_FLOOR)
_EXACT: Final = Context(prec=60)


class PriceSide(StrEnum):
    """Which of a pair's two prices."""

    ASK = "ask"
    BID = "bid"

    @property
    def other(self) -> "PriceSide":
        """Give the other one."""
        return PriceSide.BID if self is PriceSide.ASK else PriceSide.ASK


class Doubtful(NoPrice):
    """Say that there are prices, but that they must not be used before somebody has looked."""


@dataclass(frozen=True, slots=True)
class SourceReading:
    """Hold what one source says."""

    source: str
    at: datetime
    max_age: timedelta
    prices: Mapping[str, tuple[Decimal, Decimal]]
    """Bid and ask by symbol."""

    @property
    def valid_until(self) -> datetime:
        """Give the last instant at which it may be used."""
        return self.at + self.max_age


@dataclass(frozen=True, slots=True)
class Priced:
    """Hold one price and what it is made of."""

    value: Decimal
    used: tuple[Used, ...]
    valid_until: datetime | None
    """None: it does not age."""


@dataclass(frozen=True, slots=True)
class World:
    """Hold everything that prices are made of, at one moment."""

    pairs: Mapping[str, MarketPair]
    """By the name of either direction."""
    readings: Mapping[str, SourceReading]
    """Of the sources that are switched on."""


def price(
    world: World,
    pair: MarketPair,
    side: PriceSide,
    *,
    now: datetime,
    steps: list[FormulaStep] | None = None,
    depth: int = 1,
) -> Priced:
    """Make one of a pair's two prices, markup included.

    :raises NoPrice: there is none now
    :raises Doubtful: sources are further apart than the pair allows
    """
    seen = _Seen(world, side, now, depth)
    raw = _raw(seen, pair, steps)
    seen.check_agreement(pair.terms.guards.deviation_bps_max)
    factor = pair.terms.markup_bps if side is PriceSide.ASK else -pair.terms.markup_bps
    marked = _EXACT.divide(_EXACT.multiply(raw, BPS + factor), BPS)
    value = (_UP if side is PriceSide.ASK else _DOWN).plus(marked)
    if not value.is_finite() or not PRICE_MIN <= value <= PRICE_MAX:
        raise NoPrice("the price is out of range")
    return Priced(value, tuple(seen.used), seen.valid_until)


def both(world: World, pair: MarketPair, *, now: datetime) -> tuple[Priced, Priced]:
    """Give bid and ask.

    :raises NoPrice: one of them is not to be had
    :raises Doubtful: sources are too far apart, or customers could sell for more than they buy for
    """
    ask = price(world, pair, PriceSide.ASK, now=now)
    bid = price(world, pair, PriceSide.BID, now=now)
    if bid.value > ask.value:
        raise Doubtful("the house would buy for more than it sells for")
    return bid, ask


def apart_bps(one: Decimal, other: Decimal) -> Decimal:
    """Give how far two prices are apart, in basis points of the lower one."""
    low, high = sorted((one, other))
    return _EXACT.multiply(_EXACT.divide(high - low, low), BPS)


def _raw(seen: "_Seen", pair: MarketPair, steps: list[FormulaStep] | None) -> Decimal:
    terms = pair.terms
    if terms.mode == PriceMode.STATIC:
        if terms.static_price is None:
            raise NoPrice("the pair has no price yet")
        return terms.static_price
    if terms.mode == PriceMode.FORMULA:
        return evaluate(read_formula(terms.formula), seen, steps=steps)
    symbol = terms.symbol or f"{pair.base.code}/{pair.quote.code}"
    found = []
    for source in terms.sources:
        try:
            found.append(seen.of_source(source, symbol, ""))
        except NoPrice:
            continue  # the others may do; none at all is refused below
    if not found:
        raise NoPrice(f"no source of {symbol} is fresh enough")
    return median(found)


@dataclass(slots=True)
class _Seen:
    """Give formulas their prices, and remember what was used."""

    world: World
    side: PriceSide
    now: datetime
    depth: int
    used: list[Used] = field(default_factory=list)
    middles: dict[str, list[Decimal]] = field(default_factory=dict)
    valid_until: datetime | None = None

    def of_source(self, source: str, symbol: str, part: str) -> Decimal:
        """Give a source's price of a symbol, unless it is too old."""
        reading = self.world.readings.get(source)
        found = reading.prices.get(symbol) if reading else None
        if reading is None or found is None:
            raise NoPrice(f"{source} has no {symbol}")
        if self.now > reading.valid_until:
            raise NoPrice(f"{source} is older than {reading.max_age.total_seconds():.0f} s")
        bid, ask = found
        middle = (bid + ask) / 2
        chosen = {"bid": bid, "ask": ask, "mid": middle}[part or self.side.value]
        self._note(Used(source, symbol, chosen, reading.at), reading.valid_until)
        self.middles.setdefault(symbol, []).append(middle)
        return chosen

    def of_pair(self, pair: str) -> Decimal:
        """Give another pair's price without its markup, in SPEND per unit of GET."""
        found = self.world.pairs.get(pair)
        if found is None or not found.is_enabled or found.is_suspended:
            raise NoPrice(f"{pair} is not traded now")
        if self.depth >= DEPTH_MAX:
            raise NoPrice(f"prices go through more than {DEPTH_MAX} pairs")
        side = self.side if found.buys_base else self.side.other
        inner = _Seen(self.world, side, self.now, self.depth + 1)
        value = _raw(inner, found, None)
        inner.check_agreement(found.terms.guards.deviation_bps_max)
        self.used += inner.used
        if inner.valid_until is not None:
            self._limit(inner.valid_until)
        return value if found.buys_base else _EXACT.divide(Decimal(1), value)

    def check_agreement(self, bps_max: int) -> None:
        """Pass silently when all sources of one symbol are near enough to each other."""
        for symbol, found in self.middles.items():
            if apart_bps(min(found), max(found)) > bps_max:
                raise Doubtful(f"sources of {symbol} are more than {bps_max} basis points apart")

    def _note(self, used: Used, valid_until: datetime) -> None:
        self.used.append(used)
        self._limit(valid_until)

    def _limit(self, valid_until: datetime) -> None:
        if self.valid_until is None or valid_until < self.valid_until:
            self.valid_until = valid_until
