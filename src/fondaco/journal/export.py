"""Write the journal into a file: CSV for everybody, Parquet where pyarrow is installed."""

import csv
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Final, TextIO

from fondaco.journal.queries.transfers import JournalLine
from fondaco.kit.django.api.lists import neutralised
from fondaco.kit.errors import DomainError, Kind

BATCH: Final = 10_000
"""Lines that are written at once."""

Report = Callable[[int], object]


class ParquetMissing(DomainError):
    """Say that Parquet needs a package that is not installed."""

    code = "parquet_missing"
    kind = Kind.CONFLICT
    title = "Parquet needs pyarrow: pip install 'fondaco[parquet]'. CSV works without it."


def write_csv(lines: Iterable[JournalLine], target: TextIO, *, report: Report = int) -> int:
    """Write lines as CSV, safe for spreadsheets; gives how many, and reports it on the way."""
    writer = csv.writer(target)
    writer.writerow(JournalLine._fields)
    count = 0
    for some in _batches(lines):
        writer.writerows([_cell(value) for value in line] for line in some)
        count += len(some)
        report(count)
    return count


def write_parquet(lines: Iterable[JournalLine], target: Path, *, report: Report = int) -> int:
    """Write lines as Parquet: amounts as text with all places, instants in UTC; gives how many.

    :raises ParquetMissing: pyarrow is not installed
    """
    if find_spec("pyarrow") is None:
        raise ParquetMissing
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    schema = _schema(arrow)
    count = 0
    with parquet.ParquetWriter(target, schema) as writer:
        for some in _batches(lines):
            columns = [list(column) for column in zip(*some, strict=True)]
            writer.write_table(arrow.table(columns, schema=schema))
            count += len(some)
            report(count)
    return count


def _schema(arrow: Any) -> Any:
    instants, numbers = {"at", "expires_at"}, {"debit_version", "credit_version"}
    return arrow.schema(
        [
            arrow.field(
                name,
                arrow.timestamp("us", tz="UTC")
                if name in instants
                else arrow.int64()
                if name in numbers
                else arrow.string(),
            )
            for name in JournalLine._fields
        ]
    )


def _batches(lines: Iterable[JournalLine]) -> Iterator[list[JournalLine]]:
    walk = iter(lines)
    while some := list(islice(walk, BATCH)):
        yield some


def _cell(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else neutralised(value)
