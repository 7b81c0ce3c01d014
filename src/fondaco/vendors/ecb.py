"""The European Central Bank's file of reference rates: what one euro costs, a line for each day.

It is ``eurofxref-hist.csv``, or a ZIP archive with that. A cell without a rate is empty or ``N/A``.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

SIZE_MAX: Final = 32 * 1024 * 1024
"""Bytes; the whole history since 1999 is a tenth of it."""
_ZIP: Final = b"PK"
_MISSING: Final = "N/A"


class FileUnreadable(Exception):
    """Say that a file is not one of reference rates."""


def read_rates(file: bytes) -> Iterator[tuple[str, date, Decimal]]:
    """Give currency, day and rate of each cell, of the plain file or the archive.

    :raises FileUnreadable: it is not such a file
    """
    try:
        yield from read_cells(io.StringIO(_text(file)))
    except (ValueError, InvalidOperation, zipfile.BadZipFile, StopIteration) as error:
        raise FileUnreadable(f"This is no file of reference rates: {error}") from error


def latest_rates(file: bytes) -> tuple[date, Mapping[str, Decimal]]:
    """Give the newest day and its rates; what was told on earlier days alone is too old to be one.

    :raises FileUnreadable: it is not such a file, or is empty
    """
    cells = list(read_rates(file))
    if not cells:
        raise FileUnreadable("There is no rate in this file.")
    last = max(day for _, day, _ in cells)
    return last, {currency: rate for currency, day, rate in cells if day == last}


def read_cells(lines: Iterable[str]) -> Iterator[tuple[str, date, Decimal]]:
    """Give each cell of a table whose first column is the day; empty and absent ones are left out.

    :raises ValueError: a day is none, or a line has another number of cells than the heading
    :raises InvalidOperation: a cell is no number
    """
    rows = csv.reader(lines)
    titles = next(rows, [""])[1:]
    for row in rows:
        day = date.fromisoformat(row[0])
        for title, cell in zip(titles, row[1:], strict=True):
            if cell and cell != _MISSING:
                yield title, day, Decimal(cell)


def _text(file: bytes) -> str:
    if not file.startswith(_ZIP):
        return file.decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        first = archive.infolist()[0]
        if first.file_size > SIZE_MAX:
            raise ValueError("the archive is too large")
        return archive.read(first).decode("utf-8-sig")
