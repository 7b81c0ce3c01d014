"""Estimates against formulas written out the long way."""

import numpy as np
import pytest

from fondaco.quant.errors import BadNumbers
from fondaco.quant.estimates import (
    DAYS_A_YEAR,
    estimate,
    returns_of,
    shrunk_covariance,
    shrunk_means,
)
from fondaco.quant.tests.markets import prices
from fondaco.quant.types import Array


def ledoit_wolf_by_hand(returns: Array) -> tuple[Array, float]:
    """Follow the paper's lemma 3.2 to 3.4 word by word, a day at a time."""
    days, size = returns.shape
    rows = returns - returns.mean(axis=0)
    sample = sum(np.outer(row, row) for row in rows) / days
    mean = sum(sample[i, i] for i in range(size)) / size
    d2 = float(np.sum((sample - mean * np.eye(size)) ** 2)) / size
    b2 = sum(float(np.sum((np.outer(row, row) - sample) ** 2)) / size for row in rows) / days**2
    b2 = min(b2, d2)
    return b2 / d2 * mean * np.eye(size) + (d2 - b2) / d2 * sample, b2 / d2


class TestReturns:
    def test_are_simple(self) -> None:
        found = returns_of(np.array([[100.0, 50.0], [110.0, 45.0], [99.0, 54.0]]))
        assert found == pytest.approx(np.array([[0.1, -0.1], [-0.1, 0.2]]))

    @pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
    def test_come_from_prices_above_zero(self, bad: float) -> None:
        with pytest.raises(BadNumbers):
            returns_of(np.array([[1.0], [bad], [1.0]]))

    def test_need_three_days(self) -> None:
        with pytest.raises(BadNumbers):
            returns_of(np.array([[1.0], [2.0]]))


class TestTheCovariance:
    @pytest.mark.parametrize(("days", "size"), [(30, 4), (60, 25), (500, 8)])
    def test_is_that_of_ledoit_and_wolf(self, days: int, size: int) -> None:
        returns = returns_of(prices(days, days=days, size=size))
        found, intensity = shrunk_covariance(returns)
        expected, by_hand = ledoit_wolf_by_hand(returns)
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-15)
        assert intensity == pytest.approx(by_hand, rel=1e-9)

    def test_can_be_inverted_with_more_assets_than_days(self) -> None:
        found, intensity = shrunk_covariance(returns_of(prices(3, days=12, size=30)))
        assert np.linalg.eigvalsh(found).min() > 0
        assert 0 < intensity <= 1

    def test_is_all_target_where_nothing_tells_assets_apart(self) -> None:
        found, intensity = shrunk_covariance(np.zeros((5, 3)))
        assert intensity == 1.0
        assert not found.any()


class TestTheMeans:
    def test_are_drawn_together_without_changing_places(self) -> None:
        returns = returns_of(prices(4))
        covariance, _ = shrunk_covariance(returns)
        found = shrunk_means(returns, covariance)
        sample = returns.mean(axis=0)
        assert np.ptp(found) < np.ptp(sample)
        assert np.argsort(found).tolist() == np.argsort(sample).tolist()

    def test_are_left_alone_where_there_are_two(self) -> None:
        returns = returns_of(prices(4, size=2))
        covariance, _ = shrunk_covariance(returns)
        assert shrunk_means(returns, covariance) == pytest.approx(returns.mean(axis=0))


class TestEstimate:
    def test_counts_by_the_year(self) -> None:
        table = prices(9)
        covariance, _ = shrunk_covariance(returns_of(table))
        assert estimate(table).covariance == pytest.approx(covariance * DAYS_A_YEAR)

    def test_refuses_a_market_that_never_moved(self) -> None:
        with pytest.raises(BadNumbers):
            estimate(np.full((10, 3), 5.0))
