"""Post a message to a receiver: no redirects, a time-out, a small answer, a pinned address."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Final

import httpx

from fondaco.kit import clock
from fondaco.kit.http import make_client
from fondaco.kit.options import options
from fondaco.webhooks import destinations
from fondaco.webhooks.destinations import DestinationRefused, Resolver, Unresolvable

ANSWER_BYTES_MAX: Final = 64 * 1024
EXCERPT_CHARACTERS: Final = 1000
GONE: Final = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Tell how a try went."""

    status: int | None = None
    """None: nobody answered."""
    body: str = ""
    error: str = ""
    retry_after_s: int = 0
    duration_ms: int = 0

    @property
    def is_success(self) -> bool:
        """Tell whether the receiver took it: 2xx, and nothing else."""
        return self.status is not None and httpx.codes.is_success(self.status)

    @property
    def is_gone(self) -> bool:
        """Tell whether the receiver wants nothing any more."""
        return self.status == GONE


def post(
    *,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    resolve: Resolver | None = None,
) -> Outcome:
    """Send a message once and tell how it went; whatever the receiver does, nothing is raised."""
    began = time.monotonic()
    try:
        target = destinations.pin(url, resolve=resolve or destinations.system_resolver)
        outcome = _post(target, headers, body)
    except (DestinationRefused, Unresolvable) as refused:
        outcome = Outcome(error=str(refused))
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
        outcome = Outcome(error=f"{type(error).__name__}: {error}"[:255])
    duration_ms = int((time.monotonic() - began) * 1000)
    return Outcome(
        status=outcome.status,
        body=outcome.body,
        error=outcome.error,
        retry_after_s=outcome.retry_after_s,
        duration_ms=duration_ms,
    )


def _post(target: destinations.Target, headers: Mapping[str, str], body: bytes) -> Outcome:
    # A connection is never kept: the pool knows addresses only, and two names may share one.
    transport = httpx.HTTPTransport(
        verify=_tls(), limits=httpx.Limits(max_keepalive_connections=0), trust_env=False
    )
    with make_client(
        timeout_s=options().webhook_timeout_s,
        response_bytes_max=ANSWER_BYTES_MAX,
        transport=transport,
    ) as client:
        answer = client.post(
            target.url,
            content=body,
            headers={**headers, "Host": target.authority},
            extensions={"sni_hostname": target.host.rstrip(".")},
        )
    return Outcome(
        status=answer.status_code,
        body=answer.text.replace("\x00", "")[:EXCERPT_CHARACTERS],
        retry_after_s=_retry_after_s(answer.headers.get("Retry-After", ""), clock.now()),
    )


def _retry_after_s(text: str, now: datetime) -> int:
    """Read ``Retry-After``: seconds or a date (RFC 9110, 10.2.3); nonsense counts as nothing."""
    if text.isascii() and text.isdigit():
        return int(text[:9])
    try:
        return max(0, int((parsedate_to_datetime(text) - now).total_seconds()))
    except (ValueError, TypeError):
        return 0


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
