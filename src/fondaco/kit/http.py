"""Calls to the outside world: explicit time-outs, a size limit, no redirects, and our name on them.

A plain ``httpx.Client`` waits for ever for a server that sends a byte now and then, and reads whatever it
sends.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Final, cast

import httpx

from fondaco import __version__

USER_AGENT: Final = f"fondaco/{__version__}"
CONNECT_TIMEOUT_S: Final = 3.0
TIMEOUT_S: Final = 10.0
"""From the first byte sent to the last one received (seconds)."""
RESPONSE_BYTES_MAX: Final = 2 * 1024 * 1024
CONNECTIONS_MAX: Final = 20


class ResponseTooLarge(httpx.TransportError):
    """Say that the answer has more bytes than we read."""


def make_client(
    *,
    base_url: str = "",
    headers: Mapping[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
    response_bytes_max: int = RESPONSE_BYTES_MAX,
    proxy: str | None = None,
    transport: httpx.BaseTransport | None = None,
) -> httpx.Client:
    """Make a client for one vendor; close it, or use it in a ``with`` block.

    Redirects are not followed, and neither proxies nor credentials are taken from the environment.
    Answers are asked for and read uncompressed, so that the size limit is the size in memory.

    :raises ResponseTooLarge: (by its calls) the answer is larger than ``response_bytes_max``
    :raises httpx.ReadTimeout: (by its calls) the answer was not complete after ``timeout_s``
    """
    inner = transport or httpx.HTTPTransport(
        proxy=proxy, limits=httpx.Limits(max_connections=CONNECTIONS_MAX), trust_env=False
    )
    sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"} | dict(headers or {})
    return httpx.Client(
        base_url=base_url,
        headers=sent,
        timeout=httpx.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s)),
        follow_redirects=False,
        transport=_Bounded(inner, timeout_s=timeout_s, bytes_max=response_bytes_max),
        trust_env=False,
    )


class _Bounded(httpx.BaseTransport):
    """Read no more than so many bytes, for no longer than so many seconds."""

    def __init__(self, inner: httpx.BaseTransport, *, timeout_s: float, bytes_max: int) -> None:
        self._inner = inner
        self._timeout_s = timeout_s
        self._bytes_max = bytes_max

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        deadline = time.monotonic() + self._timeout_s
        response = self._inner.handle_request(request)
        if _is_compressed(response) or _length(response) > self._bytes_max:
            response.close()
            raise ResponseTooLarge(
                f"the answer is compressed or larger than {self._bytes_max} bytes", request=request
            )
        stream = _BoundedStream(response, request, deadline=deadline, bytes_max=self._bytes_max)
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=stream,
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._inner.close()


class _BoundedStream(httpx.SyncByteStream):
    def __init__(
        self, response: httpx.Response, request: httpx.Request, *, deadline: float, bytes_max: int
    ) -> None:
        self._response = response
        self._request = request
        self._deadline = deadline
        self._bytes_max = bytes_max

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for chunk in cast("httpx.SyncByteStream", self._response.stream):
            read += len(chunk)
            if read > self._bytes_max:
                raise ResponseTooLarge(
                    f"the answer is larger than {self._bytes_max} bytes", request=self._request
                )
            if time.monotonic() > self._deadline:
                raise httpx.ReadTimeout(
                    "the answer was not complete in time", request=self._request
                )
            yield chunk

    def close(self) -> None:
        self._response.close()


def _is_compressed(response: httpx.Response) -> bool:
    return str(response.headers.get("Content-Encoding", "identity")).lower() != "identity"


def _length(response: httpx.Response) -> int:
    declared = response.headers.get("Content-Length", "0")
    return int(declared) if declared.isascii() and declared.isdigit() else 0
