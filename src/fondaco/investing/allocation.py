"""From parts of a whole to quantities: integers and named roundings alone, and no float anywhere.

ValueError
└── BadAllocation    cash, parts, prices or steps with which nothing can be bought
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from fondaco.money.rounding import Rounding, divide

PARTS: Final = 1_000_000
"""A whole in parts: weights are told to one part in a million."""


class BadAllocation(ValueError):
    """Say that nothing can be bought so: negative cash, parts above the whole, no price, no step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Ask for a part of the cash in one asset."""

    parts: int
    """Of :data:`PARTS`."""
    price: Decimal
    """Minor units of cash for one minor unit of the asset; exact."""
    step: int
    """The smallest tradable quantity in minor units: ``10 ** scale`` for whole shares, 1 for fractions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """Hold what cash buys, all in minor units; costs and rest sum to the cash."""

    quantities: tuple[int, ...]
    costs: tuple[int, ...]
    rest: int
    """The cash that is left."""


def allocate(cash: int, wishes: Sequence[Wish]) -> Allocation:
    """Buy as near to the wishes as steps allow, never for more than the cash.

    Each asset first gets the steps that its part pays for, rounded down. Then what the roundings left buys
    single steps, for the asset that is furthest below its part first, while a step brings it nearer to it.
    A cost is rounded up: the house is never paid less than the price.

    :raises BadAllocation: negative cash, parts above the whole, or a price or step not above zero
    """
    _check(cash, wishes)
    budgets = [divide(cash * wish.parts, PARTS, rounding=Rounding.DOWN) for wish in wishes]
    quantities = [_affordable(budget, wish) for budget, wish in zip(budgets, wishes, strict=True)]
    costs = [cost_of(held, wish.price) for held, wish in zip(quantities, wishes, strict=True)]
    # What is kept in cash on purpose stays cash: only what roundings left is spent on single steps.
    spendable = divide(cash * sum(wish.parts for wish in wishes), PARTS, rounding=Rounding.DOWN)
    while (place := _next(spendable - sum(costs), budgets, costs, quantities, wishes)) is not None:
        quantities[place] += wishes[place].step
        costs[place] = cost_of(quantities[place], wishes[place].price)
    return Allocation(quantities=tuple(quantities), costs=tuple(costs), rest=cash - sum(costs))


def cost_of(quantity: int, price: Decimal) -> int:
    """Give what a quantity costs its buyer, in minor units of cash, rounded up."""
    return _times(quantity, price, Rounding.UP)


def proceeds_of(quantity: int, price: Decimal) -> int:
    """Give what a quantity brings its seller, in minor units of cash, rounded down."""
    return _times(quantity, price, Rounding.DOWN)


def _times(quantity: int, price: Decimal, rounding: Rounding) -> int:
    above, below = price.as_integer_ratio()
    return divide(quantity * above, below, rounding=rounding)


def _affordable(budget: int, wish: Wish) -> int:
    above, below = wish.price.as_integer_ratio()
    return budget * below // (above * wish.step) * wish.step


def _next(
    left: int,
    budgets: Sequence[int],
    costs: Sequence[int],
    quantities: Sequence[int],
    wishes: Sequence[Wish],
) -> int | None:
    """Give the place of the asset that gets one more step; none when no step can be paid or is short."""
    best: int | None = None
    for place, wish in enumerate(wishes):
        more = cost_of(quantities[place] + wish.step, wish.price) - costs[place]
        short = budgets[place] - costs[place]
        # A step is worth while when it brings the asset nearer to its part.
        if (
            0 < more <= left
            and 2 * short >= more
            and (best is None or short > budgets[best] - costs[best])
        ):
            best = place
    return best


def _check(cash: int, wishes: Sequence[Wish]) -> None:
    if cash < 0 or sum(wish.parts for wish in wishes) > PARTS:
        raise BadAllocation("cash is not negative, and parts sum to the whole at most")
    if any(wish.parts < 0 or wish.step <= 0 or not wish.price > 0 for wish in wishes):
        raise BadAllocation("parts are not negative, steps and prices are above zero")
