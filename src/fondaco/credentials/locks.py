"""The soft lock: after many wrong passwords an identifier takes no password for a while, anybody's or not.

Codes and passkeys still open, so that a stranger who guesses shuts nobody out.
"""

from datetime import timedelta
from typing import Final

from django.db import connection

from fondaco.credentials.errors import LoginLocked
from fondaco.credentials.models import LoginLock
from fondaco.identity.identifiers import spelled
from fondaco.kit import clock
from fondaco.kit.django.keys import keyed_digest

FAILURES_MAX: Final = 10
WINDOW: Final = timedelta(hours=1)
LOCKED_FOR: Final = timedelta(minutes=15)

_COUNT: Final = """
    INSERT INTO credentials_loginlock (digest, failures, since_at) VALUES (%(digest)s, 1, %(now)s)
    ON CONFLICT (digest) DO UPDATE SET
        failures = CASE WHEN credentials_loginlock.since_at <= %(old)s THEN 1
                        ELSE least(credentials_loginlock.failures + 1, 32767) END,
        since_at = CASE WHEN credentials_loginlock.since_at <= %(old)s THEN %(now)s
                        ELSE credentials_loginlock.since_at END
    RETURNING failures
"""


def of_codes(identifier: str) -> str:
    """Give the name under which wrong codes for an identifier are counted, apart from wrong passwords."""
    return f"code:{spelled(identifier)}"


def check(identifier: str) -> None:
    """Pass silently when passwords are taken for an identifier.

    :raises LoginLocked: not for a while
    """
    row = LoginLock.objects.filter(digest=_digest(identifier)).first()
    now = clock.now()
    if row is not None and row.locked_until is not None and row.locked_until > now:
        wait_s = int((row.locked_until - now).total_seconds()) + 1
        raise LoginLocked(retry_after_s=wait_s)


def count_failure(identifier: str) -> bool:
    """Count a wrong password; tell whether the identifier has just been locked."""
    now, digest = clock.now(), _digest(identifier)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"digest": digest, "now": now, "old": now - WINDOW})
        (failures,) = cursor.fetchone()
    if failures < FAILURES_MAX:
        return False
    rows = LoginLock.objects.filter(digest=digest)
    rows.update(locked_until=now + LOCKED_FOR, failures=0, since_at=now)
    return True


def forget(identifier: str) -> None:
    """Begin to count anew, after somebody proved himself."""
    LoginLock.objects.filter(digest=_digest(identifier)).delete()


def _digest(identifier: str) -> bytes:
    return keyed_digest("credentials.lock", spelled(identifier))
