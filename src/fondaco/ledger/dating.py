"""The instant inside a transfer's id: which ids are taken, and between which ids an instant lies."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

ID_WINDOW: Final = timedelta(hours=24)
"""How far the instant inside a transfer's id may be from now."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
VERSION_BITS: Final = 0xF << 76 | 0b11 << 62
_MILLISECOND: Final = timedelta(milliseconds=1)
_BITS: Final = 80
"""Bits of an id below its milliseconds."""


def id_window(at: datetime) -> tuple[int, int]:
    """Give the least and the greatest id, as integers, that are taken at an instant."""
    earliest, latest = (
        (at - ID_WINDOW - EPOCH) // _MILLISECOND,
        (at + ID_WINDOW - EPOCH) // _MILLISECOND,
    )
    return earliest << _BITS, (latest + 1 << _BITS) - 1


def least_id(at: datetime) -> UUID:
    """Give the least id of an instant; before 1970 the least of all."""
    return UUID(int=max((at - EPOCH) // _MILLISECOND, 0) << _BITS)
