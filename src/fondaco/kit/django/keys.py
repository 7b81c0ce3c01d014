"""Where encryption keys come from, and what is derived from them.

A master key never encrypts anything itself: each purpose has a key of its own, derived by HKDF
(RFC 5869). The first key of the ring seals, all of them open, so that a key is replaced by putting a
new one in front, running ``rotate_fields`` and ``rotate_files``, and then taking the old one away.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fondaco.kit.options import DEVELOPMENT_ENCRYPTION_KEY, ENCRYPTION_KEY_BYTES, options

KEY_FILE: Final = "encryption-key"
_ID_BYTES_MAX: Final = 64
_SALT: Final = b"fondaco"
_OTHERS: Final = 0o077


class KeysError(Exception):
    """Say why the encryption keys cannot be had, in one sentence for the operator."""


class UnknownKey(KeysError):
    """Say that a value was sealed with a key that the ring does not hold."""


@dataclass(frozen=True, slots=True)
class Key:
    """Hold one master key: its name, which every sealed value carries, and 32 secret bytes."""

    id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what could not be written into a sealed value.

        :raises KeysError: the name is empty or over 64 bytes, or the secret is not 32 bytes
        """
        if not 0 < len(self.id.encode()) <= _ID_BYTES_MAX:
            raise KeysError(f"the name of an encryption key has 1 to {_ID_BYTES_MAX} bytes")
        if len(self.secret) != ENCRYPTION_KEY_BYTES:
            raise KeysError(f"encryption key {self.id} must have {ENCRYPTION_KEY_BYTES} bytes")


class KeyProvider(Protocol):
    """Give the master keys: environment and files here, vaults and cloud key stores elsewhere."""

    def keys(self) -> Sequence[Key]:
        """Give all keys, the one that seals first.

        :raises KeysError: there is none, or one cannot be read
        """


@dataclass(frozen=True, slots=True)
class ConfiguredKeys:
    """Read keys from the option ``encryption_keys`` (the environment or a ``*_FILE``)."""

    text: str = field(repr=False)
    """``<name>:<base64 of 32 bytes>``, comma separated."""

    def keys(self) -> Sequence[Key]:
        """Give the keys in the order in which they are written.

        :raises KeysError: none is written, or one is malformed
        """
        return [_parse(pair.strip()) for pair in self.text.split(",") if pair.strip()]


@dataclass(frozen=True, slots=True)
class GeneratedKey:
    """Keep one key in a file that is made at first use: development only."""

    path: Path

    def keys(self) -> Sequence[Key]:
        """Give the key of this checkout; processes that start together agree on one.

        :raises KeysError: the file is malformed, or others may read it
        """
        if not self.path.exists():
            self._make()
        if self.path.stat().st_mode & _OTHERS:
            raise KeysError(f"{self.path} can be read by others; run: chmod 600 {self.path}")
        return [_parse(self.path.read_text(encoding="ascii").strip())]

    def _make(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        secret = secrets.token_bytes(ENCRYPTION_KEY_BYTES)
        text = f"local-{secrets.token_hex(4)}:{base64.b64encode(secret).decode()}\n"
        draft = self.path.with_name(f".{self.path.name}-{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            # A link, unlike a rename, fails when another process was first: then its key counts.
            os.link(draft, self.path)
        except FileExistsError:
            return
        finally:
            draft.unlink()


class KeyRing:
    """Hold the keys by name; the first one is current."""

    def __init__(self, keys: Sequence[Key]) -> None:
        """Keep the keys.

        :raises KeysError: there is none, or a name occurs twice
        """
        self._keys = {key.id: key for key in keys}
        if not keys:
            raise KeysError("no encryption key is set; set FONDACO_ENCRYPTION_KEYS")
        if len(self._keys) < len(keys):
            raise KeysError("two encryption keys have the same name")
        self.current_id = keys[0].id

    @property
    def ids(self) -> tuple[str, ...]:
        """Give the names of all keys, the current one first."""
        return tuple(self._keys)

    def derive(self, purpose: str, key_id: str | None = None) -> bytes:
        """Give the 32-byte key for a purpose, from the current master key or a named one.

        :raises UnknownKey: the ring holds no key of that name
        """
        key = self._keys.get(key_id or self.current_id)
        if key is None:
            raise UnknownKey(f"encryption key {key_id} is not in FONDACO_ENCRYPTION_KEYS")
        return _derive(key.secret, purpose)


_installed: list[KeyRing] = []


def install(provider: KeyProvider | None) -> None:
    """Take keys from this provider instead of the options; none goes back to the options.

    :raises KeysError: the provider has none, or they cannot be read
    """
    _installed[:] = [] if provider is None else [KeyRing(provider.keys())]


def ring() -> KeyRing:
    """Give the keys of this process.

    :raises KeysError: production has none, or they cannot be read
    """
    if _installed:
        return _installed[0]
    chosen = options()
    text = chosen.encryption_keys.get_secret_value()
    return _ring_of(text, chosen.environment, chosen.data_dir)


def keyed_digest(purpose: str, text: str) -> bytes:
    """Give 32 bytes by which a secret is found without being stored (HMAC-SHA256)."""
    return _digest(ring(), purpose, text, None)


def keyed_digests(purpose: str, text: str) -> list[bytes]:
    """Give the digests under all keys, the current first: look-ups ask for any of them.

    Rows that were written under an older key are so still found while keys are being replaced.
    """
    keys = ring()
    return [_digest(keys, purpose, text, key_id) for key_id in keys.ids]


def _digest(keys: KeyRing, purpose: str, text: str, key_id: str | None) -> bytes:
    return hmac.digest(keys.derive(f"digest:{purpose}", key_id), text.encode(), hashlib.sha256)


@lru_cache(maxsize=8)
def _ring_of(text: str, environment: str, data_dir: str) -> KeyRing:
    if text != DEVELOPMENT_ENCRYPTION_KEY:
        return KeyRing(ConfiguredKeys(text).keys())
    if environment == "production":
        raise KeysError("production has no encryption key; set FONDACO_ENCRYPTION_KEYS")
    return KeyRing(GeneratedKey(Path(data_dir) / KEY_FILE).keys())


@lru_cache(maxsize=256)
def _derive(secret: bytes, purpose: str) -> bytes:
    size = ENCRYPTION_KEY_BYTES
    return HKDF(algorithm=SHA256(), length=size, salt=_SALT, info=purpose.encode()).derive(secret)


def _parse(pair: str) -> Key:
    name, _, encoded = pair.partition(":")
    try:
        return Key(name, base64.b64decode(encoded, validate=True))
    except binascii.Error:
        raise KeysError("an encryption key is written <name>:<base64 of 32 bytes>") from None
