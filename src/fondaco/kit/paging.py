"""Pages of lists, newest first, by an opaque cursor over (instant, id).

A cursor names the last row that was given, so rows that come in meanwhile neither repeat nor hide others.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, Self, TypeVar
from uuid import UUID

from fondaco.kit.errors import DomainError, Kind

LIMIT_DEFAULT: Final = 50
LIMIT_MAX: Final = 200

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT_BYTES: Final = 8
_CURSOR_BYTES: Final = 24

Row = TypeVar("Row")


class InvalidCursor(DomainError):
    """Say that the cursor is not one that a list gave."""

    code = "invalid_cursor"
    kind = Kind.INVALID
    title = "The cursor is not one that this list gave."


@dataclass(frozen=True, slots=True)
class Cursor:
    """Name the last row of a page; the next page holds rows with a smaller (instant, id)."""

    at: datetime
    id: UUID

    def encode(self) -> str:
        """Write 32 URL-safe letters."""
        microseconds = (self.at - _EPOCH) // timedelta(microseconds=1)
        raw = microseconds.to_bytes(_INSTANT_BYTES, signed=True) + self.id.bytes
        return base64.urlsafe_b64encode(raw).decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        """Read what ``encode`` wrote.

        :raises InvalidCursor: anything else
        """
        try:
            raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
            microseconds = int.from_bytes(raw[:_INSTANT_BYTES], signed=True)
            at = _EPOCH + timedelta(microseconds=microseconds)
        except (UnicodeEncodeError, binascii.Error, OverflowError):
            raise InvalidCursor(field="cursor") from None
        if len(raw) != _CURSOR_BYTES:
            raise InvalidCursor(field="cursor")
        return cls(at, UUID(bytes=raw[_INSTANT_BYTES:]))


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Hold the rows of one page and the cursor of the next; none at the end."""

    items: Sequence[Row]
    next: str | None = None


def page(rows: Sequence[Row], *, limit: int, key: Callable[[Row], Cursor]) -> Page[Row]:
    """Make a page of rows that were read with ``LIMIT limit + 1``; the further row tells that more follow."""
    if len(rows) <= limit:
        return Page(rows)
    kept = rows[:limit]
    return Page(kept, key(kept[-1]).encode())
