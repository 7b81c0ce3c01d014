"""Identifiers: UUID version 7 in the database, prefixed Crockford base32 on the wire.

Made in Python, since PostgreSQL makes version 7 only from 18 on (RFC 9562, section 5.7).
"""

import os
import struct
import threading
import time
from functools import lru_cache
from typing import Final
from uuid import UUID, SafeUUID

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)}
_PAIRS: Final = [high + low for high in _ALPHABET for low in _ALPHABET]
_SHIFTS: Final = range(120, -1, -10)
_LENGTH: Final = 26
# What UUID(int=…) does with a number that is known to be one, without the time to find that out.
_new: Final = UUID.__new__
_set_number: Final = UUID.int.__set__  # type: ignore[misc, attr-defined] # a slot, which the stubs show as its value
_set_safety: Final = UUID.is_safe.__set__  # type: ignore[misc, attr-defined] # likewise
_UNKNOWN: Final = SafeUUID.unknown
"""At hand, since to find an attribute of an enumeration takes an eighth of a microsecond."""

_lock = threading.Lock()
_last = 0
"""The last one's millisecond and, below it, the 12 bits of its counter, which carries into the next one."""
_drawn: Final[list[int]] = []
"""Random numbers of 64 bits that nobody has used yet; a forked process draws its own."""
_MANY: Final = 64
"""From so many identifiers on, a call of the system for them alone pays off."""
_DRAW: Final = struct.Struct("256Q")
VERSION_7: Final = 0x7 << 76 | 0b10 << 62
"""The bits that say so, with the variant's, in the integer of a UUID."""
os.register_at_fork(after_in_child=_drawn.clear)


class InvalidId(ValueError):
    """Say that a text is not an identifier of the expected kind."""


def uuid7() -> UUID:
    """Make a time-ordered identifier; within a process each is greater than the one before.

    The 12 bits after the version count up within a millisecond (RFC 9562, method 1).
    """
    global _last  # noqa: PLW0603 - the counter is the process's, and the lock above guards it
    with _lock:
        _last = count = max(_last + 1, time.time_ns() // 1_000_000 << 12)
        low = (_drawn or _draw()).pop() >> 2
    made = _new(UUID)
    _set_number(made, count >> 12 << 80 | (count & 0xFFF) << 64 | low | VERSION_7)
    _set_safety(made, _UNKNOWN)
    return made


def uuid7s(many: int) -> list[UUID]:
    """Make so many identifiers as :func:`uuid7` does, where they are many in half the time."""
    global _last  # noqa: PLW0603 - as above
    if many < _MANY:
        return [uuid7() for _ in range(many)]
    with _lock:
        first = max(_last + 1, time.time_ns() // 1_000_000 << 12)
        _last = first + many - 1
    lows = struct.unpack(f"{many}Q", os.urandom(8 * many))
    made = []
    for count, low in enumerate(lows, first):
        one = _new(UUID)
        _set_number(one, count >> 12 << 80 | (count & 0xFFF) << 64 | low >> 2 | VERSION_7)
        _set_safety(one, _UNKNOWN)
        made.append(one)
    return made


def random_hex() -> str:
    """Make 24 hexadecimal digits (96 bits) that nobody can guess."""
    with _lock:
        first, second = (_drawn or _draw()).pop(), (_drawn or _draw()).pop()
    return f"{first << 32 | second >> 32:024x}"


def _draw() -> list[int]:
    """Ask the system's generator for many numbers at once, and give what there is; the lock is held.

    Each call of the system lets other threads go first, which costs a busy process more than the identifier.
    """
    _drawn.extend(_DRAW.unpack(os.urandom(_DRAW.size)))
    return _drawn


def encode(prefix: str, value: UUID) -> str:
    """Write an identifier for the wire, such as ``ord_06bq…`` (26 letters after the prefix)."""
    return f"{prefix}_{_letters(value.int)}"


@lru_cache(maxsize=8192)  # an answer, its event and its audit entry name the same few things
def _letters(number: int) -> str:
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in _SHIFTS])


def decode(prefix: str, text: str) -> UUID:
    """Read an identifier of one kind from the wire.

    :raises InvalidId: another prefix, length or letter
    """
    head, _, letters = text.rpartition("_")
    if head != prefix or len(letters) != _LENGTH:
        raise InvalidId(f"not an identifier that begins with {prefix}_")
    number = 0
    for letter in letters:
        value = _VALUES.get(letter)
        if value is None:
            raise InvalidId("an identifier holds digits and small letters without i, l, o, u")
        number = number << 5 | value
    if number >> 128:
        raise InvalidId("an identifier has 128 bits")
    return UUID(int=number)
