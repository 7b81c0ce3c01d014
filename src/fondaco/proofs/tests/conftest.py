"""Fixtures of the tests of proofs."""

import pytest

from fondaco.kit import access
from fondaco.proofs.tests.asking import Always, Ask


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Give a function that lets the next requests come from an auditor with some rights."""

    def ask_as(*permissions: str) -> None:
        monkeypatch.setattr(access, "_installed", [Always(*permissions)])

    return ask_as
