"""Runs of the load generator against web, with the processor time of each part."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.stage import Web, database_cpu_s
from drills.running import ROOT
from fondaco.project.postgres import Server


@dataclass(frozen=True, slots=True)
class Run:
    """Hold what one run came to."""

    load: dict[str, Any]
    web_cpu_s: float
    database_cpu_s: float

    @property
    def per_second(self) -> float:
        """Give requests per second."""
        return float(self.load["per_second"])

    def cpu_us(self, seconds: float) -> float:
        """Give CPU microseconds per request."""
        return 1e6 * seconds / max(1, int(self.load["answers"]))


def perform(server: Server, running: Web, plan: dict[str, Any]) -> Run:
    """Send what a plan says (see `benchmarks.load`) to web, and give what it came to."""
    with _written({"host": "127.0.0.1", "port": running.port} | plan) as path:
        web_before, database_before = running.cpu_s(), database_cpu_s(server)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.load", str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return Run(
            json.loads(done.stdout),
            running.cpu_s() - web_before,
            database_cpu_s(server) - database_before,
        )


@contextmanager
def _written(plan: dict[str, Any]) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(plan, file)
        file.flush()
        yield Path(file.name)
