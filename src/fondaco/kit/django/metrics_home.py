"""Where the processes of one machine keep their metrics, so that one of them can give the sum.

The client library decides on import, by an environment variable, whether it counts in memory or in files that
all processes share. So this module imports nothing of it, and ``prepare`` runs before anything that does.
"""

import os
from pathlib import Path
from typing import Final

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"


def prepare(folder: Path) -> None:
    """Have this process and its children count in the folder.

    Counts of processes that ended stay, as they must in a sum; ``clear`` drops them when a whole group of
    processes starts anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[VARIABLE] = str(folder.resolve())


def clear(folder: Path) -> None:
    """Drop all counts; only while no process uses the folder."""
    for path in folder.glob("*.db"):
        path.unlink(missing_ok=True)


def folder_in_use() -> Path | None:
    """Give the folder of this process, or none when it counts in memory."""
    value = os.environ.get(VARIABLE)
    return Path(value) if value else None
