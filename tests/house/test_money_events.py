"""Who moves money says so by an event that the topic ``balances`` shows."""

import ast
from collections.abc import Iterator

import pytest

from fondaco.kit.django import events
from fondaco.kit.django.events import HOUSE
from fondaco.realtime.topics import MONEY_MOVED
from tests.house.sources import ROOT, SOURCES, Source

LEDGER = "fondaco.ledger.actions"
POSTING = {"post", "submit", "submit_all"}

WITHOUT_EVENT = {"journal": "posts for the house's own programs, by account and not by customer"}
"""Domains that post and have nothing to show to a customer, and why."""


def posts(source: Source) -> bool:
    """Tell whether a file calls one of the ledger's verbs that move money."""
    if "fondaco.ledger" not in source.text:
        return False  # every process of a run asks all files; to read all of them takes seconds
    names = set[str]()
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom) and node.module == "fondaco.ledger":
            names |= {one.asname or one.name for one in node.names if one.name == "actions"}
        if isinstance(node, ast.ImportFrom) and node.module == LEDGER:
            names |= {one.asname or one.name for one in node.names if one.name in POSTING}
    calls = (node.func for node in source.nodes if isinstance(node, ast.Call))
    return any(_is_named(call, names) for call in calls)


def _is_named(call: ast.expr, names: set[str]) -> bool:
    if isinstance(call, ast.Name):
        return call.id in names
    if not isinstance(call, ast.Attribute) or not isinstance(call.value, ast.Name):
        return False
    return call.attr in POSTING and call.value.id in names


def posters() -> Iterator[str]:
    """Give the domains above the ledger whose code posts."""
    for source in SOURCES:
        parts = source.path.relative_to(ROOT).parts
        if parts[:2] == ("src", "fondaco") and not source.is_test and posts(source):
            yield parts[2]
        source.forget()


POSTERS = sorted(set(posters()) - {"ledger", "project"})


class TestTheDomainsThatPost:
    def test_are_found(self) -> None:
        assert {"wallets", "exchange", "investing"} <= set(POSTERS)

    def test_are_excepted_only_while_they_post(self) -> None:
        assert set(WITHOUT_EVENT) <= set(POSTERS)


@pytest.mark.parametrize("domain", sorted(set(POSTERS) - set(WITHOUT_EVENT)))
class TestADomainThatPosts:
    def test_tells_balances_of_it(self, domain: str) -> None:
        told = [name for name in MONEY_MOVED if name.startswith(f"{domain}.")]
        assert told, f"add an event of {domain} to MONEY_MOVED in realtime/topics.py"


@pytest.mark.parametrize("name", sorted(MONEY_MOVED))
class TestAnEventOfBalances:
    def test_is_declared_and_concerns_somebody(self, name: str) -> None:
        assert events.registry()[name].event_concerns not in {None, HOUSE}
