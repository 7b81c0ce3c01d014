"""Division of integers with a named rounding: the only place where money loses a remainder."""

from enum import StrEnum


class Rounding(StrEnum):
    """How a division that does not come out even ends."""

    DOWN = "down"
    """Towards zero: what a customer receives."""
    UP = "up"
    """Away from zero: what must cover a cost."""
    HALF_UP = "half_up"
    """To the nearest, a half away from zero: what a customer pays."""
    HALF_EVEN = "half_even"
    """To the nearest, a half to the even neighbour: interest and statistics."""


def divide(numerator: int, denominator: int, *, rounding: Rounding) -> int:
    """Divide two integers and round the quotient as named.

    :raises ZeroDivisionError: the denominator is zero
    """
    quotient, remainder = divmod(abs(numerator), abs(denominator))
    if _rounds_up(quotient, remainder, abs(denominator), rounding):
        quotient += 1
    return quotient if (numerator < 0) == (denominator < 0) else -quotient


def _rounds_up(quotient: int, remainder: int, denominator: int, rounding: Rounding) -> bool:
    if rounding is Rounding.DOWN or remainder == 0:
        return False
    if rounding is Rounding.UP:
        return True
    twice = 2 * remainder
    if twice == denominator:
        return rounding is Rounding.HALF_UP or quotient % 2 == 1
    return twice > denominator
