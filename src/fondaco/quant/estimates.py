"""From prices to what is believed of the assets: returns, shrunk covariance, shrunk means."""

from typing import Final

import numpy as np

from fondaco.quant.errors import BadNumbers
from fondaco.quant.types import Array, Market

DAYS_A_YEAR: Final = 252
"""Trading days in a year."""
_ROWS_MIN: Final = 3


def returns_of(prices: Array) -> Array:
    """Give simple returns from prices: one row a day, the earliest first, one column for each asset.

    :raises BadNumbers: fewer than three days, or a price that is not finite and positive
    """
    if prices.ndim != 2 or prices.shape[0] < _ROWS_MIN or prices.shape[1] == 0:  # noqa: PLR2004 - a table
        raise BadNumbers("prices are a table of three days or more")
    if not np.isfinite(prices).all() or (prices <= 0).any():
        raise BadNumbers("a price is a finite number above zero")
    return np.asarray(prices[1:] / prices[:-1] - 1.0, dtype=np.float64)


def shrunk_covariance(returns: Array) -> tuple[Array, float]:
    """Give the covariance of daily returns shrunk towards equal variances, and by how much (0 to 1).

    Ledoit and Wolf, A well-conditioned estimator for large-dimensional covariance matrices (2004): the target
    is the mean variance on the diagonal; the intensity minimises the expected squared error.
    """
    days, size = returns.shape
    centred = returns - returns.mean(axis=0)
    sample = centred.T @ centred / days
    target = np.trace(sample) / size * np.eye(size)
    distance = float(((sample - target) ** 2).sum())
    noise = float(((centred**2).T @ (centred**2)).sum() / days - (sample**2).sum()) / days
    intensity = min(max(noise / distance, 0.0), 1.0) if distance > 0 else 1.0
    return (1.0 - intensity) * sample + intensity * target, intensity


def shrunk_means(returns: Array, covariance: Array) -> Array:
    """Give mean daily returns shrunk towards that of the minimum-variance portfolio.

    Jorion, Bayes-Stein estimation for portfolio analysis (1986): single means are mostly noise. With fewer
    than three assets, where the estimator gains nothing, the sample means are given.
    """
    days, size = returns.shape
    means = returns.mean(axis=0)
    if size < 3:  # noqa: PLR2004 - Stein's bound
        return np.asarray(means, dtype=np.float64)
    inverse_one = np.linalg.solve(covariance, np.ones(size))
    common = float(inverse_one @ means / inverse_one.sum())
    gap = means - common
    distance = float(gap @ np.linalg.solve(covariance, gap))
    intensity = (size + 2) / (size + 2 + days * distance)
    return np.asarray((1.0 - intensity) * means + intensity * common, dtype=np.float64)


def estimate(prices: Array) -> Market:
    """Give what daily prices let one believe of the assets, per year.

    :raises BadNumbers: see :func:`returns_of`; or no asset has ever moved
    """
    returns = returns_of(prices)
    covariance, _ = shrunk_covariance(returns)
    if not np.trace(covariance) > 0:
        raise BadNumbers("no asset has moved, so there is no risk to weigh")
    means = shrunk_means(returns, covariance)
    return Market(means * DAYS_A_YEAR, covariance * DAYS_A_YEAR)
