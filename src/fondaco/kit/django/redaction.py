"""Take secrets out of what is logged: by the name that they stand under, and by their look.

It is the second line of defence. The first is never to log a secret.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

MASK: Final = "[redacted]"
_DEPTH_MAX: Final = 8

_NAMES: Final = re.compile(
    r"pass(word|wd|phrase)|secret|token|authori[sz]ation|cookie|api_?key|private_?key|credential"
    r"|signature|otp|recovery_?code|seed|mnemonic|dsn|database_url|card_?number|\bcvv\b|\biban\b",
    re.IGNORECASE,
)
_HARMLESS: Final = re.compile(r"token_(type|count)|.*_(id|hint|count)$", re.IGNORECASE)
"""Names that look like a secret's but hold none."""

_LOOKS: Final = (
    (re.compile(r"\b(Bearer|Basic|Key)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*"), MASK),
    (re.compile(r"(://[^\s:/@]*):[^\s@]+@"), rf"\1:{MASK}@"),
    (
        re.compile(
            r"([?&](?:[\w-]*(?:token|secret|key|code|signature))=)[^&\s\"']+", re.IGNORECASE
        ),
        rf"\1{MASK}",
    ),
    (
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)", re.DOTALL),
        MASK,
    ),
    # A capability, such as a wallet's token, is written like an identifier but with 32 letters instead of 26.
    (re.compile(r"\b([a-z]{2,4}_)[0-9a-hjkmnp-tv-z]{32}\b"), rf"\1{MASK}"),
    # Our own opaque tokens: of wallets, for refreshing, for setting up.
    (re.compile(r"\b(wt|frt|fsu)_[\w-]{8,}"), rf"\1_{MASK}"),
    # Long random text, such as secrets.token_urlsafe makes: small and capital letters mixed, and digits; or,
    # as one in 1,500 of them has no digit, more capitals than a name in camel case has.
    (
        re.compile(
            r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?:(?=[\w-]*\d)|(?=(?:[\w-]*?[A-Z]){11}))"
            r"[A-Za-z0-9_-]{32,}(?![\w-])"
        ),
        MASK,
    ),
)


def redact(value: Any, *, depth: int = 0) -> Any:
    """Give the value with its secrets masked; containers are copied, never changed."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, bytes):
        return redact_text(value.decode("utf-8", "replace"))
    if depth >= _DEPTH_MAX:
        return value if isinstance(value, (int, float, bool)) or value is None else MASK
    if isinstance(value, Mapping):
        return {name: redact_item(name, item, depth=depth + 1) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [redact(item, depth=depth + 1) for item in value]
    return value


def redact_item(name: object, value: Any, *, depth: int = 0) -> Any:
    """Give the value of a named member, masked whole when its name says that it is secret."""
    if isinstance(name, str) and _NAMES.search(name) and not _HARMLESS.fullmatch(name):
        return MASK if value not in (None, "") else value
    return redact(value, depth=depth)


def redact_text(text: str) -> str:
    """Give the text with everything masked that looks like a secret."""
    for look, replacement in _LOOKS:
        text = look.sub(replacement, text)
    return text
