"""The project's Python files, parsed once."""

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PLACES: Final = ("src", "tests", "tools", "benchmarks", "drills", "sandbox", "simulation")

_TOLD_APART: Final = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Call,
    ast.Expr,
)


@dataclass(frozen=True)
class Source:
    """Hold one Python file."""

    path: Path

    @cached_property
    def text(self) -> str:
        """Give its text."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """Give it parsed."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Give the parts that rules are about, so that a file is walked through once."""
        return [node for node in ast.walk(self.tree) if isinstance(node, _TOLD_APART)]

    def forget(self) -> None:
        """Keep nothing of what was parsed: a million objects would slow down every test that follows."""
        for name in ("tree", "nodes"):
            self.__dict__.pop(name, None)

    @property
    def code_lines(self) -> int:
        """Count the lines that hold code: explaining it more never makes a file too long."""
        told: set[int] = set()
        for node in self.nodes:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                told.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        return sum(
            1
            for number, line in enumerate(self.text.splitlines(), 1)
            if line.strip() and not line.lstrip().startswith("#") and number not in told
        )

    @property
    def place(self) -> str:
        """Give its path as messages show it."""
        return str(self.path.relative_to(ROOT))

    @property
    def is_test(self) -> bool:
        """Tell whether it belongs to the tests."""
        return "tests" in self.path.parts or self.path.name == "conftest.py"


def is_generated(path: Path) -> bool:
    """Tell whether a file is a migration, which Django writes."""
    return "migrations" in path.parts


def all_sources() -> list[Source]:
    """Give every Python file that people write."""
    found = [ROOT / "conftest.py"]
    for place in PLACES:
        found += sorted((ROOT / place).rglob("*.py"))
    return [Source(path) for path in found if not is_generated(path)]


SOURCES: Final = all_sources()
