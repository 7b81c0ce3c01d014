"""The contract with the service outside, version 1: what is sent, what comes back, how both are signed.

Sent as ``POST <ADVICE_URL>/v1/advice``; the answer is read once, strictly. ``docs/providers/advice.md``
has it for whoever writes such a service.

ValueError
└── BadAnswer    the answer breaks the contract; ``code`` says how
"""

import hashlib
import hmac
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

VERSION: Final = 1
PATH: Final = "/v1/advice"
SIGNATURE: Final = "Fondaco-Advice-Signature"
TOLERANCE: Final = Decimal("0.000001")
"""How far weights may be from 1 together."""
_NAME_MAX: Final = 80
_DIGITS_MAX: Final = 40


class BadAnswer(ValueError):
    """Say how the answer breaks the contract, in a stable word."""

    def __init__(self, code: str) -> None:
        """Keep the word."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what the service advises."""

    weights: Mapping[str, Decimal]
    """By symbol; they sum to 1 within the tolerance."""
    model: str


def read_answer(body: bytes, *, request_id: str, symbols: Collection[str]) -> Answer:
    """Read an answer: weights of known symbols, each finite and not negative, that sum to 1.

    :raises BadAnswer: anything else
    """
    told = _parse(body)
    if told.get("version") != VERSION or told.get("request_id") != request_id:
        raise BadAnswer("answer_of_another_request")
    model, listed = told.get("model"), told.get("weights")
    if not isinstance(model, str) or not 0 < len(model) <= _NAME_MAX or not model.isprintable():
        raise BadAnswer("model_unnamed")
    if not isinstance(listed, list) or not listed or len(listed) > len(symbols):
        raise BadAnswer("weights_missing")
    weights: dict[str, Decimal] = {}
    for one in listed:
        if not isinstance(one, dict) or set(one) != {"symbol", "weight"}:
            raise BadAnswer("weights_malformed")
        symbol = one["symbol"]
        if not isinstance(symbol, str) or symbol not in symbols:
            raise BadAnswer("symbol_unknown")
        if symbol in weights:
            raise BadAnswer("symbol_twice")
        weights[symbol] = _weight(one["weight"])
    if abs(sum(weights.values(), Decimal(0)) - 1) > TOLERANCE:
        raise BadAnswer("weights_do_not_sum_to_one")
    return Answer(weights, model)


def sign(secret: str, *, at_s: int, body: bytes) -> str:
    """Write the header that proves who sent a body, and when (Unix seconds): ``t=…,v1=…``."""
    return f"t={at_s},v1={_digest(secret, at_s, body)}"


def is_signed(secret: str, header: str, *, body: bytes, now_s: int, tolerance_s: int = 300) -> bool:
    """Tell whether a header proves that a body was sent by somebody with the secret, just now."""
    told = dict(part.partition("=")[::2] for part in header.split(","))
    stamp = told.get("t", "")
    if not (stamp.isascii() and stamp.isdigit()) or abs(int(stamp[:12]) - now_s) > tolerance_s:
        return False
    wanted = _digest(secret, int(stamp[:12]), body)
    return hmac.compare_digest(told.get("v1", "").encode(), wanted.encode())


def _digest(secret: str, at_s: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()


def _parse(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body, parse_float=Decimal, parse_constant=_refuse)
    except BadAnswer:
        raise
    except (ValueError, RecursionError):
        raise BadAnswer("not_json") from None
    if not isinstance(told, dict):
        raise BadAnswer("not_json")
    return told


def _refuse(name: str) -> Any:
    del name
    raise BadAnswer("weight_not_finite")


def _weight(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise BadAnswer("weights_malformed")
    if isinstance(value, str) and len(value) > _DIGITS_MAX:
        raise BadAnswer("weights_malformed")
    try:
        weight = Decimal(value)
    except InvalidOperation:
        raise BadAnswer("weights_malformed") from None
    if not weight.is_finite() or abs(weight.adjusted()) > _DIGITS_MAX:
        raise BadAnswer("weight_not_finite")
    if weight < 0:
        raise BadAnswer("weight_negative")
    return weight
