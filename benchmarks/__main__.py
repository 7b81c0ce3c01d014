"""``make bench``: measure, print the tables, and keep them in ``var/benchmarks``.

``python -m benchmarks [name …] [--seconds N] [--quick] [--large]``; without names everything runs.
"""

import argparse
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Final

from benchmarks.figures import Figures
from benchmarks.stage import LOG_MB, database
from drills.running import ROOT

_NAMES: Final = (
    "ledger",
    "charges",
    "bulk",
    "footprint",
    "indexes",
    "auth",
    "investing",
    "events",
    "realtime",
    "policies",
    "console",
    "market",
    "exchange",
)
_LOG_MB: Final = {"ledger": 8192}
"""What a run writes to the database's log, about, where that is much."""
RESULTS: Final = ROOT / "var" / "benchmarks"


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="name",
        help=f"of {', '.join(_NAMES)}; all by default",
    )
    parser.add_argument("--seconds", type=float, default=10, help="length of each HTTP run")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="few people and short runs, to see that it works",
    )
    parser.add_argument(
        "--large",
        action="store_true",
        help="ledger: grow the table to ten million rows, which takes some minutes",
    )
    asked = parser.parse_args()
    unknown = set(asked.names) - set(_NAMES)
    if unknown:
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    for name in asked.names or _NAMES:
        if len(asked.names) == 1:
            _measure(name, asked)
        else:
            # each in a process of its own, since each loads Django for a database of its own
            subprocess.run([sys.executable, "-m", "benchmarks", name, *_options(asked)], check=True)


def _options(asked: argparse.Namespace) -> list[str]:
    return [
        f"--seconds={asked.seconds}",
        *(f"--{name}" for name in ("quick", "large") if getattr(asked, name)),
    ]


def _measure(name: str, asked: argparse.Namespace) -> None:
    if name in {"footprint", "investing"}:  # they need no database
        _keep(name, [import_module(f"benchmarks.{name}").measure()])
        return
    with (
        tempfile.TemporaryDirectory(prefix=f"fondaco-{name}-") as folder,
        database(
            _opened(folder),
            log_mb=0 if asked.quick else _LOG_MB.get(name, LOG_MB),
            FONDACO_RATE_CHARGES_PER_SECOND="100000",
        ) as server,
    ):
        # imported only now that Django is loaded
        measure = import_module(f"benchmarks.{name}").measure
        more = {"large": asked.large} if name == "ledger" else {}
        seconds = 2 if asked.quick else asked.seconds
        _keep(name, measure(server, seconds=seconds, quick=asked.quick, **more))


def _opened(folder: str) -> Path:
    """Let the database's own account pass: the folder is ours, and is removed at the end."""
    path = Path(folder)
    path.chmod(0o755)
    return path


def _keep(name: str, tables: list[Figures]) -> None:
    for number, table in enumerate(tables):
        table.print()
        table.keep(RESULTS, f"{name}-{number}" if number else name)


if __name__ == "__main__":
    main()
