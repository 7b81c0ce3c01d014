"""``make drill``: every test that is marked as a drill, in its long form, and a table of what came of it."""

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from rich.console import Console

from benchmarks.figures import Figures
from drills.running import ROOT

RESULTS: Final = ROOT / "var" / "drills"


class Recorder:
    """Note what each drill came to; drills tell their facts with ``record_property``."""

    def __init__(self) -> None:
        """Begin an empty table."""
        scale = os.environ["DRILL_SCALE"]
        self.table = Figures(f"Drills at scale {scale}", ("drill", "result", "seconds", "facts"))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the row of a drill that has run."""
        if report.when != "call" and report.passed:
            return
        facts = ", ".join(f"{name} {value}" for name, value in report.user_properties)
        name = report.nodeid.split("::", 1)[1].replace("::", " ")
        self.table.add(name, report.outcome, report.duration, facts)


def main() -> int:
    """Run all drills one after the other; the exit code is pytest's."""
    os.environ.setdefault("DRILL_SCALE", "1")
    recorder = Recorder()
    options = [
        "-m",
        "drill",
        "-n0",
        "-p",
        "no:randomly",
        "--timeout=7200",
        *sys.argv[1:],
    ]
    code = pytest.main(
        [str(ROOT / "drills"), str(ROOT / "src"), str(ROOT / "tests"), *options],
        [recorder],
    )
    recorder.table.note(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, {os.cpu_count()} cores"
    )
    recorder.table.print()
    recorder.table.keep(Path(RESULTS), "drills")
    Console().print(f"kept in {RESULTS.relative_to(ROOT)}")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
