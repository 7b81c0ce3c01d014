"""Who may ask how often, and what happens beyond it: 429 with ``Retry-After``.

Counts are kept in Redis where ``REDIS_URL`` is set, else in each web process. Without Redis several web
processes share an allowance by division: each allows its part, so that together they never allow more.
Attempts to log in or register are counted in the database (see ``attempts``), exactly and for all
processes.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from fondaco.kit.access import Principal
from fondaco.kit.django.api.addresses import client_address
from fondaco.kit.django.api.refusals import TooManyRequests
from fondaco.kit.django.api.sliding import Limiter, MemoryLimiter, Verdict, Window
from fondaco.kit.django.api.sliding_redis import RedisLimiter
from fondaco.kit.options import Options, options


@dataclass(frozen=True, slots=True)
class Limit:
    """Name a limit; its windows are read with each use: from whom `ask_first` named, else the options."""

    name: str
    windows: Callable[[Options], tuple[tuple[int, int], ...]]
    """Pairs of amount and seconds."""

    def take(
        self, request: HttpRequest, who: str, *, customer: UUID | None = None, cost: int = 1
    ) -> None:
        """Count the request for the caller; ``customer`` is whose own limit counts, if he has one.

        :raises TooManyRequests: a window is full
        """
        chosen = options()
        if not chosen.rate_limits:
            return
        asked = next((found for ask in _asked if (found := ask(self.name, customer))), None)
        windows = _windows(asked or self.windows(chosen))
        limiter = _limiter(chosen.redis_url)
        refuse_or_note(request, limiter.take(f"{self.name}:{who}", windows, cost))


Ask = Callable[[str, UUID | None], tuple[tuple[int, int], ...] | None]
"""Gives the windows of a limit, by its name, for a customer (none: for anybody), where it knows better."""

_asked: Final[list[Ask]] = []


def ask_first(ask: Ask) -> None:
    """Ask this before the options; it answers from memory. The latest one counts."""
    _asked[:] = [ask]


ANONYMOUS: Final = Limit("anonymous", lambda chosen: ((chosen.rate_anonymous_per_minute, 60),))
"""Requests of one address without valid credentials."""
USER: Final = Limit(
    "user",
    lambda chosen: (
        (chosen.rate_user_per_hour, 3600),
        (chosen.rate_user_burst_per_second, 1),
    ),
)
"""Requests of one user or API key."""
CHARGES: Final = Limit("charges", lambda chosen: ((chosen.rate_charges_per_second, 1),))
"""Charges of one merchant; a batch counts as many as it holds (``spend``)."""


def limit_anonymous(request: HttpRequest) -> None:
    """Count a request without valid credentials against its address.

    :raises TooManyRequests: the address asks too often
    """
    ANONYMOUS.take(request, client_address(request))


def limit_principal(request: HttpRequest, who: Principal, limit: Limit, *, cost: int = 1) -> None:
    """Count a request against the caller: charges per customer, everything else per user or key.

    :raises TooManyRequests: the caller asks too often
    """
    by_customer = limit is CHARGES and who.customer_id is not None
    name = str(who.customer_id if by_customer else who.actor)
    limit.take(request, name, customer=who.customer_id, cost=cost)


def refuse_or_note(request: HttpRequest, verdict: Verdict) -> None:
    """Keep the verdict for the answer's headers.

    :raises TooManyRequests: it refuses
    """
    request.rate_verdict = verdict  # type: ignore[attr-defined]  # read by the middleware
    if verdict.retry_after_s is not None:
        raise TooManyRequests(
            f"More than {verdict.limit} requests; try again in {verdict.retry_after_s} s.",
            retry_after_s=verdict.retry_after_s,
        )


def write_headers(request: HttpRequest, response: HttpResponseBase) -> None:
    """Tell the caller how much is left of the tightest window."""
    verdict: Verdict | None = getattr(request, "rate_verdict", None)
    if verdict is not None:
        store = response.headers._store  # noqa: SLF001 - measured; numbers need none of Django's checks
        store["ratelimit-limit"] = ("RateLimit-Limit", str(verdict.limit))
        store["ratelimit-remaining"] = ("RateLimit-Remaining", str(verdict.remaining))
        store["ratelimit-reset"] = ("RateLimit-Reset", str(verdict.reset_s))


def reset() -> None:
    """Forget what this process counted (tests)."""
    _in_memory.memory.clear()


@dataclass(frozen=True, slots=True)
class _Shared:
    """Allow this process its part of what all web processes of the machine may do together."""

    memory: MemoryLimiter

    def take(self, key: str, windows: Sequence[Window], cost: int = 1) -> Verdict:
        return self.memory.take(key, _part_of(windows, options().web_workers), cost)


@lru_cache(maxsize=1024)
def _windows(pairs: tuple[tuple[int, int], ...]) -> Sequence[Window]:
    return tuple(Window(*pair) for pair in pairs)


@lru_cache(maxsize=1024)
def _part_of(windows: Sequence[Window], processes: int) -> Sequence[Window]:
    return tuple(Window(max(1, one.amount // processes), one.seconds) for one in windows)


_in_memory: Final = _Shared(MemoryLimiter())
_in_redis: dict[str, Limiter] = {}
_redis_lock: Final = threading.Lock()


def _limiter(redis_url: str) -> Limiter:
    if not redis_url:
        return _in_memory
    with _redis_lock:
        if redis_url not in _in_redis:
            _in_redis[redis_url] = RedisLimiter.at(redis_url, stand_in=_in_memory)
        return _in_redis[redis_url]
