"""Narrow a query by what was asked for."""

from typing import Any


def given(**asked: Any) -> dict[str, Any]:
    """Keep the conditions that have a value: whoever names none does not narrow a query."""
    return {name: value for name, value in asked.items() if value is not None}
