"""Write the generated parts of the documents anew: state diagrams and tables of operations.

A page marks the place. Below ``<!-- states: fondaco.orders.states:ORDER_LIFE -->`` stands the table of moves
as a Mermaid diagram; below ``<!-- operations: wallets, charges -->`` stand the operations with these tags in
``docs/openapi.json``. ``make fix`` runs it; a test fails while a page differs.
"""

import importlib
import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import django

ROOT: Final = Path(__file__).resolve().parents[1]
_STATES: Final = re.compile(
    r"(<!-- states: (?P<module>[\w.]+):(?P<name>\w+) -->\n\n)```mermaid\n.*?```\n", re.DOTALL
)
_OPERATIONS: Final = re.compile(r"(<!-- operations: (?P<tags>[^>]+) -->\n\n)(?:\|.*\n)*")
_HEAD: Final = "| operation | what it does |\n|---|---|\n"


def drawn(text: str) -> str:
    """Give the page's text with each generated part as the code has it now."""
    return _OPERATIONS.sub(_table, _STATES.sub(_diagram, text))


def pages() -> list[Path]:
    """Give the pages that have generated parts."""
    found = sorted((ROOT / "docs").rglob("*.md"))
    return [page for page in found if re.search(r"<!-- (states|operations): ", page.read_text())]


def main() -> None:
    """Rewrite each page that differs from the code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.project.settings")
    django.setup()
    for page in pages():
        page.write_text(drawn(page.read_text()))


def _diagram(match: re.Match[str]) -> str:
    life: Any = getattr(importlib.import_module(match["module"]), match["name"])
    return f"{match[1]}```mermaid\n{life.mermaid()}```\n"


def _table(match: re.Match[str]) -> str:
    tags = {tag.strip() for tag in match["tags"].split(",")}
    rows = [
        f"| `{verb.upper()} {path.removeprefix('/api/v1')}` | {_says(operation)} |\n"
        for path, item in _document()["paths"].items()
        for verb, operation in item.items()
        if tags & set(operation.get("tags", ()))
    ]
    return match[1] + _HEAD + "".join(rows)


def _says(operation: dict[str, Any]) -> str:
    """Give the operation's first sentence, without the full stop."""
    text = operation.get("description") or operation["summary"]
    return str(text).split("\n")[0].rstrip(".").replace("|", "\\|")


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / "docs" / "openapi.json").read_text())
    return document


if __name__ == "__main__":
    main()
