"""The sliding window in Redis, exact over all web machines; loaded only where ``REDIS_URL`` is set.

One script does it all on the server, by the server's clock, so no two callers count at once. While Redis
does not answer, each process counts for itself; the next try is made after a pause.
"""

import logging
import secrets
import time
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final, Self

from fondaco.kit.django.api.sliding import (
    Limiter,
    Verdict,
    Window,
    whole_seconds,
)

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 0.1
PAUSE_S: Final = 5.0
"""Redis is left alone for so long after it failed."""

_MICROSECOND: Final = 1_000_000
_SCRIPT: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local cost, nonce = tonumber(ARGV[1]), ARGV[2]
local tightest, longest = nil, 0
for i, key in ipairs(KEYS) do
    local amount, span = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2]) * 1000000
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now - span)
    local count = redis.call('ZCARD', key)
    local excess, wait = count + cost - amount, 0
    if excess > count then
        wait = span
    elseif excess > 0 then
        wait = redis.call('ZRANGE', key, excess - 1, excess - 1, 'WITHSCORES')[2] + span - now
    end
    local left = amount - count - cost
    if wait > longest or (longest == 0 and wait == 0 and (not tightest or left < tightest.left)) then
        tightest = {key = key, amount = amount, span = span, left = left}
        longest = math.max(wait, longest)
    end
end
if longest == 0 then
    for i, key in ipairs(KEYS) do
        for unit = 1, cost do
            redis.call('ZADD', key, now, nonce .. unit)
        end
        redis.call('EXPIRE', key, tonumber(ARGV[2 * i + 2]) + 1)
    end
end
local oldest = redis.call('ZRANGE', tightest.key, 0, 0, 'WITHSCORES')[2]
local reset = oldest and oldest + tightest.span - now or 0
local left = longest == 0 and tightest.left or tightest.left + cost
return {tightest.amount, math.max(left, 0), math.ceil(reset), math.ceil(longest)}
"""


class RedisLimiter:
    """Count in Redis, and in the stand-in while Redis does not answer."""

    def __init__(self, client: Any, *, failure: type[Exception], stand_in: Limiter) -> None:
        """Take a client of the package ``redis`` and the root of its exceptions."""
        self._script = client.register_script(_SCRIPT)
        self._failure = failure
        self._stand_in = stand_in
        self._silent_until = 0.0

    @classmethod
    def at(cls, url: str, *, stand_in: Limiter) -> Self:
        """Connect to Redis with the first request.

        :raises ModuleNotFoundError: the extra ``redis`` is not installed
        """
        redis = import_module("redis")
        client = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        )
        return cls(client, failure=redis.RedisError, stand_in=stand_in)

    def take(self, key: str, windows: Sequence[Window], cost: int = 1) -> Verdict:
        """Count ``cost`` requests of a caller if all windows allow it; else count nothing."""
        if time.monotonic() < self._silent_until:
            return self._stand_in.take(key, windows, cost)
        keys = [f"{{fondaco:{key}}}:{window.seconds}" for window in windows]
        arguments: list[int | str] = [cost, secrets.token_hex(8)]
        for window in windows:
            arguments += [window.amount, window.seconds]
        try:
            limit, remaining, reset_us, wait_us = self._script(keys=keys, args=arguments)
        except self._failure as error:
            log.warning("redis does not answer, each process counts for itself: %r", error)
            self._silent_until = time.monotonic() + PAUSE_S
            return self._stand_in.take(key, windows, cost)
        return Verdict(
            limit=limit,
            remaining=remaining,
            reset_s=whole_seconds(reset_us / _MICROSECOND),
            retry_after_s=max(1, whole_seconds(wait_us / _MICROSECOND)) if wait_us else None,
        )
