"""What the whole platform takes: memory at rest, and the time until it is ready."""

import tempfile
import time
from pathlib import Path
from typing import Final

import psutil

from benchmarks.figures import Figures
from drills.running import Platform

_SETTLE_S: Final = 20
"""Long enough for the first periodic jobs to have run."""


def measure() -> Figures:
    """Start the platform on new data, let it rest, weigh it, and start it again."""
    table = Figures("The whole platform at rest", ("what", "MB (PSS)"))
    with tempfile.TemporaryDirectory(prefix="fondaco-footprint-") as folder:
        platform = Platform(Path(folder))
        first_s = platform.start()
        try:
            time.sleep(_SETTLE_S)
            weights = [(_name(one), _pss_mb(one)) for one in platform.processes()]
        finally:
            platform.stop()
        again_s = platform.start()
        stop_s = platform.stop()
    for name in dict.fromkeys(name for name, _ in weights):
        table.add(name, sum(weight for other, weight in weights if other == name))
    table.add("all", sum(weight for _, weight in weights))
    table.note(f"first start, database made and migrated: ready after {first_s:.1f} s")
    table.note(f"second start: ready after {again_s:.1f} s; stop: {stop_s:.1f} s")
    return table


def _name(process: psutil.Process) -> str:
    words = " ".join(process.cmdline()).split()  # a fork's title is one text with room behind it
    if process.name().startswith("postgres"):
        return "PostgreSQL"
    for part in ("web", "worker", "realtime", "sandbox"):
        if part in words:
            return part
    return "supervisor"


def _pss_mb(process: psutil.Process) -> float:
    return float(process.memory_full_info().pss) / 1e6
