"""What goes into the engine and what comes out: arrays of numbers, never money."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fondaco.quant.errors import BadNumbers

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Market:
    """Hold what is believed of n assets, both per year."""

    means: Array
    """Expected simple returns, one for each asset (0.08 is 8 % a year)."""
    covariance: Array
    """Covariance of the returns, n by n."""

    def __post_init__(self) -> None:
        """Refuse numbers with which nothing can be solved.

        :raises BadNumbers: a number is not finite, the shapes differ, or the matrix is not symmetric
        """
        size = len(self.means)
        if self.means.shape != (size,) or self.covariance.shape != (size, size) or size == 0:
            raise BadNumbers("n means need a covariance of n by n")
        if not (np.isfinite(self.means).all() and np.isfinite(self.covariance).all()):
            raise BadNumbers("means and covariance are finite numbers")
        if not np.allclose(self.covariance, self.covariance.T, rtol=1e-9, atol=1e-15):
            raise BadNumbers("a covariance is symmetric")

    @property
    def size(self) -> int:
        """Give the number of assets."""
        return len(self.means)


@dataclass(frozen=True, slots=True)
class Point:
    """Hold one portfolio of the frontier, with what it promises per year."""

    weights: Array
    """Parts of the whole, one for each asset; none is negative and they sum to 1."""
    mean: float
    volatility: float

    @classmethod
    def of(cls, weights: Array, market: Market) -> "Point":
        """Give the point of a portfolio."""
        variance = float(weights @ market.covariance @ weights)
        return cls(weights, float(weights @ market.means), max(variance, 0.0) ** 0.5)

    def sharpe(self, riskless: float) -> float:
        """Give the return above the riskless rate per unit of volatility; 0 where there is no volatility."""
        return (self.mean - riskless) / self.volatility if self.volatility > 0 else 0.0
