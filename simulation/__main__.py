"""``python -m simulation --seed N --steps M``: run, and say what was found and how to see it again."""

import argparse
import os
import sys
import time
from collections.abc import Iterable
from importlib import import_module
from typing import Final

from rich.console import Console
from rich.progress import track

from simulation.stage import prepared

FOUND: Final = 1
LOGGED: Final = 1_500
"""Letters of the platform's own complaint that are shown."""
_HASH_SEED: Final = "PYTHONHASHSEED"


def main() -> int:
    """Run as the arguments say; gives 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="fondaco simulate", description=__doc__)
    parser.add_argument("--seed", type=int, required=True, help="what all choices are drawn from")
    parser.add_argument("--steps", type=int, required=True, help="how many steps to take")
    parser.add_argument("--plant", default="", help="a defect to put in: see simulation/plants.py")
    asked = parser.parse_args()
    if os.environ.get(_HASH_SEED) != "0":
        # The order of sets must not be chance; it is settled when the interpreter starts.
        os.environ[_HASH_SEED] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "simulation", *sys.argv[1:]])  # noqa: S606 - ourselves
    console = Console(soft_wrap=True, highlight=False, markup=False)
    with prepared() as connection:
        # By name, since it needs Django, which is loaded only now.
        run = import_module("simulation.running").run
        begun = time.perf_counter()

        def progress(numbers: Iterable[int]) -> Iterable[int]:
            quiet = not console.is_terminal
            return track(
                numbers,
                "simulating",
                total=asked.steps,
                console=console,
                transient=True,
                disable=quiet,
            )

        found = run(
            seed=asked.seed,
            steps=asked.steps,
            connection=connection,
            plant=asked.plant,
            progress=progress,
        )
    took_s = time.perf_counter() - begun
    console.print(f"seed {asked.seed}, {found.steps} steps, trace {found.digest}")
    console.print(f"{found.facts}; {found.steps / took_s:.0f} steps/s")
    if not found.complaint:
        console.print("Every promise held after every step.")
        return 0
    console.print(f"\nBroken at step {found.steps}: {found.complaint}\nThe last steps:")
    for line in found.last:
        console.print(f"  {line}")
    if found.logged:
        console.print(f"The platform logged last:\n{found.logged[-LOGGED:]}")
    plant = f" --plant {asked.plant}" if asked.plant else ""
    console.print(f"Again: fondaco simulate --seed {asked.seed} --steps {found.steps}{plant}")
    return FOUND


if __name__ == "__main__":
    sys.exit(main())
