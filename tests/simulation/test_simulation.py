"""The whole platform in virtual time: promises hold, a seed repeats a run, and planted defects are found."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from drills.scale import SCALE, scaled

ROOT = Path(__file__).parents[2]
BUDGET = scaled(5_000, at_least=200)
"""Steps of each run of the suite."""
LONG = pytest.mark.skipif(SCALE < 1, reason="only in the long form: make drill")


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
    def test_keeps_every_promise_after_every_step(
        self, record_property: Callable[[str, object], None]
    ) -> None:
        done = simulate(seed=1, steps=BUDGET)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Every promise held after every step." in done.stdout
        record_property("steps", BUDGET)


@pytest.mark.drill
@pytest.mark.timeout(600)
class TestAPlantedDefect:
    def test_is_found_and_the_seed_shows_it_again(self) -> None:
        first, again = (simulate(seed=3, steps=400, plant="ignore-versions") for _ in range(2))
        assert first.returncode == 1, first.stdout + first.stderr
        found = re.search(r"Broken at step (\d+): Violation: .* its transfers give", first.stdout)
        assert found, first.stdout
        command = f"fondaco simulate --seed 3 --steps {found[1]} --plant ignore-versions"
        assert f"Again: {command}" in first.stdout
        assert trace_of(again) == trace_of(first)

    @pytest.mark.parametrize(
        ("plant", "complaint"),
        [
            ("forget-keys", "done twice|instead of|not marked as a replay"),
            pytest.param("tell-twice", "was heard", marks=LONG),
            pytest.param("overdraw", "model expects|below its floor", marks=LONG),
        ],
    )
    def test_is_told_apart_from_others(self, plant: str, complaint: str) -> None:
        done = simulate(seed=3, steps=400, plant=plant)
        assert done.returncode == 1, done.stdout + done.stderr
        assert re.search(rf"Broken at step \d+: .*({complaint})", done.stdout), done.stdout
