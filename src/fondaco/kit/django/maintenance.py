"""Maintenance: reads go on, whatever could move money answers 503 with ``Retry-After``.

The switch is a row in the tenant's schema. Every process looks at most every half second, so a change is seen
everywhere within a second, and a request costs no query for it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import tenancy
from fondaco.kit.django.api import problems
from fondaco.kit.django.models.maintenance import Maintenance
from fondaco.kit.errors import DomainError, Kind
from fondaco.kit.options import options

LOOK_EVERY_S: Final = 0.5
RETRY_AFTER_S: Final = 60
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_MONEY: Final = "/api/"
_STAYS_OPEN: Final = ("/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/logout")
"""Whoever only reads must still get in."""
_REASON_OF_OPTION: Final = "The platform is in maintenance."


class InMaintenance(DomainError):
    """Say that nothing is changed for the time being; reads go on."""

    code = "maintenance"
    kind = Kind.UNAVAILABLE
    title = "Maintenance: nothing can be changed for the time being."


@dataclass(frozen=True, slots=True)
class Notice:
    """Tell why, since when and, where known, until when."""

    reason: str
    since: datetime | None = None
    until: datetime | None = None


_seen: dict[str, tuple[float, Notice | None]] = {}


def begin(*, reason: str, by: Actor, until: datetime | None = None) -> Notice:
    """Stop changes in the present tenant; a second call replaces reason and end."""
    since = clock.now()
    Maintenance.objects.update_or_create(
        id=1,
        defaults={
            "reason": reason,
            "since": since,
            "until": until,
            "begun_by": str(by),
        },
    )
    _seen.clear()
    return Notice(reason, since, until)


def end() -> bool:
    """Let changes go on in the present tenant; tell whether they were stopped."""
    deleted, _ = Maintenance.objects.filter(id=1).delete()
    _seen.clear()
    return bool(deleted)


def find_notice() -> Notice | None:
    """Give the present tenant's maintenance, up to half a second late, or none."""
    if options().maintenance:
        return Notice(_REASON_OF_OPTION)
    schema, now = tenancy.current().schema, time.monotonic()
    at, notice = _seen.get(schema, (0.0, None))
    if not at or now - at >= LOOK_EVERY_S:
        row = Maintenance.objects.filter(id=1).first()
        notice = None if row is None else Notice(row.reason, row.since, row.until)
        _seen[schema] = (now, notice)
    return notice


def require_open() -> None:
    """Pass silently unless the present tenant is in maintenance; jobs that move money begin with it.

    :raises InMaintenance: it is
    """
    notice = find_notice()
    if notice is not None:
        raise InMaintenance(notice.reason, retry_after_s=_seconds_left(notice))


class MaintenanceMiddleware:
    """Refuse changes through the API during maintenance; stands behind the tenant's middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what is further in."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        if _changes(request):
            try:
                require_open()
            except (InMaintenance, DatabaseError, InterfaceError) as refusal:
                return problems.answer(request, refusal)
        return self._get_response(request)


def _changes(request: HttpRequest) -> bool:
    return (
        request.method not in _READS
        and request.path_info.startswith(_MONEY)
        and request.path_info not in _STAYS_OPEN
    )


def _seconds_left(notice: Notice) -> int:
    if notice.until is None:
        return RETRY_AFTER_S
    return max(1, int((notice.until - clock.now()).total_seconds()))
