"""A drawing of bars on a logarithmic scale, as SVG: small enough to lie beside the text that shows it."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

COLOURS: Final = ("#2a6f97", "#e07a5f", "#8d99ae")
_WIDTH: Final = 760
_LEFT: Final = 210
_RIGHT: Final = 90
_BAR: Final = 13
_GAP: Final = 12
_TOP: Final = 54


def draw(
    path: Path, title: str, series: Sequence[str], bars: Mapping[str, Sequence[float]]
) -> None:
    """Draw a group of bars for each name, one bar for each series; a zero draws none."""
    most = max(value for values in bars.values() for value in values)
    least = min(value for values in bars.values() for value in values if value)
    low, high = math.floor(math.log10(least)), math.log10(most)
    scale = (_WIDTH - _LEFT - _RIGHT) / (high - low)
    y, marks = _TOP, [_text(10, 22, title, size=15), *_legend(series)]
    for name, values in bars.items():
        shown = [(index, value) for index, value in enumerate(values) if value]
        marks.append(_text(_LEFT - 8, y + _BAR * (len(shown) / 2 + 0.3), name, anchor="end"))
        for index, value in shown:
            width = max((math.log10(value) - low) * scale, 1)
            marks.append(
                f'<rect x="{_LEFT}" y="{y}" width="{width:.0f}" height="{_BAR - 1}"'
                f' fill="{COLOURS[index]}"/>'
            )
            marks.append(_text(_LEFT + width + 5, y + _BAR - 3, f"{value:,.0f}", size=10))
            y += _BAR
        y += _GAP
    lines = [
        f'<line x1="{x:.0f}" x2="{x:.0f}" y1="{_TOP - 6}" y2="{y}" stroke="#ddd"/>'
        for x in (_LEFT + (power - low) * scale for power in range(low, math.floor(high) + 1))
    ]
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y}"'
        f' font-family="sans-serif">\n<rect width="100%" height="100%" fill="white"/>\n'
        + "\n".join([*lines, *marks])
        + "\n</svg>\n"
    )


def _legend(series: Sequence[str]) -> list[str]:
    marks = []
    for index, name in enumerate(series):
        x = _LEFT + 130 * index
        marks.append(f'<rect x="{x}" y="32" width="10" height="10" fill="{COLOURS[index]}"/>')
        marks.append(_text(x + 15, 41, name, size=11))
    return marks


def _text(x: float, y: float, text: str, *, size: int = 12, anchor: str = "start") -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}">{escaped}</text>'
    )
