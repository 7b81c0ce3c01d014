"""The frontier beside two optimisers of other people, and beside what came true from 1994 to 2022.

Both get our covariance and means. Where the variance is strictly convex there is one best portfolio, so all
three have to find it. They are development dependencies; nothing of ours needs them.
"""

import warnings
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fondaco.instruments.demo_data import closes
from fondaco.quant.estimates import DAYS_A_YEAR, estimate, returns_of
from fondaco.quant.frontier import frontier, min_variance
from fondaco.quant.levels import make_levels
from fondaco.quant.report import nearest_level, report
from fondaco.quant.scale import NAMES, level_named, risk_of
from fondaco.quant.types import Array, Market

CAP = 0.25
POINTS = (0, 2, 5, 8)
"""The last point lies in a corner, where the variance has no say."""


def load(name: str) -> ModuleType:
    """Import a package whose own code warns of its own future."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module(name)


@pytest.fixture(scope="module")
def prices() -> Array:
    _, _, table = closes("sp500_dataset")
    return np.array(table, dtype=np.float64)


@pytest.fixture(scope="module")
def market(prices: Array) -> Market:
    return estimate(prices[-757:])


@pytest.mark.filterwarnings("ignore")
class TestTheFrontier:
    @pytest.mark.parametrize("place", POINTS)
    def test_is_that_of_pyportfolioopt(self, market: Market, place: int) -> None:
        point = frontier(market, cap=CAP)[place]
        pypfopt = load("pypfopt")
        judge = pypfopt.EfficientFrontier(
            market.means, market.covariance, weight_bounds=(0, CAP), solver="CLARABEL"
        )
        found = judge.min_volatility() if place == 0 else judge.efficient_return(point.mean)
        assert np.abs(np.array(list(found.values())) - point.weights).max() < 1e-4

    @pytest.mark.parametrize("place", POINTS)
    def test_is_that_of_skfolio(self, market: Market, prices: Array, place: int) -> None:
        point = frontier(market, cap=CAP)[place]
        moments, prior, optimization = (
            load(f"skfolio.{name}") for name in ("moments", "prior", "optimization")
        )

        class Means(moments.BaseMu):  # type: ignore[misc, name-defined]  # the judge has no types
            def __init__(self, told: Any = None) -> None:
                self.told = told

            def fit(self, X: Any, y: Any = None) -> Any:  # noqa: N803 - the judge's names
                self.mu_ = np.asarray(self.told)
                return self

        class Covariance(moments.BaseCovariance):  # type: ignore[misc, name-defined]  # likewise
            def __init__(self, told: Any = None) -> None:
                super().__init__(nearest=False)
                self.told = told

            def fit(self, X: Any, y: Any = None) -> Any:  # noqa: N803 - the judge's names
                self.covariance_ = np.asarray(self.told)
                return self

        judge = optimization.MeanRisk(
            max_weights=CAP,
            min_return=None if place == 0 else point.mean / DAYS_A_YEAR,
            solver="CLARABEL",
            prior_estimator=prior.EmpiricalPrior(
                mu_estimator=Means(told=market.means / DAYS_A_YEAR),
                covariance_estimator=Covariance(told=market.covariance / DAYS_A_YEAR),
            ),
        )
        judge.fit(returns_of(prices[-757:]))
        assert np.abs(judge.weights_ - point.weights).max() < 1e-4


class TestTheLevels:
    def test_never_lose_volatility_on_the_way_up(self, prices: Array) -> None:
        for end in range(1_000, len(prices), 500):
            levels = make_levels(estimate(prices[end - 757 : end]), riskless=0.025)
            assert [one.level for one in levels] == list(range(1, 11))
            risks = [one.volatility for one in levels]
            assert risks == sorted(risks)
            for one in levels:
                assert abs(float(one.weights.sum()) + one.cash - 1) < 1e-12
                assert (one.weights >= 0).all()

    def test_are_the_same_bit_for_bit_each_time(self, prices: Array) -> None:
        first, second = (
            make_levels(estimate(prices[-757:].copy()), riskless=0.025) for _ in range(2)
        )
        for one, other in zip(first, second, strict=True):
            assert one.weights.tobytes() == other.weights.tobytes()
            assert (one.mean, one.volatility) == (other.mean, other.volatility)

    def test_took_more_risk_the_higher_they_are_in_each_year_since_1994(
        self, prices: Array
    ) -> None:
        """Each year with what was known at its begin: 1,000 days, then 252 days held, brought back daily."""
        returns = returns_of(prices)
        came_true: list[list[Array]] = [[] for _ in NAMES]
        for begin in range(1_008, len(returns) - 251, 252):
            points = frontier(estimate(prices[begin - 1_000 : begin + 1]), cap=CAP)
            for place, point in enumerate(points):
                came_true[place].append(returns[begin : begin + 252] @ point.weights)
        risks = [float(np.concatenate(one).std(ddof=1)) for one in came_true]
        assert risks == sorted(risks)
        assert len(set(risks)) == len(risks)
        assert risks[-1] / risks[0] > 1.5

    def test_have_words(self) -> None:
        assert [risk_of(level_named(name)) for name in NAMES] == list(range(10, 101, 10))
        with pytest.raises(ValueError, match="not in"):
            level_named("reckless")


class TestTheReport:
    def test_gives_a_value_at_risk_and_not_a_sharpe_ratio(
        self, market: Market, prices: Array
    ) -> None:
        weights = min_variance(market, cap=CAP).weights
        returns = returns_of(prices[-757:])
        told = report(market, returns, weights, riskless=0.025)
        worse = (returns @ weights < -told.value_at_risk).sum()
        assert worse == int(0.05 * len(returns)) - 1
        assert told.value_at_risk > 0
        assert told.expected_shortfall >= told.value_at_risk
        assert told.sharpe == (told.mean - 0.025) / told.volatility
        assert abs(told.value_at_risk - told.sharpe) > 0.01
        assert abs(float(told.contributions.sum()) - 1) < 1e-9

    def test_counts_what_is_missing_as_cash(self, market: Market, prices: Array) -> None:
        weights = min_variance(market, cap=CAP).weights
        returns = returns_of(prices[-757:])
        whole = report(market, returns, weights, riskless=0.025)
        half = report(market, returns, weights / 2, riskless=0.025)
        assert abs(half.volatility - whole.volatility / 2) < 1e-12
        assert abs(half.mean - (whole.mean + 0.025) / 2) < 1e-12
        nothing = report(market, returns, weights * 0, riskless=0.025)
        assert (nothing.volatility, nothing.sharpe) == (0, 0)

    def test_finds_the_level_that_is_nearest(self, market: Market) -> None:
        levels = make_levels(market, riskless=0.025)
        assert [nearest_level(levels, one.volatility) for one in levels] == list(range(1, 11))
        assert nearest_level(levels, 0) == 1
