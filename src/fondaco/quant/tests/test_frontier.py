"""The frontier against closed forms, and against the conditions that every best portfolio keeps."""

from itertools import pairwise

import numpy as np
import pytest

from fondaco.quant.errors import BadNumbers, NoExcessReturn, Unsolvable
from fondaco.quant.estimates import estimate
from fondaco.quant.frontier import (
    frontier,
    max_mean,
    max_sharpe,
    min_variance,
)
from fondaco.quant.scale import LEVELS, level_of
from fondaco.quant.tests.markets import distance_from_best, market, prices
from fondaco.quant.types import Market

SEEDS = range(12)


class TestMinVariance:
    def test_weighs_uncorrelated_assets_by_their_inverse_variance(self) -> None:
        variances = np.array([0.01, 0.04, 0.09])
        found = min_variance(Market(np.zeros(3), np.diag(variances)))
        assert found.weights == pytest.approx((1 / variances) / (1 / variances).sum(), abs=1e-6)

    def test_is_that_of_the_textbook_for_two_assets(self) -> None:
        first, second, both = 0.04, 0.09, 0.012
        found = min_variance(Market(np.zeros(2), np.array([[first, both], [both, second]])))
        expected = (second - both) / (first + second - 2 * both)
        assert found.weights[0] == pytest.approx(expected, abs=1e-6)

    def test_holds_nothing_of_what_only_adds_risk(self) -> None:
        found = min_variance(Market(np.zeros(2), np.array([[0.01, 0.03], [0.03, 0.25]])))
        assert found.weights.tolist() == [1.0, 0.0]

    @pytest.mark.parametrize("seed", SEEDS)
    def test_has_no_better_portfolio_beside_it(self, seed: int) -> None:
        made = market(seed)
        best = min_variance(made)
        others = np.random.default_rng(seed).dirichlet(np.ones(made.size), 300)
        variances = np.einsum("ki,ij,kj->k", others, made.covariance, others)
        assert best.volatility**2 <= variances.min() + 1e-9

    def test_keeps_the_cap(self) -> None:
        found = min_variance(Market(np.zeros(4), np.diag([0.001, 0.1, 0.2, 0.3])), cap=0.4)
        assert found.weights.max() == pytest.approx(0.4, abs=1e-6)

    def test_says_when_the_caps_make_no_whole(self) -> None:
        with pytest.raises(Unsolvable):
            min_variance(market(1, size=3), cap=0.3)


class TestMaxSharpe:
    def test_is_the_tangency_portfolio_where_all_assets_are_wanted(self) -> None:
        covariance = np.array([[0.04, 0.006, 0.0], [0.006, 0.09, 0.01], [0.0, 0.01, 0.0225]])
        means = np.array([0.08, 0.12, 0.06])
        raw = np.linalg.solve(covariance, means - 0.02)
        assert (raw > 0).all()
        found = max_sharpe(Market(means, covariance), riskless=0.02)
        assert found.weights == pytest.approx(raw / raw.sum(), abs=1e-6)

    @pytest.mark.parametrize("seed", SEEDS)
    def test_beats_every_point_of_the_frontier(self, seed: int) -> None:
        made = market(seed)
        best = max_sharpe(made, riskless=0.01).sharpe(0.01)
        assert best >= max(one.sharpe(0.01) for one in frontier(made, points=40)) - 1e-7

    def test_keeps_the_cap(self) -> None:
        found = max_sharpe(market(3), riskless=0.0, cap=0.25)
        assert found.weights.max() <= 0.25 + 1e-6

    def test_says_when_nothing_beats_the_riskless_rate(self) -> None:
        with pytest.raises(NoExcessReturn):
            max_sharpe(market(1), riskless=0.5)


class TestTheFrontier:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_rises_in_mean_and_never_falls_in_volatility(self, seed: int) -> None:
        points = frontier(estimate(prices(seed)), points=LEVELS)
        volatilities = [point.volatility for point in points]
        assert len(points) == LEVELS
        assert volatilities == sorted(volatilities)
        assert all(b.mean >= a.mean - 1e-7 for a, b in pairwise(points))

    @pytest.mark.parametrize("seed", SEEDS)
    def test_consists_of_portfolios_without_short_sales(self, seed: int) -> None:
        for point in frontier(estimate(prices(seed)), cap=0.4):
            assert point.weights.min() >= 0
            assert point.weights.max() <= 0.4 + 1e-6
            assert point.weights.sum() == pytest.approx(1.0, abs=1e-12)

    @pytest.mark.parametrize("seed", SEEDS)
    def test_keeps_the_conditions_of_the_best(self, seed: int) -> None:
        made = market(seed)
        distances = [distance_from_best(point.weights, made) for point in frontier(made)[:-1]]
        assert max(distances) < 1e-5

    def test_lies_between_two_of_its_portfolios_where_no_bound_binds(self) -> None:
        made = Market(np.array([0.05, 0.06, 0.07]), np.diag([0.02, 0.03, 0.04]))
        points = frontier(made, points=21)
        middle = (points[0].weights + points[4].weights) / 2
        assert points[2].weights == pytest.approx(middle, abs=1e-6)

    def test_ends_with_the_highest_mean(self) -> None:
        made = market(5)
        assert frontier(made)[-1].mean == pytest.approx(made.means.max(), abs=1e-12)
        assert max_mean(made, cap=0.5).weights.max() == 0.5

    def test_is_one_portfolio_where_all_means_are_equal(self) -> None:
        points = frontier(Market(np.full(3, 0.05), np.diag([0.01, 0.02, 0.03])), points=4)
        assert len({point.volatility for point in points}) == 1

    def test_is_the_same_bit_for_bit_when_drawn_again(self) -> None:
        made = estimate(prices(7, size=12))
        first, again = frontier(made), frontier(made)
        assert [a.weights.tobytes() for a in first] == [b.weights.tobytes() for b in again]

    def test_has_two_ends(self) -> None:
        with pytest.raises(BadNumbers):
            frontier(market(1), points=1)


class TestLevelOf:
    def test_divides_a_hundred_into_ten(self) -> None:
        assert [level_of(risk) for risk in (0, 1, 10, 11, 50, 51, 99, 100)] == [
            1, 1, 1, 2, 5, 6, 10, 10,
        ]  # fmt: skip

    @pytest.mark.parametrize("risk", [-1, 101])
    def test_refuses_what_lies_outside(self, risk: int) -> None:
        with pytest.raises(BadNumbers):
            level_of(risk)


class TestAMarket:
    @pytest.mark.parametrize("bad", [float("nan"), float("inf")])
    def test_is_made_of_finite_numbers(self, bad: float) -> None:
        with pytest.raises(BadNumbers):
            Market(np.array([bad, 0.1]), np.eye(2))

    def test_has_a_symmetric_covariance_of_its_size(self) -> None:
        with pytest.raises(BadNumbers):
            Market(np.zeros(2), np.array([[1.0, 0.5], [0.2, 1.0]]))
        with pytest.raises(BadNumbers):
            Market(np.zeros(3), np.eye(2))
