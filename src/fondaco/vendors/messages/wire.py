"""One call to a company that carries messages, and the three ways in which it may fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import httpx

from fondaco.kit.http import make_client

TIMEOUT_S: Final = 10.0
_ANSWER_BYTES_MAX: Final = 64 * 1024


class MessagesError(Exception):
    """Say that a message was not, or perhaps not, taken; never quotes the address, which may hold a token."""


class NotNow(MessagesError):
    """Say that the message was not taken, and that a later try may be."""

    def __init__(self, reason: str, *, retry_after_s: int = 0) -> None:
        """Say why, and how long the company wants to be left alone."""
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class Unclear(MessagesError):
    """Say that the message went out and no answer came back: it may have been taken."""


class Never(MessagesError):
    """Say that this message is not taken, however often it is sent."""


class Misconfigured(NotNow):
    """Say that the house's own account is refused: another company may take the message."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what came back."""

    status: int
    told: Mapping[str, Any]
    retry_after_s: int


def post(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    json: Mapping[str, Any] | None = None,
    form: Mapping[str, str] | None = None,
) -> Answer:
    """Send a request once and read its answer, whatever the status.

    :raises NotNow: no connection came about, or the company asks for less
    :raises Unclear: the request went out, and no whole answer came back
    """
    basic = httpx.BasicAuth(*auth) if auth else httpx.USE_CLIENT_DEFAULT
    try:
        with make_client(timeout_s=TIMEOUT_S, response_bytes_max=_ANSWER_BYTES_MAX) as client:
            answer = client.post(url, headers=headers, auth=basic, json=json, data=form)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL) as error:
        raise NotNow(type(error).__name__) from None
    except httpx.HTTPError as error:
        raise Unclear(type(error).__name__) from None
    wait = answer.headers.get("Retry-After", "")
    retry_after_s = int(wait[:6]) if wait.isascii() and wait.isdigit() else 0
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise NotNow("answered 429", retry_after_s=retry_after_s or _named_wait(answer))
    if answer.is_server_error:
        raise Unclear(f"answered {answer.status_code}")
    return Answer(answer.status_code, _object(answer), retry_after_s)


def _named_wait(answer: httpx.Response) -> int:
    """Read where Telegram names the wait: ``parameters.retry_after``."""
    parameters = _object(answer).get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else 0
    return wait if isinstance(wait, int) else 0


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
