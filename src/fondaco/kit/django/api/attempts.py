"""Attempts to log in or register: counted in the database, exactly, over all processes and machines.

Each attempt counts against the account that it names and against the address that it comes from.
Identifiers are kept as digests, for a minute.
"""

import hashlib
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.http import HttpRequest

from fondaco.kit import clock
from fondaco.kit.django.api.addresses import client_address
from fondaco.kit.django.api.sliding import Verdict
from fondaco.kit.django.api.throttle import refuse_or_note
from fondaco.kit.options import options

WINDOW: Final = timedelta(minutes=1)

_KEY_BYTES: Final = 16
_LOCK_BYTES: Final = 8

_LOCK: Final = "SELECT pg_advisory_xact_lock(id) FROM unnest(%s::bigint[]) AS wanted (id)"
_FORGET: Final = """
    DELETE FROM kit_attempt WHERE id IN (
        SELECT id FROM kit_attempt WHERE at <= %s LIMIT 100 FOR UPDATE SKIP LOCKED
    )
"""
_COUNT: Final = """
    SELECT array_agg(at ORDER BY at) FROM kit_attempt WHERE key = ANY(%s::bytea[]) AND at > %s GROUP BY key
"""
_INSERT: Final = "INSERT INTO kit_attempt (key, at) SELECT key, %s FROM unnest(%s::bytea[]) AS key"


def count(request: HttpRequest, operation: str, account: str) -> None:
    """Count one attempt before it is made; call it outside any transaction.

    :raises TooManyRequests: the account or the address has used up its attempts; this one is not counted
    """
    chosen = options()
    if not chosen.rate_limits:
        return
    subjects = (f"account:{account.strip().casefold()}", f"address:{client_address(request)}")
    keys = sorted(_digest(operation, subject) for subject in subjects)
    refuse_or_note(request, _take(keys, chosen.rate_login_per_minute, at=clock.now()))


def _take(keys: Sequence[bytes], limit: int, *, at: datetime) -> Verdict:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_LOCK, [[_lock_id(key) for key in keys]])
        cursor.execute(_FORGET, [at - WINDOW])
        cursor.execute(_COUNT, [list(keys), at - WINDOW])
        counted: list[list[datetime]] = [row[0] for row in cursor.fetchall()]
        fullest: list[datetime] = max(counted, key=len, default=[])
        waits_s = [_wait_s(instants, limit, at) for instants in counted if len(instants) >= limit]
        if not waits_s:
            cursor.execute(_INSERT, [at, list(keys)])
    return Verdict(
        limit=limit,
        remaining=0 if waits_s else limit - len(fullest) - 1,
        reset_s=_seconds(fullest[0] + WINDOW - at) if fullest else _seconds(WINDOW),
        retry_after_s=max(waits_s, default=None),
    )


def _wait_s(instants: Sequence[datetime], limit: int, at: datetime) -> int:
    """Give the time until fewer than the limit lie in the window (whole seconds)."""
    return _seconds(instants[len(instants) - limit] + WINDOW - at)


def _seconds(span: timedelta) -> int:
    return max(1, math.ceil(span.total_seconds()))


def _digest(operation: str, subject: str) -> bytes:
    text = f"{operation}\n{subject}".encode(errors="backslashreplace")
    return hashlib.blake2b(text, digest_size=_KEY_BYTES).digest()


def _lock_id(key: bytes) -> int:
    return int.from_bytes(key[:_LOCK_BYTES], signed=True)
