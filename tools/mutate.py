"""Change the code of money on purpose, one place at a time, and see whether a test notices.

``make mutate`` walks through the modules below; a change that no test notices is printed, and the run ends
with 1. Each change is made in a copy of the sources, so that a run that is stopped leaves nothing behind.
"""

import ast
import copy
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.progress import track

ROOT: Final = Path(__file__).resolve().parents[1]
MODULES: Final = {
    "src/fondaco/money/amounts.py": "src/fondaco/money",
    "src/fondaco/money/rounding.py": "src/fondaco/money",
    "src/fondaco/money/assets.py": "src/fondaco/money",
    "src/fondaco/ledger/engine.py": "src/fondaco/ledger/tests tests/scenarios",
}
"""Module → the tests that should notice."""

_SWAPS: Final[dict[type[ast.AST], type[ast.AST]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
_TIMEOUT_S: Final = 300


def mutants(source: str) -> Iterator[tuple[int, str, str]]:
    """Give line, description and text of each changed version of a module."""
    tree = ast.parse(source)
    count = sum(1 for _ in _places(tree))
    for number in range(count):
        changed = copy.deepcopy(tree)
        holder, field, index = list(_places(changed))[number]
        old = getattr(holder, field) if index is None else getattr(holder, field)[index]
        new = _SWAPS[type(old)]()
        if index is None:
            setattr(holder, field, new)
        else:
            getattr(holder, field)[index] = new
        words = f"{type(old).__name__} → {type(new).__name__}"
        yield getattr(holder, "lineno", 0), words, ast.unparse(changed)


def main() -> None:
    """Try all changes, those of modules whose path contains an argument if there are any."""
    chosen = [name for name in MODULES if not sys.argv[1:] or any(a in name for a in sys.argv[1:])]
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "checkout"
        shutil.copytree(
            ROOT, copied, ignore=shutil.ignore_patterns(".git", ".venv", "var", ".*_cache")
        )
        (copied / "var").symlink_to(ROOT / "var")  # the database that is there already serves
        for name in chosen:
            target = copied / name
            original = target.read_text(encoding="utf-8")
            if not _passes(copied, MODULES[name]):
                sys.exit(f"The tests of {name} fail before anything is changed.")
            for line, words, text in track(list(mutants(original)), description=name):
                target.write_text(text, encoding="utf-8")
                if _passes(copied, MODULES[name]):
                    survivors.append(f"{name}:{line}: {words}")
            target.write_text(original, encoding="utf-8")
    for one in survivors:
        print(one)
    if survivors:
        sys.exit(f"{len(survivors)} changes went unnoticed.")
    print("Every change was noticed.")


def _places(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Find what can be swapped: the operator's holder, its field, and its number in a list."""
    for node in ast.walk(tree):
        for field in ("op", "ops"):
            value = getattr(node, field, None)
            if isinstance(value, list):
                yield from ((node, field, i) for i, one in enumerate(value) if type(one) in _SWAPS)
            elif type(value) in _SWAPS:
                yield node, field, None


def _passes(checkout: Path, tests: str) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests.split()]
    environment = {
        **os.environ,
        "PYTHONPATH": str(checkout / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    try:
        done = subprocess.run(
            command,
            cwd=checkout,
            env=environment,
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        return False  # an endless loop is noticed, too
    return done.returncode == 0


if __name__ == "__main__":
    main()
