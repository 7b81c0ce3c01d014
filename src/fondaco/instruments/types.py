"""What crosses the border of instruments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NewType
from uuid import UUID

from fondaco.instruments.states import InstrumentKind
from fondaco.money import Asset

InstrumentId = NewType("InstrumentId", UUID)


SHARE_SCALE: Final = 6
"""Decimal places in which shares are counted unless told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInstrument:
    """Ask for an instrument."""

    asset: Asset
    """What is counted in the books, such as ``XNAS.AAPL/6``."""
    name: str
    kind: InstrumentKind
    currency: Asset
    """In what it is priced."""
    exchange: str = ""
    time_zone: str = "UTC"
    """Of its exchange, such as ``America/New_York``."""
    whole_only: bool = False
    """True: only whole shares are traded."""
    provider: str = ""
    """Who tells its price during the day; empty: nobody."""
    provider_symbol: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """Show an instrument."""

    id: InstrumentId
    asset: Asset
    name: str
    kind: InstrumentKind
    currency: Asset
    exchange: str
    time_zone: str
    step: int
    """The smallest quantity that is traded, in minor units."""

    @property
    def symbol(self) -> str:
        """Give its code, such as ``XNAS.AAPL``."""
        return self.asset.code


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPrice:
    """Hold the prices of a day, as a source tells them, in major units of the currency for one share."""

    symbol: str
    day: date
    close: Decimal
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    volume: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Say where prices come from and what may be done with them."""

    name: str
    title: str
    licence: str = ""
    shifted_days: int = 0
    """By how many days all dates are moved towards today; 0: they are the real ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Count what an import did."""

    written: int
    known: int
    """Lines that were there before with the same content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """Show the price that the house trades at, in the instrument's own currency."""

    id: int
    symbol: str
    day: date
    close: Decimal
    previous: Decimal | None
    is_stale: bool
    source: Source
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Show the prices of one day."""

    day: date
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    close: Decimal
    volume: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Tell how an instrument's price went."""

    instrument: Instrument
    quoted: Quoted
    day_low: Decimal
    day_high: Decimal
    year_low: Decimal
    year_high: Decimal
    volume: int | None
    history: Sequence[Bar]
