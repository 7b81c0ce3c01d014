"""How well money did: by time, by money, and simply; numbers without a currency.

Flows in count at the beginning of their day and flows out at its end, so a portfolio that is bought and sold
whole still has a return on both days.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

_DAYS_A_YEAR: Final = 365.0
_ROUNDS: Final = 200
_RATE_MIN: Final = -0.999999
_RATE_MAX: Final = 1e6


@dataclass(frozen=True, slots=True)
class Day:
    """Hold one day: what the portfolio was worth at its end, and what came in and went out on it."""

    value: float
    paid_in: float = 0.0
    paid_out: float = 0.0


def by_time(days: Sequence[Day]) -> float:
    """Give the time-weighted return over all days (0.05 is 5 %): how the choice did, whenever money came.

    Days are linked: Π (value + out) / (value of the day before + in), the true time-weighted rate of return
    with a valuation at each flow (CFA Institute, Global Investment Performance Standards, 2020).
    """
    growth, before = 1.0, 0.0
    for day in days:
        base = before + day.paid_in
        if base > 0:
            growth *= (day.value + day.paid_out) / base
        before = day.value
    return growth - 1.0


def by_money(days: Sequence[Day]) -> float | None:
    """Give the money-weighted return per year: the rate at which all flows are worth what there is now.

    The internal rate of return, by bisection; days count as 1/365 of a year. None where no rate explains the
    flows, or nothing ever came in.
    """
    flows = [
        (place, day.paid_out - day.paid_in)
        for place, day in enumerate(days)
        if day.paid_in or day.paid_out
    ]
    last = len(days) - 1
    if not flows or last <= flows[0][0]:
        return None
    flows.append((last, days[-1].value))

    def worth(rate: float) -> float:
        growth = 1.0 + rate
        return sum(flow / math.pow(growth, place / _DAYS_A_YEAR) for place, flow in flows)

    low, high = _RATE_MIN, 1.0
    while worth(high) > 0:
        high *= 4.0
        if high > _RATE_MAX:
            return None
    if worth(low) < 0:
        return None
    for _ in range(_ROUNDS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if worth(middle) > 0 else (low, middle)
    return (low + high) / 2.0


def simple(days: Sequence[Day]) -> float:
    """Give profit as a part of all that was paid in; 0 where nothing was."""
    paid_in = sum(day.paid_in for day in days)
    paid_out = sum(day.paid_out for day in days)
    if paid_in <= 0:
        return 0.0
    return (days[-1].value + paid_out - paid_in) / paid_in


def mirrored(days: Sequence[Day], closes: Sequence[Decimal]) -> list[Day]:
    """Give the days as they would have been, had the same flows bought and sold something else.

    ``closes`` are its prices of the same days, all above zero. What goes out sells as much of it as the same
    part of the portfolio was, so both are empty at the same time.
    """
    units, before, made = 0.0, 0.0, []
    for day, close in zip(days, closes, strict=True):
        price = float(close)
        units += day.paid_in / price
        base = before + day.paid_in
        whole = day.value + day.paid_out
        part = day.paid_out / whole if whole > 0 and base > 0 else 0.0
        went = units * part
        units -= went
        made.append(Day(units * price, day.paid_in, went * price))
        before = day.value
    return made
