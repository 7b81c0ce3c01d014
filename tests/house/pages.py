"""What the project's Markdown pages name: tables, links, commands, settings and endpoints."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
API: Final = "/api/v1"
VERBS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")

_CODE = re.compile(r"`([^`\n]+)`")
_ENDPOINT = re.compile(rf"^({'|'.join(VERBS)}) (/[^\s?…]*)")
_PARAMETER = re.compile(r"\{[^}]*\}")


def pages() -> list[Path]:
    """Give every Markdown page of the project."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def codes(text: str) -> list[str]:
    """Give what stands between single back-ticks, fenced blocks left out."""
    return _CODE.findall(without_fences(text))


def without_fences(text: str) -> str:
    """Drop fenced blocks, which show whole commands and answers."""
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def fences(text: str) -> list[str]:
    """Give the contents of fenced blocks."""
    return re.findall(r"^```[^\n]*\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def endpoints(names: Sequence[str]) -> list[tuple[str, str]]:
    """Pick the endpoints, such as ``POST /charges``, as method and path with nameless parameters."""
    found = [_ENDPOINT.match(name) for name in names]
    return [(match[1], shape(match[2])) for match in found if match]


def shape(path: str) -> str:
    """Write a path without the API's base and without the names of its parameters."""
    return _PARAMETER.sub("{}", path.removeprefix(API)).rstrip("/") or "/"


@cache
def operations() -> set[tuple[str, str]]:
    """Give all operations of the generated OpenAPI document in the same form."""
    document = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    return {
        (verb.upper(), shape(path))
        for path, item in document["paths"].items()
        for verb in item
        if verb.upper() in VERBS
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One row of the coverage page."""

    system: str
    kind: str
    theirs: str
    ours: str
    part: str
    tests: tuple[str, ...]
    """Node names as pytest takes them; none: not built yet."""


@cache
def promises() -> list[Promise]:
    """Read the rows of the coverage page."""
    text = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    found: list[Promise] = []
    for section in re.split(r"^## System ", text, flags=re.MULTILINE)[1:]:
        found += _rows(section[:3], section)
    return found


def _rows(system: str, section: str) -> Iterator[Promise]:
    table = [line for line in section.splitlines() if line.startswith("|")]
    for line in table[2:]:
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        cells += [""] * (len(table[0].strip("|").split("|")) - len(cells))
        kind, theirs, ours, part, tests = (cell.rstrip("|").strip() for cell in cells)
        yield Promise(
            system=system,
            kind=kind,
            theirs=theirs,
            ours=ours,
            part=part,
            tests=tuple(_CODE.findall(tests)),
        )
