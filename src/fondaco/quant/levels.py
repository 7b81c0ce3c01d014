"""The ten levels of risk as portfolios: a point of the frontier each, and cash where risk is low."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from fondaco.quant.frontier import frontier
from fondaco.quant.scale import NAMES
from fondaco.quant.types import Array, Market

CASH: Final = (0.30, 0.20, 0.10, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""The part that stays cash at each level; it falls, so volatility still never does."""
CAP: Final = 0.25
"""No asset gets more of what is invested, unless there are too few of them."""
DUST: Final = 0.005
"""Parts below this are left out: they would cost more attention than they bring."""


@dataclass(frozen=True, slots=True)
class Level:
    """Hold the portfolio of one level; its weights and the cash sum to 1."""

    level: int
    weights: Array
    cash: float
    mean: float
    """Expected return per year, cash included at the riskless rate."""
    volatility: float

    @property
    def name(self) -> str:
        """Give the level's word."""
        return NAMES[self.level - 1]


def make_levels(market: Market, *, riskless: float) -> list[Level]:
    """Give the ten levels of a market; volatility never falls from one to the next.

    :raises EngineError: there is no portfolio, or the numbers make no market
    """
    cap = max(CAP, 1.0 / market.size)
    made: list[Level] = []
    for number, (point, cash) in enumerate(zip(frontier(market, cap=cap), CASH, strict=True), 1):
        weights = _without_dust(point.weights)
        variance = max(float(weights @ market.covariance @ weights), 0.0)
        found = Level(
            level=number,
            weights=weights * (1.0 - cash),
            cash=cash,
            mean=(1.0 - cash) * float(weights @ market.means) + cash * riskless,
            volatility=(1.0 - cash) * variance**0.5,
        )
        before = made[-1] if made else found
        # Leaving dust out may move a point by a hair; no level has less risk than the one below.
        made.append(found if found.volatility >= before.volatility else _again(before, number))
    return made


def _without_dust(weights: Array) -> Array:
    kept = np.where(weights < DUST, 0.0, weights)
    return np.asarray(kept / kept.sum(), dtype=np.float64)


def _again(level: Level, number: int) -> Level:
    return Level(number, level.weights, level.cash, level.mean, level.volatility)
