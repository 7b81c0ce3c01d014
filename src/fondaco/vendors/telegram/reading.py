"""Reading Telegram's ID tokens (OpenID Connect Core 1.0, 3.1.3.7): believed whole or not at all."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import jwt

ALGORITHMS: Final = ("RS256", "ES256")
"""What a house's client may be set to; never HMAC, whose key would be public here."""
AGE_MAX_S: Final = 600
SKEW_S: Final = 60
_TOKEN_LENGTH_MAX: Final = 8192
_TELEGRAM_ID_MAX: Final = 10**16
_REQUIRED: Final = ("iss", "aud", "sub", "id", "iat", "exp", "nonce")
_CHECKED: Final[Any] = {
    "require": list(_REQUIRED),
    "verify_exp": False,  # done below by the caller's clock
    "verify_iat": False,
    "verify_nbf": False,
}


class Malformed(ValueError):
    """Say that a token proves nothing, and why, without quoting it."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Hold what a token says about a person."""

    telegram_id: int
    """Telegram's number of him, the one that its login button signs; ``sub`` is another name."""
    username: str
    issued_at_s: int


def read_id_token(
    token: object,
    *,
    keys: Mapping[str, Any],
    issuer: str,
    audience: str,
    nonce: str,
    at_s: int,
) -> Claims:
    """Give what a token says, where one of the keys signed it for us, for this log-in, just now.

    :raises Malformed: anything else
    """
    if not isinstance(token, str) or len(token) > _TOKEN_LENGTH_MAX:
        raise Malformed("no token")
    try:
        told = jwt.decode(
            token,
            _key(token, keys),
            algorithms=list(ALGORITHMS),
            audience=audience,
            issuer=issuer,
            options=_CHECKED,
        )
    except jwt.PyJWTError as error:
        raise Malformed(type(error).__name__) from error
    if told["aud"] != audience:
        raise Malformed("for others too")
    if not isinstance(told["nonce"], str) or not hmac.compare_digest(
        told["nonce"].encode(), nonce.encode()
    ):
        raise Malformed("of another log-in")
    issued_at_s, ends_at_s = _second(told["iat"]), _second(told["exp"])
    if ends_at_s <= at_s or not -SKEW_S <= at_s - issued_at_s <= AGE_MAX_S:
        raise Malformed("not of now")
    return Claims(_number(told["id"]), str(told.get("preferred_username", "")), issued_at_s)


def _key(token: str, keys: Mapping[str, Any]) -> jwt.PyJWK:
    name = jwt.get_unverified_header(token).get("kid")
    try:
        found = jwt.PyJWKSet.from_dict(dict(keys)).keys
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Malformed("no keys") from error
    for key in found:
        if key.key_id == name and key.algorithm_name in ALGORITHMS:
            return key
    raise Malformed("signed by an unknown key")


def _second(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Malformed("no instant")
    return value


def _number(value: object) -> int:
    text = str(value) if isinstance(value, int | str) else ""
    if not (text.isascii() and text.isdigit()) or not 0 < int(text[:32]) < _TELEGRAM_ID_MAX:
        raise Malformed("no number of a person")
    return int(text)
