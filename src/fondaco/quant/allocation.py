"""From parts of a whole to quantities: integers and named roundings alone, and no float anywhere.

ValueError
└── BadAllocation    cash, parts, prices or steps with which nothing can be bought
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from fondaco.money.rounding import Rounding, divide

PARTS: Final = 1_000_000
"""A whole in parts: weights are told to one part in a million."""
NODES_MAX: Final = 50_000
"""The search for the best way to spend what roundings left gives up after so many looks: within 0.2 s."""


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

    Each asset first gets the steps that its part pays for, rounded down. What the roundings left then buys
    one step more of some: of all choices the one for which the distances from the parts and the cash that
    is left are least together (an integer programme, solved exactly). Where that takes too many looks, single
    steps are bought for the asset that is furthest below its part, while one brings it nearer to it. A cost
    is rounded up: the house is never paid less than the price.

    :raises BadAllocation: negative cash, parts above the whole, or a price or step not above zero
    """
    _check(cash, wishes)
    budgets = [divide(cash * wish.parts, PARTS, rounding=Rounding.DOWN) for wish in wishes]
    quantities = [_affordable(budget, wish) for budget, wish in zip(budgets, wishes, strict=True)]
    costs = [cost_of(held, wish.price) for held, wish in zip(quantities, wishes, strict=True)]
    # What is kept in cash on purpose stays cash: only what roundings left is spent on single steps.
    spendable = divide(cash * sum(wish.parts for wish in wishes), PARTS, rounding=Rounding.DOWN)
    steps = _steps(budgets, quantities, costs, wishes)
    chosen = _choose(spendable - sum(costs), steps)
    if chosen is None:
        _fill_greedily(spendable, budgets, costs, quantities, wishes)
    for place in chosen or ():
        quantities[place] += wishes[place].step
        costs[place] = cost_of(quantities[place], wishes[place].price)
    return Allocation(quantities=tuple(quantities), costs=tuple(costs), rest=cash - sum(costs))


def cost_of(quantity: int, price: Decimal) -> int:
    """Give what a quantity costs its buyer, in minor units of cash, rounded up."""
    return _times(quantity, price, Rounding.UP)


def proceeds_of(quantity: int, price: Decimal) -> int:
    """Give what a quantity brings its seller, in minor units of cash, rounded down."""
    return _times(quantity, price, Rounding.DOWN)


class _Step(NamedTuple):
    """One step more of an asset."""

    place: int
    price: int
    short: int
    """How far the asset is below its part: by twice as much the sum of all distances falls."""


def _steps(
    budgets: Sequence[int],
    quantities: Sequence[int],
    costs: Sequence[int],
    wishes: Sequence[Wish],
) -> list[_Step]:
    """Give the steps that may be worth while, the best for its price first."""
    found = []
    for place, wish in enumerate(wishes):
        price = cost_of(quantities[place] + wish.step, wish.price) - costs[place]
        short = budgets[place] - costs[place]
        if price > 0 and short > 0:
            found.append(_Step(place, price, short))
    return sorted(found, key=lambda one: (Fraction(-one.short, one.price), one.place))


def _choose(left: int, steps: Sequence[_Step]) -> Sequence[int] | None:
    """Give the places whose steps gain most for the cash that is left; none after too many looks.

    A step more brings an asset ``price - short`` above its part instead of ``short`` below, and takes its
    price off the rest, so all distances and the rest fall by ``2 · short``: a knapsack, by branch and bound.
    The bound lets the last step that does not fit be bought in part (Dantzig, 1957).
    """
    best, looks = 0, 0
    chosen: tuple[int, ...] = ()
    open_: list[tuple[int, int, int, tuple[int, ...]]] = [(0, left, 0, ())]
    while open_:
        at, rest, gained, taken = open_.pop()
        looks += 1
        if looks > NODES_MAX:
            return None
        if gained > best:
            best, chosen = gained, taken
        if at == len(steps) or gained + _bound(steps, at, rest) <= best:
            continue
        step = steps[at]
        open_.append((at + 1, rest, gained, taken))
        if step.price <= rest:
            with_it = (*taken, step.place)
            open_.append((at + 1, rest - step.price, gained + step.short, with_it))
    return chosen


def _bound(steps: Sequence[_Step], at: int, rest: int) -> int:
    """Give the most that can still be gained, rounded up."""
    gained = 0
    for step in steps[at:]:
        if step.price > rest:
            return gained + divide(step.short * rest, step.price, rounding=Rounding.UP)
        gained, rest = gained + step.short, rest - step.price
    return gained


def _fill_greedily(
    spendable: int,
    budgets: Sequence[int],
    costs: list[int],
    quantities: list[int],
    wishes: Sequence[Wish],
) -> None:
    while (place := _next(spendable - sum(costs), budgets, costs, quantities, wishes)) is not None:
        quantities[place] += wishes[place].step
        costs[place] = cost_of(quantities[place], wishes[place].price)


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
