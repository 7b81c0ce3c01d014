"""What is told of one portfolio: what is expected of it, and what its past says."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fondaco.quant.allocation import PARTS
from fondaco.quant.estimates import DAYS_A_YEAR
from fondaco.quant.levels import Level
from fondaco.quant.risk import (
    contributions,
    drawdown,
    expected_shortfall,
    portfolio_returns,
    value_at_risk,
)
from fondaco.quant.types import Array, Market


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Hold the figures of a portfolio with cash beside it; all are parts of the whole (0.02 is 2 %)."""

    mean: float
    """Expected return per year, cash at the riskless rate."""
    volatility: float
    """Expected, per year."""
    sharpe: float
    value_at_risk: float
    """The loss of one day that was passed on one day in twenty at most; no Sharpe ratio."""
    expected_shortfall: float
    drawdown: float
    contributions: Array
    """The part of the volatility that each asset brings; they sum to 1, or to 0 where there is none."""


def report(market: Market, returns: Array, weights: Array, *, riskless: float) -> Report:
    """Give the figures of weights that sum to 1 at most; what is missing is cash at the riskless rate.

    :raises BadNumbers: the shapes differ, or a number is not finite
    """
    cash = max(1.0 - float(weights.sum()), 0.0)
    daily = portfolio_returns(returns, weights) + cash * riskless / DAYS_A_YEAR
    mean = float(weights @ market.means) + cash * riskless
    volatility = max(float(weights @ market.covariance @ weights), 0.0) ** 0.5
    brought = contributions(weights, market)
    return Report(
        mean=mean,
        volatility=volatility,
        sharpe=(mean - riskless) / volatility if volatility > 0 else 0.0,
        value_at_risk=value_at_risk(daily),
        expected_shortfall=expected_shortfall(daily),
        drawdown=drawdown(daily),
        contributions=brought / volatility if volatility > 0 else np.zeros(market.size),
    )


def nearest_level(levels: Sequence[Level], volatility: float) -> int:
    """Give the number of the level whose volatility is nearest; of equals the lower."""
    return min(levels, key=lambda one: (abs(one.volatility - volatility), one.level)).level


def from_parts(parts: Sequence[int]) -> Array:
    """Give integers of a million as weights."""
    return np.asarray(parts, dtype=np.float64) / PARTS
