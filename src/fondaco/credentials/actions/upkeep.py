"""What is forgotten when its time is over."""

from datetime import timedelta
from typing import Final

from django.db.models import Q

from fondaco.credentials import locks
from fondaco.credentials.models import Challenge, LoginLock
from fondaco.kit import clock

_KEPT: Final = timedelta(days=1)


def purge(*, limit: int = 10_000) -> int:
    """Delete questions that were over for a day and counts of wrong passwords that lapsed; give how many."""
    now = clock.now()
    over = Challenge.objects.filter(expires_at__lt=now - _KEPT)
    ids = list(over.values_list("id", flat=True)[:limit])
    Challenge.objects.filter(id__in=ids).delete()
    unlocked = Q(locked_until__isnull=True) | Q(locked_until__lt=now)
    gone, _ = LoginLock.objects.filter(unlocked, since_at__lt=now - locks.WINDOW).delete()
    return len(ids) + gone
