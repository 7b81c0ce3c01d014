"""Rows for tests of lists: two of one instant, and labels that a spreadsheet would run."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list."""

    id: UUID
    at: datetime
    label: str


_BEGAN: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
_LABELS: Final = (
    "=1+1",
    "+1",
    "-1 USD",
    "@cmd",
    "\tx",
    "plain",
    'quo"te, comma',
    "-1.50",
    "é",
    "",
    "%x",
    "＝1",
)

ROWS: Final = sorted(
    (
        Row(
            UUID(int=(index << 80) + 1), _BEGAN + timedelta(seconds=index // 2), _LABELS[index % 12]
        )
        for index in range(457)
    ),
    key=lambda row: (row.at, row.id),
    reverse=True,
)
"""Newest first; 457 of them, so that pages of 200 do not come out even."""
