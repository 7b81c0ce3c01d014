"""Which sessions ended lately, known to each process without a query per request.

A process loads the sessions that ended within the life of an access token, at most once in `FRESH_S` per
tenant, and only when somebody asks. Where that fails or takes too long, the one session is looked up.
"""

import math
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Final
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction

from fondaco.identity.models import Session
from fondaco.kit import clock
from fondaco.kit.django import tenancy
from fondaco.kit.options import options

FRESH_S: Final = 0.8
"""Less than the promised second, so that the time to load fits into it."""

_LOAD_WAIT_S: Final = 0.15
_SLACK_S: Final = 60

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Known:
    """Hold what a process knows of one tenant."""

    ended: set[UUID] = field(default_factory=set)
    loaded_at: float = -math.inf
    """Reading of the monotonic clock before the load began."""
    loading: threading.Lock = field(default_factory=threading.Lock)

    def is_fresh(self) -> bool:
        """Tell whether the set may be trusted without a look into the database."""
        return monotonic() - self.loaded_at < FRESH_S


_known: dict[str, _Known] = {}


def is_ended(session_id: UUID) -> bool:
    """Tell whether a session of the current tenant was ended more than a second ago."""
    known = _known.setdefault(tenancy.current().name, _Known())
    if known.is_fresh() or _reload(known):
        return session_id in known.ended
    return not Session.objects.filter(id=session_id, ended_at__isnull=True).exists()


def remember(session_ids: Iterable[UUID]) -> None:
    """Let this process know of ended sessions as soon as the current transaction commits."""
    known = _known.setdefault(tenancy.current().name, _Known())
    transaction.on_commit(partial(_add, known, frozenset(session_ids)))


def forget_all() -> None:
    """Let the next request load anew; for a process that was forked."""
    _known.clear()


def _add(known: _Known, session_ids: frozenset[UUID]) -> None:
    known.ended |= session_ids


def _reload(known: _Known) -> bool:
    """Load what ended lately, or wait for the thread that does; tell whether the set is fresh."""
    if not known.loading.acquire(timeout=_LOAD_WAIT_S):
        return False
    try:
        if not known.is_fresh():
            started_at = monotonic()
            known.ended = _load()
            known.loaded_at = started_at
    except DatabaseError:
        _log.warning("revocations_not_loaded", exc_info=True)
        return False
    finally:
        known.loading.release()
    return True


def _load() -> set[UUID]:
    since = clock.now() - timedelta(seconds=options().jwt_lifetime_s + _SLACK_S)
    return set(Session.objects.filter(ended_at__gt=since).values_list("id", flat=True))
