"""``fondaco simulate``: the whole platform in virtual time, with faults between any two steps."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

CHECKOUT: Final = Path(__file__).resolve().parents[4]
"""Where the package ``simulation`` lies; an installed platform comes without it, as without its tests."""

app = typer.Typer()


@app.command()
def simulate(
    *,
    seed: Annotated[int, typer.Option(min=0, help="What all choices are drawn from.")] = 1,
    steps: Annotated[int, typer.Option(min=1, help="How many steps to take.")] = 1_000,
    plant: Annotated[str, typer.Option(help="A defect to put in, to see that it is found.")] = "",
) -> None:
    """Run the platform from a seed and check every promise after each step; 1: one is broken."""
    if not (CHECKOUT / "simulation").is_dir():
        raise typer.BadParameter(
            "The simulation is part of the checkout; here is only the platform."
        )
    paths = [str(CHECKOUT / "src"), str(CHECKOUT), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PYTHONHASHSEED": "0",
    }
    command = [sys.executable, "-m", "simulation", "--seed", str(seed), "--steps", str(steps)]
    done = subprocess.run(
        [*command, "--plant", plant] if plant else command, env=environment, check=False
    )
    raise typer.Exit(done.returncode)
