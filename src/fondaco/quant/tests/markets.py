"""Markets made from a seed, and the conditions that a best portfolio keeps."""

import numpy as np

from fondaco.quant.types import Array, Market


def prices(seed: int, *, days: int = 400, size: int = 6) -> Array:
    """Make prices of assets that share a factor and differ in spirit."""
    generator = np.random.default_rng(seed)
    spirits = generator.uniform(0.006, 0.03, size)
    factor = generator.normal(0.0003, 0.008, (days, 1))
    daily = factor + generator.normal(0.0004, 1.0, (days, size)) * spirits
    return np.asarray(100.0 * np.cumprod(1.0 + daily, axis=0), dtype=np.float64)


def market(seed: int, *, size: int = 6) -> Market:
    """Make a market whose covariance is strictly convex."""
    generator = np.random.default_rng(seed)
    loads = generator.normal(0.0, 0.15, (size, 3))
    covariance = loads @ loads.T + np.diag(generator.uniform(0.01, 0.08, size))
    return Market(generator.uniform(0.01, 0.2, size), covariance)


def distance_from_best(weights: Array, made: Market) -> float:
    """Tell how far a portfolio is from keeping the Karush-Kuhn-Tucker conditions of its own mean.

    Of what is held, half the variance has the gradient λ + ν·mean with ν ≥ 0; of the rest it is no less.
    """
    gradient = made.covariance @ weights
    held = weights > 1e-5
    design = np.column_stack((np.ones(held.sum()), made.means[held]))
    (base, slope), *_ = np.linalg.lstsq(design, gradient[held], rcond=None)
    slack = gradient - base - slope * made.means
    at_end = held.sum() == 1  # one asset alone leaves the slope open
    return float(
        max(np.abs(slack[held]).max(), 0.0 if at_end else -slack.min(), -slope * (not at_end))
    )
