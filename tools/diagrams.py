"""Draw the state diagrams in the documents anew, from the tables of moves in the code.

A page marks the place with ``<!-- states: fondaco.orders.states:ORDER_LIFE -->``; the Mermaid block below the
mark is replaced. Run ``python -m tools.diagrams``; a test fails while a page differs.
"""

import importlib
import os
import re
from pathlib import Path
from typing import Any, Final

import django

ROOT: Final = Path(__file__).resolve().parents[1]
MARK: Final = re.compile(
    r"(<!-- states: (?P<module>[\w.]+):(?P<name>\w+) -->\n\n)```mermaid\n.*?```\n", re.DOTALL
)


def drawn(text: str) -> str:
    """Give the page's text with each diagram as the code has it now."""
    return MARK.sub(_block, text)


def pages() -> list[Path]:
    """Give the pages that have diagrams."""
    return [page for page in sorted((ROOT / "docs").rglob("*.md")) if MARK.search(page.read_text())]


def main() -> None:
    """Rewrite each page that differs from the code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.project.settings")
    django.setup()
    for page in pages():
        page.write_text(drawn(page.read_text()))


def _block(match: re.Match[str]) -> str:
    life: Any = getattr(importlib.import_module(match["module"]), match["name"])
    return f"{match[1]}```mermaid\n{life.mermaid()}```\n"


if __name__ == "__main__":
    main()
