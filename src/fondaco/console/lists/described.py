"""What a list is: its columns, how it is narrowed, and where its rows and totals come from."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from django.utils.functional import Promise

from fondaco.kit.paging import LIMIT_MAX, Cursor, InvalidCursor, Page
from fondaco.money import Asset, Money

Row = TypeVar("Row")
Label = str | Promise

PER_PAGE: Final = 25
NEWEST: Final = "newest"
OLDEST: Final = "oldest"


@dataclass(frozen=True, slots=True)
class Badge:
    """Show a state as a word with a shape; the tone is ``good``, ``warn``, ``bad`` or empty."""

    text: Label
    tone: str = ""

    def __str__(self) -> str:
        """Write the word, as exports have it."""
        return str(self.text)


@dataclass(frozen=True)  # no slots: a generic class with them cannot be made as Column[Row](…)
class Column(Generic[Row]):
    """Say what stands in a column: money, an instant, a badge or text; none is shown as a dash."""

    name: str
    """Stable; the heading in exports."""
    label: Label
    value: Callable[[Row], object]
    link: Callable[[Row], str] | None = None
    """The address to which the cell leads; empty for none."""
    is_money: bool = False
    """Whether amounts stand in it, so that they are aligned, and exports name their currency."""
    is_number: bool = False
    """Whether figures without a currency stand in it."""

    @property
    def is_figure(self) -> bool:
        """Tell whether what stands in it stands at the end of its cell."""
        return self.is_money or self.is_number


@dataclass(frozen=True, slots=True)
class Choice:
    """Narrow a list by a field of its own: one of some words, or free text where there are none."""

    name: str
    label: Label
    options: Sequence[tuple[str, Label]] | Callable[[], Sequence[tuple[str, Label]]] = ()
    default: str = ""
    """What is chosen where nothing is asked for yet."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what somebody asks a list for."""

    text: str = ""
    since: datetime | None = None
    """Included; the beginning of a day in UTC."""
    until: datetime | None = None
    """Not included; the end of a day in UTC."""
    sort: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """Give what is chosen of a field, or none."""
        return self.chosen.get(name) or None


@dataclass(frozen=True, slots=True)
class Total:
    """Sum up what a filter leaves of one currency."""

    count: int
    sums: Sequence[tuple[Label, Money]]


Fetch = Callable[[Asked, str | None, int], Page[Row]]
Totals = Callable[[Asked], Sequence[Total]]


@dataclass(frozen=True, kw_only=True)  # no slots, as above
class OperatorList(Generic[Row]):
    """Describe a list once: the page, the filter, the totals and the export follow."""

    name: str
    """Stable: saved filters and the names of exports carry it."""
    title: Label
    columns: Sequence[Column[Row]]
    fetch: Fetch[Row]
    totals: Totals | None = None
    choices: Sequence[Choice] = ()
    searched: Label = ""
    """The label of the field for text; empty: there is none."""
    is_dated: bool = True
    sorts: Sequence[tuple[str, Label]] = ()
    """How it can be sorted, the usual way first."""
    empty: Label = ""
    """What to do where nothing is found."""


def page_by_cursor(after: str | None) -> Cursor | None:
    """Read the cursor of a list that goes by instant and id.

    :raises InvalidCursor: it is not one
    """
    return Cursor.decode(after) if after else None


def held_rows(
    read: Callable[[Asked], Sequence[Row]],
    *,
    at: Callable[[Row], datetime | None] | None = None,
    text: Callable[[Row], str] | None = None,
    sorts: Mapping[str, tuple[Callable[[Row], Any], bool]] | None = None,
) -> Fetch[Row]:
    """Make a list of rows that are few and read at once; ``sorts`` names keys and whether they fall."""

    def fetch(asked: Asked, after: str | None, limit: int) -> Page[Row]:
        rows = [row for row in read(asked) if _fits(row, asked, at, text)]
        if sorts and asked.sort in sorts:
            key, falls = sorts[asked.sort]
            rows.sort(key=key, reverse=falls)
        if after is not None and not (after.isascii() and after.isdecimal()):
            raise InvalidCursor(field="after")
        begin = int(after or 0)
        more = begin + limit < len(rows)
        return Page(rows[begin : begin + limit], str(begin + limit) if more else None)

    return fetch


def read_all(fetch: Fetch[Row], asked: Asked) -> Iterator[Row]:
    """Go through all rows that a filter leaves, page by page."""
    after: str | None = None
    while True:
        page = fetch(asked, after, LIMIT_MAX)
        yield from page.items
        if page.next is None:
            return
        after = page.next


def totals_of(sums: Callable[[Asked], Iterable[tuple[int, Money]]], label: Label) -> Totals:
    """Make totals of what a domain counted and summed up itself, by currency."""
    return lambda asked: [Total(count, [(label, total)]) for count, total in sums(asked)]


def totals_by_reading(
    fetch: Fetch[Row], amount: Callable[[Row], Money | None], label: Label
) -> Totals:
    """Sum by going through all rows: for lists that are short by their nature."""

    def totals(asked: Asked) -> Sequence[Total]:
        found: dict[Asset, tuple[int, Money]] = {}
        for row in read_all(fetch, asked):
            one = amount(row)
            if one is None:
                continue
            count, total = found.get(one.asset, (0, Money.zero(one.asset)))
            found[one.asset] = (count + 1, total + one)
        ordered = sorted(found.items(), key=lambda item: item[0].code)
        return [Total(count, [(label, total)]) for _asset, (count, total) in ordered]

    return totals


def _fits(
    row: Row,
    asked: Asked,
    at: Callable[[Row], datetime | None] | None,
    text: Callable[[Row], str] | None,
) -> bool:
    if at is not None and not _is_within(at(row), asked):
        return False
    return not (text and asked.text) or asked.text.casefold() in text(row).casefold()


def _is_within(instant: datetime | None, asked: Asked) -> bool:
    """Tell whether an instant lies between the days; what never happened lies between none."""
    if instant is None:
        return not (asked.since or asked.until)
    return not ((asked.since and instant < asked.since) or (asked.until and instant >= asked.until))
