"""What the clients of all venues share: one kept connection, time-outs, and what an error of HTTP means."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final, TypeVar

import httpx

from fondaco.kit.http import make_client
from fondaco.vendors.venues import Access, OutcomeUnknown, RateLimited, Unavailable

ANSWER_BYTES_MAX: Final = 24 * 1024 * 1024
"""A venue's list of everything that it trades has some megabytes."""
RETRY_AFTER_S: Final = 1.0
_DIGITS_MAX: Final = 9
_BANNED: Final = 418
"""Binance answers it to whoever goes on after 429."""


class Malformed(Exception):
    """Say that an answer is not what the venue's documents promise."""


_NOT_AS_PROMISED: Final = (Malformed, KeyError, IndexError, TypeError, ValueError, AttributeError)
"""What readers raise over an answer of another shape."""

Read = TypeVar("Read")


@dataclass(slots=True)
class Wire:
    """Keep a client open: a new one for each call would cost a handshake."""

    access: Access
    _client: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Open it; nothing is sent."""
        self._client = make_client(
            timeout_s=self.access.timeout_s,
            response_bytes_max=ANSWER_BYTES_MAX,
            proxy=self.access.proxy,
            transport=self.access.transport,
        )

    def ask(
        self,
        method: str,
        target: str,
        *,
        writes: bool = False,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> "Told":
        """Send one request; ``writes`` says that it may change something there.

        :raises RateLimited: the venue is asked too often, and did nothing
        :raises Unavailable: it cannot be asked; for what writes only where it was certainly not reached
        :raises OutcomeUnknown: what writes may have been done
        """
        url = self.access.base_url.rstrip("/") + target
        try:
            answer = self._client.request(method, url, headers=headers, content=content)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unavailable(str(error) or type(error).__name__) from error
        except httpx.HTTPError as error:
            raise lost(str(error) or type(error).__name__, writes=writes) from error
        if answer.status_code in {HTTPStatus.TOO_MANY_REQUESTS, _BANNED}:
            raise RateLimited("asked too often", retry_after_s=_retry_after_s(answer))
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise lost(f"answered {answer.status_code}", writes=writes)
        try:
            return Told(answer.status_code, _parse(answer.content), self._instant(answer))
        except Malformed as error:
            raise lost(f"answered what cannot be read: {error}", writes=writes) from error

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _instant(self, answer: httpx.Response) -> datetime:
        """Give when the answer was made, as far as its headers tell (RFC 9111): a stored one has an age."""
        now = self.access.clock()
        aged = now - timedelta(seconds=_whole(answer.headers.get("Age", "")))
        try:
            told = parsedate_to_datetime(answer.headers.get("Date", ""))
        except (TypeError, ValueError):
            return aged
        # The header has whole seconds, so what was made this very second seems older by up to one.
        made = told.astimezone(UTC) + timedelta(seconds=1)
        return min(made, aged)


@dataclass(frozen=True, slots=True)
class Told:
    """Hold an answer that could be read."""

    status: int
    body: Any
    at: datetime


def lost(detail: str, *, writes: bool) -> OutcomeUnknown | Unavailable:
    """Give the error for an answer that did not come, to an order or to a question."""
    return OutcomeUnknown(detail) if writes else Unavailable(detail)


def understood(read: Callable[[], Read]) -> Read:
    """Run the reader of an answer to a question.

    :raises Unavailable: it cannot be understood
    """
    try:
        return read()
    except _NOT_AS_PROMISED as error:
        raise Unavailable(f"answered what cannot be understood: {error!r}") from error


def confirmed(read: Callable[[], Read]) -> Read:
    """Run the reader of an answer to an order.

    :raises OutcomeUnknown: it cannot be understood
    """
    try:
        return read()
    except _NOT_AS_PROMISED as error:
        raise OutcomeUnknown(f"answered what cannot be understood: {error!r}") from error


def number(value: object) -> Decimal:
    """Read a decimal as text or JSON number; NaN comes through, since readers decide about it.

    :raises Malformed: it is none
    """
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if not isinstance(value, str):
        raise Malformed(f"{value!r} is no number")
    try:
        return Decimal(value)
    except InvalidOperation:
        raise Malformed(f"{value[:40]!r} is no number") from None


def instant_ms(value: object) -> datetime:
    """Read Unix milliseconds.

    :raises Malformed: it is none
    """
    return instant_s(number(value) / 1000)


def instant_s(value: object) -> datetime:
    """Read Unix seconds, with a fraction.

    :raises Malformed: it is none
    """
    seconds = number(value)
    if not seconds.is_finite() or not 0 < seconds < 10**11:
        raise Malformed("no instant")
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(seconds * 1_000_000))


def plain(value: Decimal) -> str:
    """Write a decimal without an exponent and without needless zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content, parse_float=Decimal, parse_constant=Decimal)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None


def _retry_after_s(answer: httpx.Response) -> float:
    return float(_whole(answer.headers.get("Retry-After", ""))) or RETRY_AFTER_S


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS_MAX else 0


__all__ = [
    "Malformed",
    "Told",
    "Wire",
    "confirmed",
    "instant_ms",
    "instant_s",
    "lost",
    "number",
    "plain",
    "understood",
]
