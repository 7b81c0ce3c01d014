"""Figures of risk against numbers that can be counted by hand."""

import numpy as np
import pytest

from fondaco.quant.errors import BadNumbers
from fondaco.quant.risk import (
    contributions,
    drawdown,
    expected_shortfall,
    portfolio_returns,
    statistics,
    value_at_risk,
)
from fondaco.quant.tests.markets import market
from fondaco.quant.types import Market

HUNDRED = np.arange(-10, 90) / 1000  # losses of 1.0 %, 0.9 %, … and then gains


class TestValueAtRisk:
    def test_is_the_loss_that_one_day_in_twenty_passes_at_most(self) -> None:
        assert value_at_risk(np.random.default_rng(1).permutation(HUNDRED)) == pytest.approx(0.006)
        assert (value_at_risk(HUNDRED) < -HUNDRED).sum() < 0.05 * len(HUNDRED)

    def test_is_the_worst_day_where_there_are_few(self) -> None:
        assert value_at_risk(np.array([0.01, -0.03, 0.02])) == pytest.approx(0.03)

    def test_is_nothing_where_nothing_was_ever_lost(self) -> None:
        assert value_at_risk(np.full(50, 0.01)) == 0.0

    def test_is_no_sharpe_ratio(self) -> None:
        found = statistics(HUNDRED, riskless=0.025)
        louder = statistics(HUNDRED * 2, riskless=0.0)
        assert found.value_at_risk != pytest.approx(found.sharpe, rel=0.5)
        # A bet twice as large loses twice as much; its Sharpe ratio stays what it was.
        assert louder.value_at_risk == pytest.approx(2 * found.value_at_risk)
        assert louder.sharpe == pytest.approx(statistics(HUNDRED, riskless=0.0).sharpe)

    def test_does_not_depend_on_the_riskless_rate(self) -> None:
        one, other = (statistics(HUNDRED, riskless=rate) for rate in (0.0, 0.1))
        assert one.value_at_risk == other.value_at_risk
        assert one.sharpe > other.sharpe


class TestExpectedShortfall:
    def test_is_the_mean_of_the_worst_twentieth(self) -> None:
        assert expected_shortfall(HUNDRED) == pytest.approx((10 + 9 + 8 + 7 + 6) / 5 / 1000)

    @pytest.mark.parametrize("seed", range(8))
    def test_is_never_less_than_the_value_at_risk(self, seed: int) -> None:
        daily = np.random.default_rng(seed).standard_t(3, 300) / 100
        assert expected_shortfall(daily) >= value_at_risk(daily)


class TestDrawdown:
    def test_is_the_deepest_fall_from_a_peak(self) -> None:
        assert drawdown(np.array([1.0, -0.5, 0.2, 0.0, -0.5, 3.0])) == pytest.approx(0.7)

    def test_counts_a_fall_from_the_beginning(self) -> None:
        assert drawdown(np.array([-0.25, 0.1])) == pytest.approx(0.25)

    def test_is_nothing_while_all_goes_up(self) -> None:
        assert drawdown(np.array([0.1, 0.2])) == 0.0


class TestStatistics:
    def test_are_per_year(self) -> None:
        found = statistics(np.array([0.01, -0.01, 0.02, 0.0]), riskless=0.02)
        assert found.mean == pytest.approx(0.005 * 252)
        assert found.volatility == pytest.approx(np.sqrt(0.0005 / 3 * 252))
        assert found.sharpe == pytest.approx((found.mean - 0.02) / found.volatility)

    def test_of_what_never_moves_have_no_ratio(self) -> None:
        assert statistics(np.zeros(5), riskless=0.02).sharpe == 0.0

    def test_need_two_days(self) -> None:
        with pytest.raises(BadNumbers):
            statistics(np.array([0.1]), riskless=0.0)


class TestPortfolioReturns:
    def test_are_weighed(self) -> None:
        found = portfolio_returns(np.array([[0.1, 0.0], [0.0, 0.2]]), np.array([0.25, 0.75]))
        assert found == pytest.approx([0.025, 0.15])

    def test_refuse_what_does_not_fit(self) -> None:
        with pytest.raises(BadNumbers):
            portfolio_returns(np.zeros((3, 2)), np.ones(3))
        with pytest.raises(BadNumbers):
            portfolio_returns(np.full((3, 2), np.nan), np.ones(2))


class TestContributions:
    @pytest.mark.parametrize("seed", range(6))
    def test_sum_to_the_volatility(self, seed: int) -> None:
        made = market(seed)
        weights = np.random.default_rng(seed).dirichlet(np.ones(made.size))
        whole = np.sqrt(weights @ made.covariance @ weights)
        assert contributions(weights, made).sum() == pytest.approx(whole)

    def test_are_what_a_little_more_of_an_asset_adds(self) -> None:
        made, weights, little = market(2), np.full(6, 1 / 6), 1e-6

        def volatility(of: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
            return float(np.sqrt(of @ made.covariance @ of))

        more = weights.copy()
        more[3] += little
        slope = (volatility(more) - volatility(weights)) / little
        assert contributions(weights, made)[3] == pytest.approx(weights[3] * slope, rel=1e-4)

    def test_are_nothing_where_there_is_no_risk(self) -> None:
        assert not contributions(np.ones(1), Market(np.zeros(1), np.zeros((1, 1)))).any()
