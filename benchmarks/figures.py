"""A table of figures, printed for people and kept as JSON for the page of results."""

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass
class Figures:
    """Collect the rows of one measurement; cells are text, ready to print."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        """Add a row."""
        self.rows.append([show(cell) for cell in cells])

    def note(self, text: str) -> None:
        """Add a line below the table."""
        self.notes.append(text)

    def print(self) -> None:
        """Print the table."""
        console = Console(width=150)
        console.print(f"\n{self.title}")
        table = Table()
        for index, column in enumerate(self.columns):
            table.add_column(column, justify="left" if index == 0 else "right")
        for row in self.rows:
            table.add_row(*row)
        console.print(table)
        for note in self.notes:
            console.print(f"  {note}")

    def markdown(self) -> str:
        """Write the table as Markdown."""
        lines = [f"### {self.title}", "", "| " + " | ".join(self.columns) + " |"]
        lines.append("|---|" + "---:|" * (len(self.columns) - 1))
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join([*lines, "", *(f"* {note}" for note in self.notes), ""])

    def keep(self, folder: Path, name: str) -> None:
        """Write the table as JSON and as Markdown into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        content: dict[str, Any] = {
            "title": self.title,
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows],
            "notes": self.notes,
            "python": platform.python_version(),
        }
        (folder / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")
        (folder / f"{name}.md").write_text(self.markdown())


def show(cell: object) -> str:
    """Write a cell: large figures whole with separators, small ones with what they need."""
    if isinstance(cell, float):
        if abs(cell) >= 100:
            return f"{cell:,.0f}"
        return f"{cell:.2f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
