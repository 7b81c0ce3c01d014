"""Programs that some tests need and a machine may lack: ``@pytest.mark.needs_tool("pgbouncer")``.

A test whose tool is missing is skipped with one line; the run ends by counting them, and CI demands none.
"""

import os
import shutil
from typing import Final

import pytest

_REASON: Final = "missing tool: "
_PLACES: Final = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
"""Debian keeps servers where ordinary users do not look."""
_STAND_INS: Final = {"chromium-headless-shell": "chromium"}
"""Programs that can do all that another one can, at a higher price."""


def find(name: str) -> str | None:
    """Give the path of a program or of its stand-in, or none."""
    names = [name, *filter(None, [_STAND_INS.get(name)])]
    return next(filter(None, (shutil.which(one, path=_PLACES) for one in names)), None)


def skip_if_missing(item: pytest.Item) -> None:
    """Skip a test that needs a program which this machine lacks."""
    for marker in item.iter_markers("needs_tool"):
        if find(marker.args[0]) is None:
            pytest.skip(_REASON + marker.args[0])


def count_skipped(reports: list[pytest.TestReport]) -> int:
    """Count the tests that were skipped for a missing program."""
    return sum(_REASON in str(report.longrepr) for report in reports)


def are_demanded() -> bool:
    """Tell whether this is CI, where no test may be skipped for a missing program."""
    return os.environ.get("CI", "") not in {"", "0", "false"}
