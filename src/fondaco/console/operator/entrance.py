"""Who may open an operator's page: the house's people with the right of the API's operation."""

from collections.abc import Callable
from typing import Any

from fondaco.console.pages import View, Wrapped, page
from fondaco.kit.access import STAFF


def staff_page(right: str = "", methods: str = "GET HEAD") -> Callable[[View[Any]], Wrapped]:
    """Show a page to those of the house's people who hold a right."""
    return page(*sorted(STAFF), right=right, methods=methods)
