"""A wallet's token: unguessable, recognisable in a log by its prefix, found by its keyed digest."""

import re
import secrets
from typing import Final

from fondaco.kit.django.keys import keyed_digest, keyed_digests

PREFIX: Final = "wt_"
"""Every token begins so; whoever writes logs masks what follows."""
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_LETTERS: Final = 32
_PATTERN: Final = re.compile(rf"{PREFIX}[{_ALPHABET}]{{{_LETTERS}}}", re.ASCII)
_PURPOSE: Final = "wallets.token"


def make_token() -> str:
    """Make a token of 160 random bits."""
    return PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS))


def is_token(text: str) -> bool:
    """Tell whether the text has the form of a token."""
    return _PATTERN.fullmatch(text) is not None


def digest_token(token: str) -> bytes:
    """Give the keyed digest under which a token is stored (32 bytes)."""
    return keyed_digest(_PURPOSE, token)


def digests_of_token(token: str) -> list[bytes]:
    """Give the digests under which a token may be stored while keys are being replaced."""
    return keyed_digests(_PURPOSE, token)
