"""Numbers that only grow, one counter for each key of a venue."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection

from fondaco.kit import clock

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DIGEST_BYTES: Final = 16
_NEXT: Final = """
    INSERT INTO market_nonce (digest, last) VALUES (%s, %s)
    ON CONFLICT (digest) DO UPDATE SET last = greatest(market_nonce.last + 1, excluded.last)
    RETURNING last
"""


def take_nonce(*, key: str) -> int:
    """Give a number greater than all that anybody took for the key: microseconds, or one more than the last.

    The counter's row is locked for this one statement alone, never while a request is on its way.

    :raises RuntimeError: a transaction is open, in which the lock would stay until its end
    """
    if connection.in_atomic_block:
        raise RuntimeError("a nonce is taken outside transactions; no call leaves one either")
    digest = hashlib.blake2b(key.encode(), digest_size=_DIGEST_BYTES).digest()
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [digest, (clock.now() - _EPOCH) // timedelta(microseconds=1)])
        row = cursor.fetchone()
    return int(row[0])
