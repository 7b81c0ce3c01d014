"""Look at pages for everybody: by axe, at three widths, in both themes, and leave pictures for a person."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.browser.pages import COLOURS, Visitor

AXE_WIDTHS: Final = (1280, 360)
"""Where a table is a table, and where it is cards; between them nothing changes but room.

The dark theme has the same pages with other colours, so there axe looks at colours, at one width.
"""
WIDTHS: Final = (1280, 768, 360)
SHOTS: Final = os.environ.get("SHOTS", "")
"""A folder for pictures of all pages, to be looked through by a person."""


def looked(visitor: Visitor, paths: Sequence[str], theme: str) -> dict[str, list[str]]:
    """Open pages of the console one after another; gives what is wrong, by page and width.

    A path may be followed by a name for its pictures: ``wallets/wtk_123=one-wallet``.
    """
    wrong: dict[str, list[str]] = {}
    for named in paths:
        path, _, name = named.partition("=")
        visitor.go(path)
        wrong |= looked_here(visitor, name or path, theme)
    return wrong


def looked_here(visitor: Visitor, name: str, theme: str) -> dict[str, list[str]]:
    """Look at the page that is open."""
    wrong = {}
    for width in WIDTHS:
        visitor.page.set_viewport_size({"width": width, "height": 900})
        if theme == "dark" and width == AXE_WIDTHS[0]:
            found = visitor.check_page(COLOURS)
        elif theme != "dark" and width in AXE_WIDTHS:
            found = visitor.check_page()
            if width == AXE_WIDTHS[0]:
                found += visitor.check_keyboard()
        else:
            found = visitor.check_width()
        if SHOTS:
            plain = name.strip("/").replace("/", "-") or "home"
            place = Path(SHOTS) / f"{plain}-{theme}-{width}.png"
            visitor.page.screenshot(path=place, full_page=True)
        if found:
            wrong[f"{name} {theme} {width}"] = found
    return wrong
