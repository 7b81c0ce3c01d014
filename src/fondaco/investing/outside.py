"""Reads a broker's list of activities by a mapping of its columns; pure."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from fondaco.investing.errors import ActivitiesUnreadable
from fondaco.investing.states import ActivityKind
from fondaco.investing.types import BrokerMapping, NewActivity

COLUMNS: Final = ("date", "kind", "symbol", "quantity", "price", "amount", "fee", "ratio")
NEEDED: Final = frozenset({"date", "kind"})
LINES_MAX: Final = 20_000
_DIGITS_MAX: Final = 30
_PLACES_MAX: Final = 10
_RATIO_MAX: Final = 1_000_000
_ZERO: Final = Decimal(0)


def read_activities(text: str, mapping: BrokerMapping) -> Iterator[NewActivity]:
    """Read a list with a heading; signs do not matter, since the kind says which way.

    :raises ActivitiesUnreadable: a column is missing or a line cannot be read; it names the line
    """
    lines = text.splitlines()
    if len(lines) > LINES_MAX:
        raise ActivitiesUnreadable(f"A list has {LINES_MAX} lines at most.", field="csv")
    rows = csv.DictReader(lines, delimiter=mapping.delimiter, strict=True)
    titles = set(rows.fieldnames or ())
    missing = sorted(set(mapping.columns.values()) - titles)
    if missing:
        raise ActivitiesUnreadable(f"There is no column {missing[0][:40]!r}.", field="line 1")
    seen: Counter[bytes] = Counter()
    number = 1
    try:
        for number, row in enumerate(rows, 2):
            yield _read_row(number, row, mapping, seen)
    except (ValueError, csv.Error) as wrong:
        raise ActivitiesUnreadable(f"Line {number}: {wrong}.", field=f"line {number}") from None


def mapping_of(rules: Mapping[str, Any]) -> BrokerMapping:
    """Give a mapping as it was saved."""
    return BrokerMapping(**rules)


def rules_of(mapping: BrokerMapping) -> dict[str, Any]:
    """Write a mapping down."""
    return asdict(mapping)


def _read_row(
    number: int, row: Mapping[str, str | None], mapping: BrokerMapping, seen: "Counter[bytes]"
) -> NewActivity:
    if None in row or None in row.values():
        raise ValueError("it has another number of cells than the heading")
    cells = {name: (row[title] or "").strip() for name, title in mapping.columns.items()}
    kind = _kind(cells["kind"], mapping)
    quantity = _number(cells.get("quantity", ""), mapping)
    price = _number(cells.get("price", ""), mapping)
    amount = _number(cells.get("amount", ""), mapping)
    numerator, denominator = (
        _ratio(cells.get("ratio", "")) if kind is ActivityKind.SPLIT else (0, 0)
    )
    if kind in {ActivityKind.BUY, ActivityKind.SELL}:
        if quantity and not price:
            price = round(amount / quantity, _PLACES_MAX)
        if not quantity or not price:
            raise ValueError("a purchase or sale has a quantity and a price or an amount")
    if kind in {ActivityKind.DIVIDEND, ActivityKind.FEE} and not amount:
        raise ValueError("a dividend or fee has an amount")
    symbol = cells.get("symbol", "")
    if not symbol and kind is not ActivityKind.FEE:
        raise ValueError("it names no asset")
    return NewActivity(
        line=number,
        kind=kind,
        symbol=mapping.symbols.get(symbol, symbol),
        on=datetime.strptime(cells["date"], mapping.date_format).date(),  # noqa: DTZ007 - a day has no zone
        quantity=quantity,
        price=price,
        amount=amount,
        fee=_number(cells.get("fee", ""), mapping),
        numerator=numerator,
        denominator=denominator,
        digest=_digest(cells, seen),
    )


def _kind(word: str, mapping: BrokerMapping) -> ActivityKind:
    meant = mapping.kinds.get(word, word.lower())
    if meant not in ActivityKind.values:
        raise ValueError(f"{word[:40]!r} is no kind that the mapping knows")
    return ActivityKind(meant)


def _number(text: str, mapping: BrokerMapping) -> Decimal:
    """Read a number without its sign; empty is nothing."""
    plain = (
        text.replace(".", "").replace(",", ".") if mapping.decimal_comma else text.replace(",", "")
    )
    if not plain:
        return _ZERO
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise ValueError(f"{text[:40]!r} is not a number") from None
    if not value.is_finite() or abs(value.adjusted()) > _DIGITS_MAX:
        raise ValueError("a number is finite")
    if round(value, _PLACES_MAX) != value:
        raise ValueError(f"a number has {_PLACES_MAX} places at most")
    return abs(value)


def _ratio(text: str) -> tuple[int, int]:
    new, _, old = text.partition(":")
    if not (new.isascii() and new.isdigit() and old.isascii() and old.isdigit()):
        raise ValueError("a split has a ratio such as 4:1")
    numerator, denominator = int(new[:10]), int(old[:10])
    if not (0 < numerator <= _RATIO_MAX and 0 < denominator <= _RATIO_MAX):
        raise ValueError("a split has a ratio such as 4:1")
    return numerator, denominator


def _digest(cells: Mapping[str, str], seen: "Counter[bytes]") -> bytes:
    """Tell equal lines of one list apart by how often each came before, so that all are taken, once."""
    plain = json.dumps(cells, sort_keys=True).encode()
    seen[plain] += 1
    return hashlib.blake2b(plain + str(seen[plain]).encode(), digest_size=16).digest()
