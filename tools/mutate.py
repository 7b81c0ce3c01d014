"""Change the ledger's rules on purpose, one place at a time, and see whether a test notices.

``make mutate`` has mutmut make the changes, in a copy below ``mutants``, and run the tests that need no
database. What no test notices must stand in the table of ``docs/reliability.md`` with the reason why nothing
could; everything else is printed, and the run ends with 1.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "reliability.md"
_MUTMUT: Final = str(Path(sys.executable).with_name("mutmut"))
_ROW: Final = re.compile(r"^\| `(?P<function>\w+)` \| `(?P<line>.+?)` \| .+ \|$", re.MULTILINE)
_CLASS_MARK: Final = "ǁ"
"""What mutmut puts between a class and its method."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """Name a change: where it is, and the line that it makes."""

    function: str
    line: str


def main() -> int:
    """Run mutmut as the arguments say; gives 1 when a change went unnoticed that should not."""
    subprocess.run([_MUTMUT, "run", *sys.argv[1:]], cwd=ROOT, check=False)
    allowed, unnoticed = equivalents(), survivors()
    for mutant in unnoticed:
        if mutant not in allowed:
            print(f"{mutant.function}: {mutant.line}")
    if any(mutant not in allowed for mutant in unnoticed):
        print("These changes went unnoticed: write the test that notices.")
        return 1
    print(f"Every change was noticed, but for {len(unnoticed)} that change nothing.")
    return 0


def equivalents() -> set[Mutant]:
    """Give the changes of which the page says why nothing can notice them."""
    rows = _ROW.finditer(PAGE.read_text(encoding="utf-8"))
    return {Mutant(row["function"], row["line"].replace(r"\|", "|")) for row in rows}


def survivors() -> list[Mutant]:
    """Give what the last run left unnoticed, or could not try.

    :raises SystemExit: nothing was tried at all
    """
    told = _mutmut("results", "--all", "true")
    states = dict(re.findall(r"^\s*(\S+): (.+)$", told, re.MULTILINE))
    if not states:
        sys.exit("mutmut tried nothing; do its tests pass without a change?")
    return [
        Mutant(_function(name), _new_line(name))
        for name, state in states.items()
        if state not in {"killed", "timeout"}
    ]


def _function(name: str) -> str:
    plain = name.rpartition(".")[2].rpartition("__mutmut_")[0]
    return plain.rpartition(_CLASS_MARK)[2] if _CLASS_MARK in plain else plain.removeprefix("x_")


def _new_line(name: str) -> str:
    """Give what the change wrote; a line that it took away begins with a minus."""
    lines = _mutmut("show", name).splitlines()
    written = [line[1:].strip() for line in lines if re.match(r"\+(?!\+\+ )", line)]
    return " ".join(written) or "-"


def _mutmut(*arguments: str) -> str:
    done = subprocess.run(
        [_MUTMUT, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
