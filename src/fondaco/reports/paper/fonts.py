"""The one family of letters that documents are set in, embedded: Source Sans Pro.

It has Latin with all European marks, Cyrillic and Greek, and figures of one width. What it lacks is shown as
a box; scripts that run from right to left are set as they come.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR: Final = "SourceSansPro-Regular"
STRONG: Final = "SourceSansPro-Semibold"
BOX: Final = "■"
_FOLDER: Final = files("font_source_sans_pro") / "files"


@cache
def register() -> None:
    """Make the letters known to the PDF library, once in a process."""
    for name in (REGULAR, STRONG):
        pdfmetrics.registerFont(TTFont(name, str(_FOLDER / f"{name}.ttf")))


def width(text: str, font: str, size: float) -> float:
    """Give a line's length in points."""
    register()
    return float(pdfmetrics.stringWidth(text, font, size))


def plain(text: str) -> str:
    """Write a text so that it can be set: in one line, with a box for each letter that there is not."""
    known = _letters()
    return "".join(
        letter if ord(letter) in known else BOX for letter in " ".join(text.split()) if letter
    )


def wrapped(text: str, font: str, size: float, room: float) -> Iterator[str]:
    """Break a text into lines that fit, between words where it can be, within them where it must."""
    line = ""
    for word in plain(text).split(" "):
        joined = f"{line} {word}" if line else word
        if width(joined, font, size) <= room:
            line = joined
            continue
        if line:
            yield line
        *full, line = _pieces(word, font, size, room)
        yield from full
    if line:
        yield line


def _pieces(word: str, font: str, size: float, room: float) -> Iterator[str]:
    piece = ""
    for letter in word:
        if piece and width(piece + letter, font, size) > room:
            yield piece
            piece = ""
        piece += letter
    yield piece


@cache
def _letters() -> frozenset[int]:
    register()
    font: Any = pdfmetrics.getFont(REGULAR)
    return frozenset(font.face.charToGlyph)
