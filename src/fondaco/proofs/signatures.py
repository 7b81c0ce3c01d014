"""The key that signs blocks and archives: Ed25519 (RFC 8032), derived from the encryption keys.

Whoever can write to the database alone cannot sign, so a chain that was computed anew shows.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from fondaco.kit.django.keys import UnknownKey, ring
from fondaco.kit.options import options

_PURPOSE: Final = "proofs.signatures"


@dataclass(frozen=True, slots=True)
class Signature:
    """Hold a signature with the name of its key."""

    key_id: str
    bytes: bytes


def sign(message: bytes) -> Signature:
    """Sign with the current key.

    :raises KeysError: there is no key
    """
    key_id = ring().current_id
    return Signature(key_id, _private(key_id).sign(message))


def is_genuine(message: bytes, signature: Signature) -> bool:
    """Tell whether the house signed this, with a key that it has or says that it had."""
    public = public_keys().get(signature.key_id)
    return public is not None and is_signed_by(public, message, signature.bytes)


def is_signed_by(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the owner of a public key of 32 bytes signed this."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_keys() -> dict[str, bytes]:
    """Give the public keys by name, the current one first; former ones as the options name them.

    :raises KeysError: there is no key
    """
    former = dict(read_public_key(text) for text in options().former_signing_keys)
    return {key_id: _private(key_id).public_key().public_bytes_raw() for key_id in ring().ids} | {
        key_id: public for key_id, public in former.items() if key_id not in ring().ids
    }


def current_key_id() -> str:
    """Name the key that signs now.

    :raises KeysError: there is no key
    """
    return ring().current_id


def read_public_key(text: str) -> tuple[str, bytes]:
    """Read ``<name>:<base64 of 32 bytes>``.

    :raises UnknownKey: it is not written so
    """
    name, _, encoded = text.rpartition(":")
    try:
        public = base64.b64decode(encoded, validate=True)
        Ed25519PublicKey.from_public_bytes(public)
    except (binascii.Error, ValueError):
        raise UnknownKey("a public key is written <name>:<base64 of 32 bytes>") from None
    return name, public


def _private(key_id: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(ring().derive(_PURPOSE, key_id))
