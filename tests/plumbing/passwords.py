"""Hashes of passwords that cost a test 30 microseconds instead of 25 milliseconds.

Only the memory differs: the algorithm, the number of passes and the code are the platform's own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Final

LIGHT_KIB: Final = 16


@contextmanager
def taking(kib: int) -> Iterator[int]:
    """Have each hash take this much memory within the block; gives what it took before.

    Django must be loaded. Processes that a test starts hash as the platform does.
    """
    passwords = import_module("fondaco.identity.passwords")
    before: int = passwords.Argon2.memory_cost
    passwords.Argon2.memory_cost = kib
    passwords._nobodys_hash.cache_clear()
    try:
        yield before
    finally:
        passwords.Argon2.memory_cost = before
        passwords._nobodys_hash.cache_clear()
