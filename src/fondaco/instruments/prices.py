"""Reads daily prices from CSV; pure."""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, TypeVar

from fondaco.instruments.errors import PricesUnreadable
from fondaco.instruments.types import DayPrice

NEEDED: Final = ("symbol", "day", "close")
OPTIONAL: Final = ("open", "high", "low", "volume")
_PLACES_MAX: Final = 10
_PRICE_MAX: Final = Decimal(10) ** 12
_VOLUME_MAX: Final = 2**62

Value = TypeVar("Value")


def read_csv(lines: Iterable[str]) -> Iterator[DayPrice]:
    """Read lines with the heading ``symbol,day,close`` and, if wished, ``open,high,low,volume``.

    Days are written 2026-11-20, prices as plain decimals; an optional cell may be empty.

    :raises PricesUnreadable: the heading or a line is wrong; it names the line
    """
    rows = csv.reader(lines, strict=True)
    heading = [name.strip() for name in next(rows, [])]
    if set(heading) - {*NEEDED, *OPTIONAL} or not set(NEEDED) <= set(heading):
        raise PricesUnreadable(
            f"The first line names {', '.join(NEEDED)}, and may name {', '.join(OPTIONAL)}.",
            field="line 1",
        )
    try:
        for row in rows:
            yield _read_row(dict(zip(heading, row, strict=True)))
    except (ValueError, csv.Error) as wrong:
        place = rows.line_num
        raise PricesUnreadable(f"Line {place}: {wrong}.", field=f"line {place}") from None


def read_price(text: str) -> Decimal:
    """Read a price.

    :raises ValueError: it is not a positive decimal with at most ten places, below a million millions
    """
    try:
        price = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text[:40]!r} is not a price") from None
    if not price.is_finite() or not 0 < price < _PRICE_MAX:
        raise ValueError("a price is finite and above zero")
    if round(price, _PLACES_MAX) != price:
        raise ValueError(f"a price has {_PLACES_MAX} places at most")
    return price


def _read_row(row: dict[str, str]) -> DayPrice:
    found = DayPrice(
        symbol=row["symbol"],
        day=date.fromisoformat(row["day"]),
        close=read_price(row["close"]),
        open=_optional(row.get("open"), read_price),
        high=_optional(row.get("high"), read_price),
        low=_optional(row.get("low"), read_price),
        volume=_optional(row.get("volume"), _read_volume),
    )
    if found.high is not None and found.low is not None and found.high < found.low:
        raise ValueError("the high is below the low")
    return found


def _optional(text: str | None, read: Callable[[str], Value]) -> Value | None:
    return read(text) if text else None


def _read_volume(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text[:20]) > _VOLUME_MAX:
        raise ValueError("a volume is a whole number")
    return int(text)
