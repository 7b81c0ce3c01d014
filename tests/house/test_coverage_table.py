"""The coverage page tells the truth: what it calls proved is proved, and nothing is listed twice."""

import ast
from collections import Counter
from functools import cache
from typing import TypeGuard

import pytest

from tests.house.pages import ROOT, Promise, codes, endpoints, operations, promises

KINDS = {
    "answer",
    "command",
    "docs",
    "feature",
    "operation",
    "parameters",
    "promise",
    "rule",
    "setting",
}
SYSTEMS = ("000", "001", "002", "003", "004")
PROVED = [row for row in promises() if row.tests]
SERVED_BESIDE_THE_API = {"/livez", "/readyz", "/status", "/metrics"}


def name(row: Promise) -> str:
    """Name a row in the list of tests."""
    return f"{row.system}-{row.theirs}"


class TestEachRow:
    def test_belongs_to_one_of_the_five_systems(self) -> None:
        assert {row.system for row in promises()} == set(SYSTEMS)

    def test_is_of_a_known_kind_and_names_its_part(self) -> None:
        wrong = [name(row) for row in promises() if row.kind not in KINDS or not row.part]
        assert wrong == []

    def test_says_what_it_is_here(self) -> None:
        assert [name(row) for row in promises() if not row.theirs or not row.ours] == []

    def test_is_there_once(self) -> None:
        counted = Counter((row.system, row.kind, row.theirs) for row in promises())
        assert [row for row, times in counted.items() if times > 1] == []


class TestEachProvedRow:
    def test_names_tests_that_exist(self) -> None:
        assert [test for row in PROVED for test in row.tests if not exists(test)] == []

    def test_names_endpoints_that_exist(self) -> None:
        named = {(row, pair) for row in PROVED for pair in endpoints(codes(row.ours))}
        wrong = [
            (name(row), *pair)
            for row, pair in named
            if pair not in operations() and pair[1] not in SERVED_BESIDE_THE_API
        ]
        assert wrong == []


class TestTheConsole:
    def test_names_tests_that_exist(self) -> None:
        text = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
        section = text.partition("## The console")[2].partition("\n## ")[0]
        named = [one for one in codes(section) if "::" in one]
        assert named
        assert [test for test in named if not exists(test)] == []


class TestTheUsersOfSystem000:
    def test_have_every_operation_proved(self) -> None:
        rows = [row for row in promises() if row.system == "000" and row.kind == "operation"]
        users = [row for row in rows if "api/v1/user/" in row.theirs]
        assert len(users) == 24
        assert [name(row) for row in users if not row.tests] == []


def exists(test: str) -> bool:
    """Tell whether ``file::Class::test`` names a test of this project."""
    path, _, rest = test.partition("::")
    return rest in known_in(path)


@cache
def known_in(path: str) -> frozenset[str]:
    """Give the tests of a file as ``Class::test``, or ``test`` alone; none when there is no such file."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    body = ast.parse(file.read_text()).body
    classes = [node for node in body if isinstance(node, ast.ClassDef)]
    alone = {node.name for node in body if _is_test(node)}
    return frozenset(
        alone
        | {
            f"{group.name}::{node.name}"
            for group in classes
            for node in group.body
            if _is_test(node)
        }
    )


def _is_test(node: ast.stmt) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[:5] == "test_"


def counts() -> list[str]:
    """Say per system how many rows there are and how many are proved."""
    total = Counter(row.system for row in promises())
    proved = Counter(row.system for row in PROVED)
    return [f"system {name}: {proved[name]} of {total[name]} rows proved" for name in SYSTEMS]


class TestTheCounts:
    def test_are_printed_for_each_system(self, capsys: pytest.CaptureFixture[str]) -> None:
        with capsys.disabled():
            print("", *counts(), sep="\n")  # noqa: T201 - the counts are what one runs this file for
        assert sum(int(line.split()[2]) for line in counts()) == len(PROVED)
