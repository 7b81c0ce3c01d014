"""Charts: a table of numbers that whoever can see finds drawn as well.

The template ``_chart.html`` shows the table, closed, and hands the same numbers to ``chart.js``. Without
scripts, or for whoever listens, the table is the chart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from django.utils.functional import Promise

from fondaco.money import Money

_DRAWN_MIN: Final = 2
"""A line needs two ends."""

Cell = Money | Decimal | None


class Draw(StrEnum):
    """How a series looks."""

    LINE = "line"
    AREA = "area"
    """A line with its ground shaded."""
    BARS = "bars"
    DOTS = "dots"
    MARK = "mark"
    """One large dot with its name beside it: here you are."""


class Tone(StrEnum):
    """Which colour of the tokens a series has."""

    ACCENT = "accent"
    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Name a row of numbers, one for each place of the chart."""

    label: str | Promise
    values: Sequence[Cell]
    draw: Draw = Draw.LINE
    tone: Tone = Tone.ACCENT
    is_below: bool = False
    """True: drawn below the line of zero, as what goes out; the numbers stay as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Show series over days, or over figures."""

    name: str
    """Names the chart within its page."""
    title: str | Promise
    across: str | Promise
    """What the places are: days, or a figure such as the risk."""
    places: Sequence[date | Decimal]
    series: Sequence[Series]
    unit: str = ""
    """Of the numbers, such as ``USD`` or ``%``."""
    across_unit: str = ""
    ratio: str = "wide"
    """``wide``, or ``tall`` for charts that are read in both directions."""

    @property
    def is_short(self) -> bool:
        """Tell whether there is too little to draw."""
        return len(self.places) < _DRAWN_MIN

    @property
    def script_name(self) -> str:
        """Name the numbers in the page."""
        return f"chart-{self.name}"

    @property
    def data(self) -> dict[str, Any]:
        """Give what the script reads; numbers are text, so that none is rounded before it is drawn."""
        return {
            "days": bool(self.places) and isinstance(self.places[0], date),
            "places": [_place(one) for one in self.places],
            "unit": self.unit,
            "across": str(self.across),
            "acrossUnit": self.across_unit,
            "series": [
                {
                    "label": str(one.label),
                    "draw": one.draw.value,
                    "below": one.is_below,
                    "values": [_number(cell) for cell in one.values],
                }
                for one in self.series
            ],
        }

    @property
    def rows(self) -> Sequence[tuple[str, Sequence[Cell]]]:
        """Give the table's rows, the latest or greatest first."""
        table = [
            (_place(place), [one.values[row] for one in self.series])
            for row, place in enumerate(self.places)
        ]
        return table[::-1]


def _place(place: date | Decimal) -> str:
    return place.isoformat() if isinstance(place, date) else format(place, "f")


def _number(cell: Cell) -> str | None:
    if cell is None:
        return None
    return cell.to_text() if isinstance(cell, Money) else format(cell, "f")
