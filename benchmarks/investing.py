"""What advice costs: ten levels of twenty-five assets, and the memory that the engine brings to a process."""

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from benchmarks.figures import Figures
from fondaco.quant.estimates import estimate
from fondaco.quant.levels import make_levels
from fondaco.quant.types import Array

ASSETS: Final = 25
DAYS: Final = 757
_WEIGH: Final = """
import re
def weight():
    return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1])
before = weight()
import fondaco.quant.levels, fondaco.quant.report
print(weight() - before)
"""


def measure(*, rounds: int = 20) -> Figures:
    """Advise on invented prices again and again, and weigh a process that only imports the engine."""
    table = Figures("Advice: ten levels of 25 assets, 756 days", ("what", "milliseconds of CPU"))
    prices = _prices()
    market = estimate(prices)
    make_levels(market, riskless=0.025)  # the first one warms up
    table.add("estimate covariance and means", _cpu_ms(lambda: estimate(prices), rounds))
    table.add("ten levels", _cpu_ms(lambda: make_levels(market, riskless=0.025), rounds))
    weighed = subprocess.run(
        [sys.executable, "-c", _WEIGH], check=True, capture_output=True, text=True
    )
    table.note(f"the engine's import adds {int(weighed.stdout) / 1_024:.1f} MB to a process")
    return table


def _prices() -> Array:
    dice = random.Random(25)
    steps = [
        [dice.gauss(0.0004, 0.01 + place / 2_000) for place in range(ASSETS)] for _ in range(DAYS)
    ]
    return np.asarray(50.0 * np.exp(np.cumsum(steps, axis=0)), dtype=np.float64)


def _cpu_ms(act: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        begun = time.process_time()
        act()
        taken.append((time.process_time() - begun) * 1_000)
    return statistics.median(taken)
