"""Signatures of Standard Webhooks 1.0: ``v1`` by a shared secret, ``v1a`` by an Ed25519 key.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the specification's, by which scanners find leaked secrets
PUBLIC_PREFIX: Final = "whpk_"
_BYTES: Final = 32


def new_secret() -> str:
    """Give a fresh shared secret."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def new_seed() -> str:
    """Give the seed of a fresh Ed25519 key, in base 64."""
    return base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def public_key(seed: str) -> str:
    """Give the public key of a seed as it is shown: ``whpk_…``."""
    raw = _private(seed).public_key().public_bytes_raw()
    return PUBLIC_PREFIX + base64.b64encode(raw).decode()


def sign(
    *, message_id: str, timestamp_s: int, body: bytes, shared: Iterable[str], seed: str
) -> str:
    """Give the header ``webhook-signature``: one ``v1`` for each shared secret, and a ``v1a``."""
    content = f"{message_id}.{timestamp_s}.".encode() + body
    parts = [f"v1,{_text(_hmac(secret, content))}" for secret in shared]
    return " ".join([*parts, f"v1a,{_text(_private(seed).sign(content))}"])


def _hmac(secret: str, content: bytes) -> bytes:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return hmac.new(key, content, hashlib.sha256).digest()


def _private(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
