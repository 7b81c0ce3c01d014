"""The whole platform in virtual time: promises hold, a seed repeats a run, and planted defects are found."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from drills.scale import scaled

ROOT = Path(__file__).parents[2]
BUDGET = scaled(6_000, at_least=250)
"""Steps of each run of the suite."""


def simulate(*, seed: int, steps: int, plant: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "fondaco", "simulate", "--seed", str(seed)]
    more = ["--plant", plant] if plant else []
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("FONDACO_", "DATABASE_"))
    }
    return subprocess.run(
        [*command, "--steps", str(steps), *more],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


def trace_of(done: "subprocess.CompletedProcess[str]") -> str:
    found = re.search(r"trace ([0-9a-f]{16})", done.stdout)
    assert found, done.stdout + done.stderr
    return found[1]


@pytest.mark.drill
@pytest.mark.timeout(3600)
class TestSimulation:
    def test_keeps_every_promise_after_every_step(self, record_property: object) -> None:
        done = simulate(seed=1, steps=BUDGET)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Every promise held after every step." in done.stdout
        assert callable(record_property)
        record_property("steps", BUDGET)


@pytest.mark.timeout(600)
class TestSeed:
    def test_makes_the_same_run_again_and_another_one_makes_another(self) -> None:
        first, again, other = (trace_of(simulate(seed=n, steps=40)) for n in (7, 7, 8))
        assert first == again
        assert first != other


@pytest.mark.timeout(600)
class TestPlantedDefects:
    @pytest.mark.parametrize(
        ("plant", "complaint"),
        [
            ("forget-keys", "done twice|instead of|not marked as a replay"),
            ("ignore-versions", "its transfers give"),
            ("tell-twice", "was heard"),
            ("overdraw", "model expects|below its floor"),
        ],
    )
    def test_are_found_and_can_be_replayed(self, plant: str, complaint: str) -> None:
        done = simulate(seed=3, steps=400, plant=plant)
        assert done.returncode == 1, done.stdout + done.stderr
        assert re.search(rf"Broken at step \d+: .*({complaint})", done.stdout), done.stdout
        assert "Again: fondaco simulate --seed 3 --steps " in done.stdout
