"""The interpreter as web processes have it, in a process of its own: it is changed for good."""

import subprocess
import sys

TRY = """
import gc, sys
from fondaco.kit import tuning
tuning.tune()
assert round(sys.getswitchinterval(), 3) == tuning.SWITCH_INTERVAL_S
assert gc.get_threshold()[0] == tuning.COLLECT_AFTER
assert gc.get_freeze_count() > 0
assert gc.isenabled()
"""

LOAD = """
import gc
from fondaco.kit import tuning
try:
    with tuning.loading():
        assert not gc.isenabled()
        raise ImportError
except ImportError:
    pass
assert gc.isenabled()
frozen = gc.get_freeze_count()
assert frozen > 0
gc.disable()
kept = [[] for _ in range(100)]
with tuning.loading():
    pass
assert not gc.isenabled()
assert gc.get_freeze_count() > frozen
"""


def run(program: str) -> None:
    """Run a program in a process of its own; it must not fail."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_is_what_it_says() -> None:
    run(TRY)


def test_collects_nothing_while_modules_are_loaded_and_leaves_them_alone_later() -> None:
    run(LOAD)
