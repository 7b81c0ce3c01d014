"""A4 sheets with a letterhead, a running head and numbered pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from fondaco.reports.paper import fonts
from fondaco.reports.paper.fonts import REGULAR, STRONG

INK: Final = HexColor("#1b2430")
MUTED: Final = HexColor("#5f6b7a")
ACCENT: Final = HexColor("#0f4c5c")
RULE: Final = HexColor("#d3dae1")
BAND: Final = HexColor("#f2f5f7")

WIDTH: Final = A4[0]
LEFT: Final = 48.0
RIGHT: Final = WIDTH - 48.0
_TOP: Final = A4[1] - 52
_FOOT: Final = 34.0
BOTTOM: Final = 58.0
"""Below it nothing but the foot of the page is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Say what stands around a document on each page."""

    house: str
    address: Sequence[str]
    title: str
    running: str
    """Said at the head of the second page and all others."""
    foot: str


class _Numbered(Canvas):
    """Write how many pages there are on each of them, once that is known."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - the library's name
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined] # the library's own; its types leave it out

    def save(self) -> None:
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self.setFont(REGULAR, 7.5)
            self.setFillColor(MUTED)
            self.drawRightString(RIGHT, _FOOT, f"Page {number} of {len(self._pages)}")
            super().showPage()
        super().save()


class Sheet:
    """Set lines on pages from top to bottom; ``y`` is the height of the next one, in points."""

    def __init__(self, frame: Frame) -> None:
        """Begin with the letterhead."""
        fonts.register()
        self._frame = frame
        self._out = BytesIO()
        self._canvas = _Numbered(self._out, pagesize=A4, invariant=1)
        self._canvas.setTitle(frame.title)
        self._canvas.setAuthor(frame.house)
        self._canvas.setCreator("Fondaco")
        self.y = _TOP
        self._letterhead()

    def has_room(self, height: float) -> bool:
        """Tell whether so much still fits on the page."""
        return self.y - height >= BOTTOM

    def turn(self) -> None:
        """Begin the next page."""
        self._foot()
        self._canvas.showPage()
        self.y = _TOP
        self.text(LEFT, self._frame.house, font=STRONG, size=9, colour=ACCENT)
        self.text(RIGHT, self._frame.running, size=8, colour=MUTED, to_right=True)
        self.y -= 8
        self.rule()
        self.y -= 16

    def text(
        self,
        x: float,
        text: str,
        *,
        font: str = REGULAR,
        size: float = 9,
        colour: Color = INK,
        to_right: bool = False,
    ) -> None:
        """Set one line that begins, or ends, at ``x``."""
        self._canvas.setFont(font, size)
        self._canvas.setFillColor(colour)
        draw = self._canvas.drawRightString if to_right else self._canvas.drawString
        draw(x, self.y, fonts.plain(text))

    def rule(self, *, colour: Color = RULE, weight: float = 0.6) -> None:
        """Draw a line across the page."""
        self._canvas.setStrokeColor(colour)
        self._canvas.setLineWidth(weight)
        self._canvas.line(LEFT, self.y, RIGHT, self.y)

    def band(self, *, above: float, below: float) -> None:
        """Lay a light ground across the page, around the line to come."""
        self._canvas.setFillColor(BAND)
        self._canvas.rect(LEFT, self.y - below, RIGHT - LEFT, above + below, stroke=0, fill=1)

    def finish(self) -> bytes:
        """Give the document."""
        self._foot()
        self._canvas.showPage()
        self._canvas.save()
        return self._out.getvalue()

    def _letterhead(self) -> None:
        frame = self._frame
        self.text(LEFT, frame.house, font=STRONG, size=17, colour=ACCENT)
        self.text(RIGHT, frame.title, font=STRONG, size=13, to_right=True)
        for line in frame.address:
            self.y -= 13
            self.text(LEFT, line, size=8, colour=MUTED)
        self.y -= 12
        self.rule(colour=ACCENT, weight=1.4)
        self.y -= 26

    def _foot(self) -> None:
        y, self.y = self.y, _FOOT
        self.text(LEFT, self._frame.foot, size=7.5, colour=MUTED)
        self.y = y
