"""Sealed bytes: a fresh data key for each value, wrapped by the key ring, bound to where it belongs.

Values that are written together may share a data key (`seal_many`); each has a nonce of its own all the same.

Layout: version (1 byte) · length of the key's name (1) · name · wrap nonce (12) · wrapped data key (48) ·
nonce (12) · ciphertext with tag (AES-256-GCM). The context is authenticated, so a value that is copied into
another table, column or file does not open.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fondaco.kit.django import keys

_VERSION: Final = 1
_NONCE: Final = 12
_DATA_KEY: Final = 32
_TAG: Final = 16
_WRAPPED: Final = _NONCE + _DATA_KEY + _TAG
_PURPOSE: Final = "envelope"


class SealBroken(Exception):
    """Say that sealed bytes were altered, cut, or moved from the place where they belong."""


@dataclass(frozen=True, slots=True)
class _Parts:
    key_id: str
    wrapped: bytes
    body: bytes


def seal(plain: bytes, *, context: str) -> bytes:
    """Encrypt under the current key for one context, such as ``kit_delivery.content``."""
    return seal_many([plain], context=context)[0]


def seal_many(plains: Iterable[bytes], *, context: str) -> list[bytes]:
    """Encrypt values that are written together, in their order, as with `seal`.

    Wrapping a data key costs as much as all else, so that they share one. Nonces are drawn at random, which
    AES-GCM allows 2**32 times for a key (NIST SP 800-38D, section 8.3): far more than one statement writes.
    """
    ring = keys.ring()
    name = ring.current_id.encode()
    header = bytes((_VERSION, len(name))) + name
    data_key, bound = os.urandom(_DATA_KEY), context.encode()
    start = header + _encrypt(AESGCM(ring.derive(_PURPOSE)), data_key, header + bound)
    cipher = AESGCM(data_key)
    return [start + _encrypt(cipher, plain, bound) for plain in plains]


def unseal(sealed: bytes, *, context: str) -> bytes:
    """Decrypt what was sealed for the same context.

    :raises SealBroken: altered, cut, or sealed for another context
    :raises UnknownKey: sealed with a key that is gone
    """
    parts = _split(sealed)
    name, bound = parts.key_id.encode(), context.encode()
    header = bytes((_VERSION, len(name))) + name
    wrapping = keys.ring().derive(_PURPOSE, parts.key_id)
    return _decrypt(_decrypt(wrapping, parts.wrapped, header + bound), parts.body, bound)


def is_sealed(stored: bytes) -> bool:
    """Tell sealed bytes from JSON and other text, which never begins with the version's byte."""
    return stored[:1] == bytes((_VERSION,))


def is_current(sealed: bytes) -> bool:
    """Tell whether the value is sealed with the key that seals now.

    :raises SealBroken: these bytes were never sealed
    """
    return _split(sealed).key_id == keys.ring().current_id


def _encrypt(cipher: AESGCM, plain: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + cipher.encrypt(nonce, plain, bound)


def _decrypt(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
    except (InvalidTag, ValueError):
        raise SealBroken("a sealed value was altered, or belongs elsewhere") from None


def _split(sealed: bytes) -> _Parts:
    if len(sealed) < 2 or sealed[0] != _VERSION:  # noqa: PLR2004 - version and length bytes
        raise SealBroken("these bytes are not a sealed value")
    start = 2 + sealed[1]
    if len(sealed) < start + _WRAPPED + _NONCE + _TAG:
        raise SealBroken("a sealed value was cut")
    try:
        name = sealed[2:start].decode()
    except UnicodeDecodeError:
        raise SealBroken("these bytes are not a sealed value") from None
    return _Parts(name, sealed[start : start + _WRAPPED], sealed[start + _WRAPPED :])
