"""A filtered list as CSV, streamed row by row, so that its length costs no memory."""

import csv
from collections.abc import Iterator, Sequence
from contextvars import copy_context
from datetime import datetime
from typing import Any, Final

from django.http import StreamingHttpResponse

from fondaco.console.lists.described import Asked, Column, OperatorList, Row, read_all
from fondaco.kit import clock
from fondaco.kit.django.api.lists import CSV_MEDIA_TYPE, neutralised
from fondaco.money import Money

_ROWS_AT_ONCE: Final = 200


class _Echo:
    """Give back what the CSV writer writes."""

    def write(self, line: str) -> str:
        """Give the line."""
        return line


def stream(listed: OperatorList[Row], asked: Asked) -> StreamingHttpResponse:
    """Send all rows that the filter leaves.

    The rows are read after the middleware has returned, so they run in a copy of the request's context.
    """
    context = copy_context()
    lines = _lines(listed, asked)

    def parts() -> Iterator[str]:
        while (part := context.run(next, lines, None)) is not None:
            yield part

    response = StreamingHttpResponse(parts(), content_type=f"{CSV_MEDIA_TYPE}; charset=utf-8")
    name = f"{listed.name}-{clock.today().isoformat()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(listed: OperatorList[Row], asked: Asked) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(list(_headings(listed.columns)))
    part: list[str] = []
    for row in read_all(listed.fetch, asked):
        part.append(writer.writerow(list(_cells(listed.columns, row))))
        if len(part) >= _ROWS_AT_ONCE:
            yield "".join(part)
            part = []
    if part:
        yield "".join(part)


def _headings(columns: Sequence[Column[Any]]) -> Iterator[str]:
    for column in columns:
        yield column.name
        if column.is_money:
            yield f"{column.name}_currency"


def _cells(columns: Sequence[Column[Row]], row: Row) -> Iterator[str]:
    for column in columns:
        value = column.value(row)
        if isinstance(value, Money):
            yield value.to_text()
        elif isinstance(value, datetime):
            yield value.isoformat()
        else:
            yield neutralised("" if value is None else str(value))
        if column.is_money:
            yield neutralised(value.asset.code if isinstance(value, Money) else "")
