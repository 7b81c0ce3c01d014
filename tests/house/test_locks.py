"""The lock files: they pin what ``pyproject.toml`` asks for, with hashes, and name no index."""

import re
import tomllib
from functools import cache
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.sources import ROOT

PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


@cache
def project() -> dict[str, Any]:
    """Give ``pyproject.toml``."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def text_of(name: str) -> str:
    """Give a lock file."""
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def pins(name: str) -> dict[str, set[str]]:
    """Give the versions that a lock file pins; more than one where they differ by Python's version."""
    found: dict[str, set[str]] = {}
    for package, version in PIN.findall(text_of(name)):
        found.setdefault(canonicalize_name(package), set()).add(version)
    return found


def asked_for(name: str) -> list[Requirement]:
    """Give what ``pyproject.toml`` asks for."""
    wanted = list(project()["project"]["dependencies"])
    if name == "dev":
        wanted += project()["dependency-groups"]["dev"]
    return [Requirement(line) for line in wanted]


@pytest.mark.parametrize("name", ["run", "dev"])
class TestALockFile:
    def test_pins_what_the_project_asks_for(self, name: str) -> None:
        pinned = pins(name)
        stale = [
            str(one)
            for one in asked_for(name)
            if not any(
                one.specifier.contains(version)
                for version in pinned.get(canonicalize_name(one.name), ())
            )
        ]
        assert stale == [], "make lock"

    def test_has_a_hash_for_each_pin(self, name: str) -> None:
        entries = re.split(r"\n(?=\S)", text_of(name).strip())
        assert [
            entry for entry in entries if PIN.match(entry) and "--hash=sha256:" not in entry
        ] == []

    def test_names_no_address(self, name: str) -> None:
        assert re.findall(r"https?://\S+|--(?:extra-)?index-url\S*", text_of(name)) == []


class TestTheTwoLockFiles:
    def test_agree_on_every_version(self) -> None:
        run, dev = pins("run"), pins("dev")
        assert {name: run[name] for name in run if run[name] != dev.get(name)} == {}


class TestEachDependency:
    def test_says_what_it_is_needed_for(self) -> None:
        text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        section = text[text.index("dependencies = [") : text.index("[tool.")]
        lines = [line for line in section.splitlines() if re.match(r'\s+"[a-z]', line)]
        told = [line for line in lines if "# needed for" in line]
        assert len(told) >= len(asked_for("dev"))
        inside = [line for line in lines if "::" not in line and "# needed for" not in line]
        assert [line for line in inside if "opentelemetry" not in line] == []
