"""What crosses the border of opening balances, how files are read, and who finds customers' accounts."""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from fondaco.kit.access import Actor
from fondaco.kit.errors import InvalidField
from fondaco.money import Asset

COLUMNS: Final = ("account", "customer", "currency", "amount", "kind", "memo")
DEMANDED: Final = frozenset({"currency", "amount"})
ROWS_MAX: Final = 100_000
CELL_MAX: Final = 500


class Holder(Protocol):
    """Find customers' accounts for a domain above."""

    def __call__(self, *, customer: str, asset: Asset, by: Actor) -> str:
        """Give the code of a customer's account in an asset, opened where there is none.

        :raises DomainError: there is none, and none can be opened
        """


_holders: list[Holder] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Hold one line of a file, not looked at yet."""

    line: int
    """As an editor counts them: the head is line 1."""
    account: str
    customer: str
    currency: str
    amount: str
    kind: str
    memo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Say what is wrong with a line."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Show what a line posts, or would."""

    line: int
    debit: str
    credit: str
    amount: str
    """In major units."""
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Tell what came of a file."""

    file_id: UUID | None
    """None: nothing was posted, since it was a dry run or something is wrong."""
    is_replay: bool
    """The same file was posted before; nothing was posted now."""
    postings: Sequence[Posting]
    faults: Sequence[Fault]
    totals: Mapping[str, str]
    """What the postings sum to by currency, in major units."""


class Unreadable(ValueError):
    """Say that a file is no table of opening balances."""


def register_holder(holder: Holder) -> None:
    """Let a domain above find customers' accounts; the latest one counts."""
    _holders[:] = [holder]


def find_code(*, customer: str, asset: Asset, by: Actor) -> str:
    """Give the code of a customer's account.

    :raises InvalidField: no domain holds accounts for customers, or it knows no such customer
    """
    if not _holders:
        raise InvalidField("No domain holds accounts for customers.", field="customer")
    return _holders[0](customer=customer, asset=asset, by=by)


def read_rows(text: str) -> list[Row]:
    """Read a file: a head with the columns' names, then a line for each account.

    :raises Unreadable: a column is unknown, twice or missing, a line has another number of cells, or there
        are too many of them
    """
    try:
        reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
        return list(_rows(reader))
    except csv.Error as error:
        raise Unreadable(f"this is no CSV: {error}") from None


def digest_of(rows: Sequence[Row]) -> bytes:
    """Sum up what the rows say."""
    total = hashlib.sha256()
    for row in rows:
        cells = (row.account, row.customer, row.currency, row.amount, row.kind, row.memo)
        for cell in cells:
            raw = cell.encode()
            total.update(len(raw).to_bytes(4) + raw)
    return total.digest()


def _rows(reader: Iterator[list[str]]) -> Iterator[Row]:
    head = [name.strip().lower() for name in next(reader, [])]
    unknown = sorted(set(head) - set(COLUMNS))
    if unknown or len(set(head)) < len(head) or DEMANDED - set(head):
        raise Unreadable(f"the first line names columns out of {', '.join(COLUMNS)}, each once")
    count = 0
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        line: int = reader.line_num  # type: ignore[attr-defined] # csv's reader counts them
        if len(cells) != len(head):
            raise Unreadable(f"line {line} has {len(cells)} cells, the first line {len(head)}")
        count += 1
        if count > ROWS_MAX:
            raise Unreadable(f"more than {ROWS_MAX:,} lines; cut the file")
        if any(len(cell) > CELL_MAX or "\0" in cell for cell in cells):
            raise Unreadable(f"line {line} has a cell that is too long or holds a NUL character")
        found = dict.fromkeys(COLUMNS, "") | {
            name: cell.strip() for name, cell in zip(head, cells, strict=True)
        }
        yield Row(line=line, **found)
