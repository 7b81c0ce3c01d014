"""Where floats end: weights become integers that sum to a whole, and money is counted in nothing else."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from math import isfinite

from fondaco.money.rounding import Rounding, divide
from fondaco.quant.allocation import PARTS
from fondaco.quant.errors import BadNumbers


def to_parts(weights: Iterable[float]) -> tuple[int, ...]:
    """Give weights as integers that sum to :data:`PARTS`; what rounding takes goes to the largest remainders.

    :raises BadNumbers: a weight is negative or not finite, or they do not sum to 1
    """
    exact = [_exact(float(weight)) * PARTS for weight in weights]
    if abs(sum(exact, Fraction(0)) - PARTS) > 1:
        raise BadNumbers("weights sum to 1")
    whole = [int(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: whole[place] - exact[place])
    missing = PARTS - sum(whole)
    for place in by_remainder[: max(missing, 0)]:
        whole[place] += 1
    if missing < 0:
        whole[max(range(len(whole)), key=whole.__getitem__)] += missing
    return tuple(whole)


def _exact(weight: float) -> Fraction:
    try:
        exact = Fraction(weight)
    except (ValueError, OverflowError):
        raise BadNumbers("a weight is a finite number") from None
    if exact < 0:
        raise BadNumbers("a weight is not negative")
    return exact


def figure(value: float) -> str:
    """Write a figure such as a return (0.05 is 5 %) for people and programs: plain, six places.

    :raises BadNumbers: it is not finite
    """
    if not isfinite(value):
        raise BadNumbers("a figure is a finite number")
    text = f"{value:.6f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


def exact_parts(weights: Mapping[str, Decimal]) -> Mapping[str, int]:
    """Give exact weights that nearly sum to 1 as integers that do; the largest takes what rounding leaves."""
    parts = {}
    for name, weight in weights.items():
        above, below = weight.as_integer_ratio()
        parts[name] = divide(above * PARTS, below, rounding=Rounding.DOWN)
    largest = max(parts, key=lambda name: (parts[name], name))
    parts[largest] += PARTS - sum(parts.values())
    return {name: part for name, part in parts.items() if part}
