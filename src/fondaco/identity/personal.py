"""Seals what is kept of a person outside his row under a key of his own, which erasure destroys.

What was sealed stays in backups and archives; once the key is gone, nobody reads it, the house neither.
"""

import base64
import secrets
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fondaco.identity import models
from fondaco.kit import clock
from fondaco.kit.errors import NotFound

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


def seal(user_id: UUID, plain: bytes, *, context: str) -> bytes:
    """Seal bytes under the person's key (AES-256-GCM), bound to their use; the first use makes the key.

    :raises NotFound: there is no such person, or his data were erased
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    key = _find(user_id) or _make(user_id)
    return nonce + AESGCM(key).encrypt(nonce, plain, _bound(user_id, context))


def unseal(user_id: UUID, sealed: bytes, *, context: str) -> bytes:
    """Open what was sealed for the same person and use.

    :raises NotFound: the key is destroyed, and with it what was sealed
    :raises cryptography.exceptions.InvalidTag: sealed for another person or use, or changed since
    """
    key = _find(user_id)
    if key is None:
        raise NotFound("What was kept of this person is destroyed.")
    nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    return AESGCM(key).decrypt(nonce, text, _bound(user_id, context))


def destroy(user_id: UUID) -> None:
    """Destroy the person's key, in the caller's transaction."""
    models.PersonKey.objects.filter(user_id=user_id).delete()


def _find(user_id: UUID) -> bytes | None:
    row = models.PersonKey.objects.filter(user_id=user_id).first()
    return base64.b64decode(row.key) if row else None


def _make(user_id: UUID) -> bytes:
    if not models.User.objects.filter(id=user_id, erased_at__isnull=True).exists():
        raise NotFound("There is no such person.")
    fresh = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
    row, _ = models.PersonKey.objects.get_or_create(
        user_id=user_id, defaults={"key": fresh, "created_at": clock.now()}
    )
    return base64.b64decode(row.key)


def _bound(user_id: UUID, context: str) -> bytes:
    return f"{user_id}:{context}".encode()
