"""The efficient frontier of portfolios without short sales, and the ten levels of risk along it.

Markowitz, Portfolio selection (1952): of all portfolios with a mean, the one with the least variance.
"""

from typing import Final

import numpy as np

from fondaco.quant.errors import BadNumbers, NoExcessReturn, Unsolvable
from fondaco.quant.programme import Constraints, minimise
from fondaco.quant.scale import LEVELS
from fondaco.quant.types import Array, Market, Point

_DUST: Final = 1e-6
"""Weights below this are the solver's tolerance, not a wish."""


def min_variance(market: Market, *, cap: float = 1.0) -> Point:
    """Give the portfolio with the least variance; no asset has more than ``cap`` of the whole.

    :raises Unsolvable: the caps together are less than the whole
    """
    return _least_variance(market, cap)


def max_mean(market: Market, *, cap: float = 1.0) -> Point:
    """Give the portfolio with the highest mean: the best assets, each up to the cap.

    :raises Unsolvable: the caps together are less than the whole
    """
    _check_cap(market, cap)
    weights = np.zeros(market.size)
    rest = 1.0
    for place in np.argsort(-market.means, kind="stable"):
        weights[place] = min(cap, rest)
        rest -= weights[place]
    return Point.of(_tidy(weights, cap), market)


def frontier(market: Market, *, points: int = LEVELS, cap: float = 1.0) -> list[Point]:
    """Give portfolios from the least variance to the highest mean, by even steps of the mean.

    Neither mean nor volatility ever falls from one to the next.

    :raises BadNumbers: fewer than two points are asked for
    :raises Unsolvable: the caps together are less than the whole
    """
    if points < 2:  # noqa: PLR2004 - a line has two ends
        raise BadNumbers("a frontier has two points or more")
    first, last = min_variance(market, cap=cap), max_mean(market, cap=cap)
    if last.mean - first.mean <= _DUST or last.volatility <= first.volatility:
        return [first] * points
    between = np.linspace(first.mean, last.mean, points)[1:-1]
    found = [first, *(_least_variance(market, cap, mean) for mean in between), last]
    return [_higher(found[: place + 1]) for place in range(points)]


def max_sharpe(market: Market, *, riskless: float, cap: float = 1.0) -> Point:
    """Give the portfolio with the highest Sharpe ratio, as a quadratic programme.

    Cornuéjols and Tütüncü, Optimization methods in finance (2006), chapter 8: with y = k·w the ratio's
    numerator is held at 1, so that the least variance of y has the highest ratio.

    :raises NoExcessReturn: no portfolio is expected to bring more than the riskless rate
    """
    excess = market.means - riskless
    if max_mean(market, cap=cap).mean <= riskless:
        raise NoExcessReturn("nothing is expected to bring more than the riskless rate")
    # Brought to the order of one, since y grows as the excess shrinks.
    scale = float(np.abs(excess).max())
    identity, ones = np.eye(market.size), np.ones((market.size, market.size))
    stretched = minimise(
        market.covariance,
        Constraints(
            equal=(excess / scale)[np.newaxis, :],
            equal_to=np.ones(1),
            least=np.vstack((identity, cap * ones - identity)),
            least_is=np.zeros(2 * market.size),
        ),
    )
    return Point.of(_tidy(stretched / stretched.sum(), cap), market)


def _least_variance(market: Market, cap: float, mean: float | None = None) -> Point:
    _check_cap(market, cap)
    size = market.size
    least = [np.eye(size), -np.eye(size)]
    least_is = [np.zeros(size), np.full(size, -cap)]
    if mean is not None:
        scale = float(np.abs(market.means).max())
        least.append((market.means / scale)[np.newaxis, :])
        least_is.append(np.array([mean / scale]))
    weights = minimise(
        market.covariance,
        Constraints(
            equal=np.ones((1, size)),
            equal_to=np.ones(1),
            least=np.vstack(least),
            least_is=np.concatenate(least_is),
        ),
    )
    return Point.of(_tidy(weights, cap), market)


def _higher(found: list[Point]) -> Point:
    """Give the last of the points, unless the solver's tolerance put it below the one before."""
    return max(found, key=lambda point: point.volatility)


def _tidy(weights: Array, cap: float) -> Array:
    """Take off what is only tolerance, so that no weight is negative and all sum to 1."""
    cut = np.where(weights < _DUST, 0.0, np.minimum(weights, cap))
    return np.asarray(cut / cut.sum(), dtype=np.float64)


def _check_cap(market: Market, cap: float) -> None:
    if not 0 < cap <= 1:
        raise BadNumbers("a cap is a part of the whole")
    if cap * market.size < 1.0 - _DUST:
        raise Unsolvable(f"{market.size} assets of at most {cap} make no whole")
