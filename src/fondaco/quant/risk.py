"""What a portfolio's past says: return, volatility, Sharpe ratio, value at risk, shortfall, drawdown."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from fondaco.quant.errors import BadNumbers
from fondaco.quant.estimates import DAYS_A_YEAR
from fondaco.quant.types import Array, Market

CONFIDENCE: Final = 0.95
"""Of value at risk and expected shortfall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Hold a portfolio's figures; all are parts of its value (0.02 is 2 %)."""

    mean: float
    """Arithmetic mean return per year."""
    volatility: float
    """Standard deviation of the return per year."""
    sharpe: float
    """Return above the riskless rate per unit of volatility; 0 where there is no volatility."""
    value_at_risk: float
    """The loss of one day that is passed on one day in twenty at most; 0 where there is no loss."""
    expected_shortfall: float
    """The mean loss of the worst twentieth of the days; never less than the value at risk."""
    drawdown: float
    """The deepest fall from a peak, between 0 and 1."""


def portfolio_returns(returns: Array, weights: Array) -> Array:
    """Give a portfolio's daily returns when it is brought back to its weights every day.

    :raises BadNumbers: the shapes differ, or a number is not finite
    """
    if returns.ndim != 2 or weights.shape != (returns.shape[1],):  # noqa: PLR2004 - a table
        raise BadNumbers("returns need a weight for each of their columns")
    if not (np.isfinite(returns).all() and np.isfinite(weights).all()):
        raise BadNumbers("returns and weights are finite numbers")
    return np.asarray(returns @ weights, dtype=np.float64)


def statistics(daily: Array, *, riskless: float) -> Statistics:
    """Give the figures of daily returns; the riskless rate is per year.

    :raises BadNumbers: there are fewer than two days
    """
    if daily.ndim != 1 or len(daily) < 2:  # noqa: PLR2004 - a deviation needs two
        raise BadNumbers("statistics need two days or more")
    mean = float(daily.mean()) * DAYS_A_YEAR
    volatility = float(daily.std(ddof=1)) * DAYS_A_YEAR**0.5
    return Statistics(
        mean=mean,
        volatility=volatility,
        sharpe=(mean - riskless) / volatility if volatility > 0 else 0.0,
        value_at_risk=value_at_risk(daily),
        expected_shortfall=expected_shortfall(daily),
        drawdown=drawdown(daily),
    )


def value_at_risk(daily: Array, *, confidence: float = CONFIDENCE) -> float:
    """Give the historical value at risk of one day: the k-th worst loss, where k-1 days in n may be worse."""
    return max(-float(np.sort(daily)[_tail(daily, confidence) - 1]), 0.0)


def expected_shortfall(daily: Array, *, confidence: float = CONFIDENCE) -> float:
    """Give the mean loss of the days that are as bad as the value at risk or worse."""
    return max(-float(np.sort(daily)[: _tail(daily, confidence)].mean()), 0.0)


def drawdown(daily: Array) -> float:
    """Give the deepest fall from a peak as a part of the peak; the beginning counts as a peak."""
    worth = np.concatenate(([1.0], np.cumprod(1.0 + daily)))
    return float((1.0 - worth / np.maximum.accumulate(worth)).max())


def contributions(weights: Array, market: Market) -> Array:
    """Give the part of the volatility that each asset brings; they sum to the portfolio's volatility.

    Euler's theorem: wᵢ·(Σw)ᵢ / σ. All are zero where there is no volatility.
    """
    marginal = market.covariance @ weights
    variance = float(weights @ marginal)
    if variance <= 0:
        return np.zeros(market.size)
    return np.asarray(weights * marginal / variance**0.5, dtype=np.float64)


def _tail(daily: Array, confidence: float) -> int:
    # 1 - 0.95 is a little more than 0.05, which must not add a day.
    return max(int((1.0 - confidence) * len(daily) + 1e-9), 1)
