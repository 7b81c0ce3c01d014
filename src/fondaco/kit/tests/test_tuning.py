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


def test_is_what_it_says() -> None:
    done = subprocess.run([sys.executable, "-c", TRY], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
