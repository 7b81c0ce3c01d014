"""Who gets what of a batch's fills; pure, in whole minor units.

What is bought counts up and what is sold counts down. The shares always sum to what was filled, to what it
cost and to the fees: whatever cannot be divided is the house's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final
from uuid import UUID

from fondaco.money import Rounding, divide

HOUSE: Final = None


@dataclass(frozen=True, slots=True)
class Part:
    """Name an order of a batch and what the house has to buy for it; below zero: to sell."""

    order_id: UUID
    base: int


@dataclass(frozen=True, slots=True)
class Portion:
    """Give what one order, or the house (``order_id`` none), has of the fills."""

    order_id: UUID | None
    base: int
    cost: int
    """In the quote currency; below zero: proceeds."""
    fee: int


def serve(parts: Iterable[Part], filled: int) -> list[Part]:
    """Give the orders that what was filled is enough for, each whole, in their order; sizes count up."""
    served, left = [], filled
    for part in parts:
        if part.base <= left:
            served.append(part)
            left -= part.base
    return served


def share_out(
    parts: Sequence[Part], *, filled: int, cost: int, fee: int, mark: Fraction | None = None
) -> list[Portion]:
    """Split fills, their cost and their fees among orders; the last portion is the house's.

    An order bears its part of the cost at the price at which all was filled, rounded half to even, and of the
    fees by its size. Where buys and sells met within the house, nothing was filled: they met at ``mark``.

    :param mark: minor units of the quote currency for one of the base currency
    :raises ValueError: nothing was filled and no mark is given
    """
    price = Fraction(cost, filled) if filled else mark
    if price is None:
        raise ValueError("what met within the house has a price of its own")
    house = filled - sum(part.base for part in parts)
    sizes = sum(abs(part.base) for part in parts) + abs(house)
    portions = [
        Portion(
            part.order_id,
            part.base,
            divide(part.base * price.numerator, price.denominator, rounding=Rounding.HALF_EVEN),
            divide(abs(part.base) * fee, sizes, rounding=Rounding.DOWN),
        )
        for part in parts
    ]
    rest_cost = cost - sum(one.cost for one in portions)
    rest_fee = fee - sum(one.fee for one in portions)
    return [*portions, Portion(HOUSE, house, rest_cost, rest_fee)]
