"""Where floats end: weights become integers that sum to a whole, and money is counted in nothing else."""

from fractions import Fraction

from fondaco.investing.allocation import PARTS
from fondaco.investing.engine.types import Array, BadNumbers


def to_parts(weights: Array) -> tuple[int, ...]:
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
