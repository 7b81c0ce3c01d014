"""Asks the service outside: signed, in bounded time and size, and never more than it can bear.

Error
└── AdvisorFailed    there is no answer that can be used; ``code`` says why
"""

import json
import random
import time
from collections.abc import Collection, Mapping
from typing import Any, Final

import httpx

from fondaco.kit import clock
from fondaco.kit.http import ResponseTooLarge, make_client
from fondaco.kit.options import Options
from fondaco.vendors.advisor.breaker import Breaker
from fondaco.vendors.advisor.contract import (
    PATH,
    SIGNATURE,
    Answer,
    BadAnswer,
    is_signed,
    read_answer,
    sign,
)

TRIES: Final = 3
PAUSE_S: Final = 0.1
_OK: Final = 200
_SERVER: Final = 500

_breakers: Final[dict[str, Breaker]] = {}


class AdvisorFailed(Exception):
    """Say why there is no answer that can be used, in a stable word."""

    def __init__(self, code: str) -> None:
        """Keep the word."""
        super().__init__(code)
        self.code = code


def ask_advisor(
    *, chosen: Options, request_id: str, body: Mapping[str, Any], symbols: Collection[str]
) -> Answer:
    """Ask the service at the option's address.

    A dropped connection or a 5xx is asked again with the same request id while there is time; a wrong
    answer is not: it would be wrong again.

    :raises AdvisorFailed: there is none, it is too slow, too large, or what it says breaks the contract
    """
    breaker = breaker_of(chosen.advice_url)
    if not breaker.may_ask():
        raise AdvisorFailed("circuit_open")
    try:
        answer = _ask(chosen, json.dumps(body).encode(), request_id, symbols)
    except AdvisorFailed:
        breaker.fail()
        raise
    breaker.succeed()
    return answer


def breaker_of(url: str) -> Breaker:
    """Give this process's breaker of a service."""
    return _breakers.setdefault(url, Breaker())


def _ask(chosen: Options, body: bytes, request_id: str, symbols: Collection[str]) -> Answer:
    deadline = time.monotonic() + chosen.advice_timeout_ms / 1_000
    failed = AdvisorFailed("unreachable")
    for attempt in range(TRIES):
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise AdvisorFailed("too_slow")
        try:
            return _ask_once(chosen, body, request_id, symbols, left_s)
        except AdvisorFailed as error:
            if error.code not in {"unreachable", "failing"}:
                raise
            failed = error
        pause_s = PAUSE_S * 2**attempt * (1 + random.random())  # noqa: S311 - a pause is no secret
        if attempt + 1 < TRIES and time.monotonic() + pause_s < deadline:
            time.sleep(pause_s)
    raise failed


def _ask_once(
    chosen: Options, body: bytes, request_id: str, symbols: Collection[str], left_s: float
) -> Answer:
    secret = chosen.advice_secret.get_secret_value()
    now_s = int(clock.now().timestamp())
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if secret:
        headers[SIGNATURE] = sign(secret, at_s=now_s, body=body)
    try:
        with make_client(
            timeout_s=left_s, response_bytes_max=chosen.advice_response_bytes_max
        ) as client:
            answer = client.post(
                chosen.advice_url.rstrip("/") + PATH, content=body, headers=headers
            )
            content = answer.content
    except ResponseTooLarge:
        raise AdvisorFailed("too_large") from None
    except httpx.TimeoutException:
        raise AdvisorFailed("too_slow") from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise AdvisorFailed("unreachable") from None
    if answer.status_code >= _SERVER:
        raise AdvisorFailed("failing")
    if answer.status_code != _OK:
        raise AdvisorFailed("refused")
    if answer.headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
        raise AdvisorFailed("not_json")
    if secret and not is_signed(
        secret, answer.headers.get(SIGNATURE, ""), body=content, now_s=now_s
    ):
        raise AdvisorFailed("not_signed")
    try:
        return read_answer(content, request_id=request_id, symbols=symbols)
    except BadAnswer as error:
        raise AdvisorFailed(error.code) from None
