"""Rows in columns, with the head again on each page; long texts break into lines of their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from fondaco.reports.paper import fonts
from fondaco.reports.paper.fonts import REGULAR, STRONG
from fondaco.reports.paper.sheet import ACCENT, LEFT, MUTED, RIGHT, Sheet

SIZE: Final = 8.5
SMALL: Final = 7.5
_LEADING: Final = 11.0
_GAP: Final = 10.0
_LINES_MAX: Final = 12
"""Lines of one row's text; more end in an ellipsis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Hold one row: a text with smaller lines below it, then figures of equal places, flush right."""

    first: str
    text: str
    small: str = ""
    figures: Sequence[str]
    is_strong: bool = False


class Table:
    """Set rows on a sheet."""

    def __init__(
        self, sheet: Sheet, *, heads: Sequence[str], figure_widths: Sequence[float]
    ) -> None:
        """Take the heads of all columns, and the widths of the figures' columns in points."""
        self._sheet = sheet
        self._heads = heads
        self._text_at = LEFT + 88
        edges = [RIGHT]
        for width in reversed(figure_widths[1:]):
            edges.insert(0, edges[0] - width)
        self._edges = edges
        self._room = edges[0] - figure_widths[0] - _GAP - self._text_at
        self._head()

    def add(self, row: Row) -> None:
        """Set one row, on the next page when it does not fit."""
        font = STRONG if row.is_strong else REGULAR
        lines = [*fonts.wrapped(row.text, font, SIZE, self._room)]
        small = [*fonts.wrapped(row.small, REGULAR, SMALL, self._room)]
        lines, small = _shortened(lines, _LINES_MAX), _shortened(small, _LINES_MAX)
        height = _LEADING * max(len(lines) + len(small), 1) + 3
        sheet = self._sheet
        if not sheet.has_room(height):
            sheet.turn()
            self._head()
        if row.is_strong:
            sheet.band(above=11, below=height - 5)
        begun = sheet.y
        sheet.text(LEFT + 4, row.first, font=font, size=SIZE)
        for edge, figure in zip(self._edges, row.figures, strict=True):
            sheet.text(edge - 4, figure, font=font, size=SIZE, to_right=True)
        self._column(lines, lambda line: sheet.text(self._text_at, line, font=font, size=SIZE))
        self._column(small, lambda line: sheet.text(self._text_at, line, size=SMALL, colour=MUTED))
        sheet.y = begun - height + 5
        sheet.rule(weight=0.4)
        sheet.y -= 12

    def _column(self, lines: Sequence[str], draw: Callable[[str], None]) -> None:
        for line in lines:
            draw(line)
            self._sheet.y -= _LEADING

    def _head(self) -> None:
        sheet = self._sheet
        first, text, *figures = self._heads
        sheet.text(LEFT + 4, first, font=STRONG, size=SMALL, colour=ACCENT)
        sheet.text(self._text_at, text, font=STRONG, size=SMALL, colour=ACCENT)
        for edge, head in zip(self._edges, figures, strict=True):
            sheet.text(edge - 4, head, font=STRONG, size=SMALL, colour=ACCENT, to_right=True)
        sheet.y -= 6
        sheet.rule(colour=ACCENT, weight=0.9)
        sheet.y -= 14


def width_of(figures: Sequence[str], head: str) -> float:
    """Give the width of a column that these figures fit into, in points."""
    widest = max((fonts.width(figure, STRONG, SIZE) for figure in figures), default=0.0)
    return max(widest, fonts.width(head, STRONG, SMALL)) + _GAP + 4


def _shortened(lines: list[str], most: int) -> list[str]:
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][:-1]}…"]
