"""The order in which a run begins its tests: by chance, but for those that others would wait for.

A test that must be alone stops everybody else, and what it copies grows with each tenant that another test
makes: late in a run it took ten times as long as at its start. What takes long comes next: begun last, it
would leave the other processor with nothing to do.
"""

from enum import IntEnum
from typing import Final

import pytest


class Turn(IntEnum):
    """When a module of tests is begun."""

    ALONE = 0
    LONG = 1
    ANY = 2


_BROWSER: Final = "chromium-headless-shell"
_LONG: Final = ("drill", "long")
"""Markers of tests that take many seconds each."""


def sort(items: list[pytest.Item]) -> None:
    """Put modules with a test that must be alone first, then long ones; else the order stays."""
    turns: dict[object, Turn] = {}
    for item in items:
        turns[item.path] = min(_turn(item), turns.get(item.path, Turn.ANY))
    items.sort(key=lambda item: turns[item.path])


def _turn(item: pytest.Item) -> Turn:
    if item.get_closest_marker("alone"):
        return Turn.ALONE
    drives_browser = any(_BROWSER in mark.args for mark in item.iter_markers("needs_tool"))
    is_long = any(item.get_closest_marker(name) for name in _LONG)
    return Turn.LONG if drives_browser or is_long else Turn.ANY
