"""What the documents name exists: links, files, make targets, commands, settings, endpoints, diagrams."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from fondaco.kit.options import Options, options, rows
from fondaco.ledger.types import Result
from fondaco.money import SHIPPED
from fondaco.project.cli import app
from tests.house.pages import ROOT, codes, endpoints, fences, operations, pages, without_fences
from tools import domain_pages

LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
PLACES = (
    "src/",
    "docs/",
    "tests/",
    "tools/",
    "deploy/",
    "requirements/",
    "sandbox/",
    "benchmarks/",
)
ROOT_PATHS = {"/livez", "/readyz", "/status", "/metrics"}
NOT_OURS = {"coverage.md"}
"""Pages that quote other systems; ``test_coverage_table.py`` checks the endpoints of their proved rows."""


def label(page: Path) -> str:
    """Name a page in the list of tests."""
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", pages(), ids=label)
class TestAPage:
    def test_links_to_what_exists(self, page: Path) -> None:
        targets = LINK.findall(without_fences(page.read_text()))
        inside = [target for target in targets if "://" not in target]
        assert [target for target in inside if not resolves(page, target)] == []

    def test_names_files_that_exist(self, page: Path) -> None:
        named = [name for name in codes(page.read_text()) if name.startswith(PLACES)]
        plain = [name.split("::")[0] for name in named if re.fullmatch(r"[\w./:-]+", name)]
        assert [name for name in plain if not (ROOT / name).exists()] == []

    def test_names_make_targets_that_exist(self, page: Path) -> None:
        named = {line.split()[1] for line in commands(page, "make") if len(line.split()) > 1}
        unknown = named - targets()
        assert unknown - (QUOTED_TARGETS if page.name in NOT_OURS else set()) == set()

    def test_names_commands_that_exist(self, page: Path) -> None:
        assert [line for line in commands(page, "fondaco") if not runs(line)] == []

    def test_names_settings_that_exist(self, page: Path) -> None:
        named = set(re.findall(r"\bFONDACO_[A-Z][A-Z_]*[A-Z]\b", page.read_text()))
        assert {name.removesuffix("_FILE") for name in named} - variables() == set()


@pytest.mark.parametrize("page", [one for one in pages() if one.name not in NOT_OURS], ids=label)
class TestAPageOfOurs:
    def test_names_endpoints_that_exist(self, page: Path) -> None:
        named = [pair for pair in endpoints(codes(page.read_text())) if pair[1] not in ROOT_PATHS]
        assert [pair for pair in named if pair not in operations()] == []


class TestThePages:
    def test_show_the_states_that_the_code_has(self) -> None:
        old = [
            page
            for page in domain_pages.pages()
            if domain_pages.drawn(page.read_text()) != page.read_text()
        ]
        assert old == []

    def test_list_each_result_of_the_ledger_in_order_of_precedence(self) -> None:
        text = (ROOT / "docs" / "domains" / "ledger.md").read_text()
        assert re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE) == [r.value for r in Result]

    def test_list_each_shipped_asset_with_its_scale(self) -> None:
        text = (ROOT / "docs" / "money.md").read_text()
        listed = re.findall(r"^\| `([A-Z]+)` \| (\d+) \|", text, flags=re.MULTILINE)
        assert listed == [(asset.code, str(asset.scale)) for asset in SHIPPED]

    def test_explain_refusals_that_exist(self) -> None:
        row = re.compile(r"^\| `([a-z_]+)` \|", re.MULTILINE)
        explained = row.findall((ROOT / "docs" / "troubleshooting.md").read_text())
        known = row.findall((ROOT / "docs" / "errors.md").read_text())
        assert set(explained) - set(known) == set()

    def test_have_each_operation_of_the_api_on_a_domains_page(self) -> None:
        texts = [page.read_text() for page in (ROOT / "docs" / "domains").glob("*.md")]
        listed = {pair for text in texts for pair in endpoints(codes(text))}
        assert operations() - listed == set()

    def test_tell_each_decision_in_two_paragraphs_and_list_it(self) -> None:
        folder = ROOT / "docs" / "adr"
        index = (folder / "README.md").read_text()
        for page in sorted(folder.glob("0*.md")):
            title, *paragraphs = page.read_text().strip().split("\n\n")
            number, _, name = title.removeprefix("# ").partition(": ")
            assert page.name.startswith(number), page.name
            assert len(paragraphs) == 2, page.name
            assert f"| [{number}]({page.name}) | {name} |" in index, page.name

    def test_keep_the_architecture_within_150_lines(self) -> None:
        assert len((ROOT / "ARCHITECTURE.md").read_text().splitlines()) <= 150


QUOTED_TARGETS = {
    "create-superuser",
    "install",
    "migrate",
    "prepare-compose",
    "runserver",
    "seeder",
    "up-force",
}
"""Targets of the Makefile of system 002 that the coverage page answers under another name."""


def resolves(page: Path, target: str) -> bool:
    """Tell whether a relative link leads to a file, and its anchor to a heading there."""
    path, _, anchor = target.partition("#")
    file = (page.parent / path) if path else page
    if not file.exists():
        return False
    return not anchor or anchor in anchors(file)


@cache
def anchors(page: Path) -> frozenset[str]:
    """Give the anchors of a page's headings, as the usual renderers make them."""
    heads = re.findall(r"^#+ (.+)$", without_fences(page.read_text()), flags=re.MULTILINE)
    plain = [re.sub(r"[^\w\s-]", "", head.lower()) for head in heads]
    return frozenset(re.sub(r"\s", "-", head) for head in plain)


def commands(page: Path, tool: str) -> list[str]:
    """Give each command line of a tool that the page shows, in the text or in a block."""
    text = page.read_text()
    shown = [line.strip() for block in fences(text) for line in block.splitlines()]
    lines = [re.sub(r"^(\$ |[A-Z_]+=\S+ )+", "", line) for line in [*codes(text), *shown]]
    return [line.partition("#")[0].strip() for line in lines if line.startswith(f"{tool} ")]


@cache
def targets() -> frozenset[str]:
    """Give the targets of the Makefile."""
    text = (ROOT / "Makefile").read_text()
    return frozenset(re.findall(r"^([a-z][\w-]*):(?!=)", text, flags=re.MULTILINE))


def runs(line: str) -> bool:
    """Tell whether ``fondaco …`` names a command, and options that it takes."""
    command: Any = typer.main.get_command(app)
    words = line.split()[1:]
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        # `a|b` stands for two commands of one group
        following = [command.commands.get(name) for name in words.pop(0).split("|")]
        if None in following:
            return False
        command = following[0]
    flags = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    return all(word.split("=")[0] in flags for word in words if word.startswith("--"))


@cache
def variables() -> frozenset[str]:
    """Give the environment variables of all options."""
    assert Options.model_fields
    return frozenset(variable for _, variable, *_ in rows(options()))
