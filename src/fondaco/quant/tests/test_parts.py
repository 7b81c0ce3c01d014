"""Weights become integers that sum to the whole, and the engine stays as light as it is said to be."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, strategies as st

from fondaco.quant.allocation import PARTS
from fondaco.quant.errors import BadNumbers
from fondaco.quant.parts import to_parts

MEGABYTES_MAX = 40
LOAD = """
import resource, sys
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
import fondaco.quant.frontier, fondaco.quant.risk
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
print([name for name in ("django", "scipy", "pandas") if name in sys.modules])
"""


class TestToParts:
    @given(st.lists(st.floats(0, 1), min_size=1, max_size=30).filter(lambda raw: sum(raw) > 1e-3))
    def test_sums_to_the_whole_and_moves_no_weight_by_more_than_a_part(
        self, raw: list[float]
    ) -> None:
        weights = np.array(raw) / sum(raw)
        parts = to_parts(weights)
        assert sum(parts) == PARTS
        assert all(abs(p - w * PARTS) <= 1 + 1e-6 for p, w in zip(parts, weights, strict=True))

    def test_makes_a_hundred_of_three_thirds(self) -> None:
        assert to_parts(np.full(3, 1 / 3)) == (333_334, 333_333, 333_333)

    @pytest.mark.parametrize(
        "bad", [[0.5, 0.7], [1.5, -0.5], [float("nan"), 1.0], [float("inf"), 0.0], [0.2]]
    )
    def test_refuses_what_is_no_portfolio(self, bad: list[float]) -> None:
        with pytest.raises(BadNumbers):
            to_parts(np.array(bad))


class TestTheEngine:
    def test_costs_a_process_less_than_forty_megabytes_and_loads_nothing_else(self) -> None:
        told = subprocess.run(
            [sys.executable, "-c", LOAD], capture_output=True, check=True, text=True
        ).stdout.splitlines()
        assert int(told[0]) < MEGABYTES_MAX
        assert told[1] == "[]"
