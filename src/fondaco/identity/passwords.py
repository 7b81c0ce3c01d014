"""What a password must be, and how it is kept.

Twelve characters at least and not in the list of breached ones (NIST SP 800-63B, 3.1.1.2); compared in
compatibility form (NFKC), so that two keyboards write the same password. A text over 1,024 characters is
refused before any work is done on it.
"""

import secrets
from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from typing import Final
from unicodedata import normalize

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from fondaco.kit.errors import DomainError, Kind

CHARACTERS_MIN: Final = 12
CHARACTERS_MAX: Final = 1024
_DIFFERENT_MIN: Final = 5
_TOLD_MIN: Final = 4
_UNREADABLE: Final = f"A password is text of at most {CHARACTERS_MAX} characters."
_SALT_BYTES: Final = 22
"""As many as Django's salts have."""
_TRIMMINGS: Final = "0123456789!?.,-_#*+$@ "
"""What people put around a word to make it longer."""

UNUSABLE: Final = ""
"""Stands where a user has no password yet; nothing verifies against it."""


class WeakPassword(DomainError):
    """Say that a password is too short, too long or known to those who guess."""

    code = "weak_password"
    kind = Kind.INVALID
    title = "Choose another password."


class Argon2(Argon2PasswordHasher):
    """Hash with argon2id at 19 MiB, two passes, one lane (OWASP's first recommendation).

    Django's default takes 100 MiB a hash: sixteen logins at once would take 1.6 GB.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


_hasher = Argon2()


def check_rules(password: str, *, told: Iterable[str | None] = (), field: str = "password") -> None:
    """Pass silently when the password may be used; ``told`` is what others know of the person.

    ``field`` is what the refusal calls it.

    :raises WeakPassword: too short, too long, too plain, breached, or made of what is known
    """
    reason = _find_weakness(password, told)
    if reason:
        raise WeakPassword(reason, field=field)


class Rules:
    """Tell Django, and libraries that ask it, the same rules."""

    def validate(self, password: str, user: object = None) -> None:
        """Pass silently when the password may be used.

        :raises ValidationError: it may not
        """
        names = ("email", "phone", "username", "first_name", "last_name")
        reason = _find_weakness(password, [getattr(user, name, None) for name in names])
        if reason:
            raise ValidationError(reason, code=WeakPassword.code)

    def get_help_text(self) -> str:
        """Say what is asked for."""
        return f"At least {CHARACTERS_MIN} characters that nobody else would think of."


def hash_password(password: str) -> str:
    """Give the argon2id hash of a password.

    :raises WeakPassword: over 1,024 characters, or not text
    """
    folded = _readable(password)
    if folded is None:
        raise WeakPassword(_UNREADABLE, field="password")
    return _hasher.encode(folded, _hasher.salt())


def verify(password: str, stored: str | None) -> bool:
    """Compare a password with a hash; no hash costs the same time and gives false."""
    folded = _readable(password)
    if folded is None:
        return False
    matches = _hasher.verify(folded, stored or _nobodys_hash())
    return matches and bool(stored)


def is_outdated(stored: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _hasher.must_update(stored)


def _find_weakness(password: str, told: Iterable[str | None]) -> str:
    folded = _readable(password)
    if folded is None:
        return _UNREADABLE
    if len(folded) < CHARACTERS_MIN:
        return f"A password has at least {CHARACTERS_MIN} characters."
    if len(set(folded)) < _DIFFERENT_MIN:
        return f"A password has at least {_DIFFERENT_MIN} different characters."
    small = folded.casefold()
    if _is_breached(small):
        return "This password is in the lists of those who guess."
    if any(_leaves_little(small, word.casefold()) for word in told if word):
        return "This password is made of your name or address."
    return ""


@cache
def _nobodys_hash() -> str:
    """Make a hash of nothing with today's parameters: comparing with it costs one hash, like any other."""
    cost = f"m={Argon2.memory_cost},t={Argon2.time_cost},p={Argon2.parallelism}"
    salt, digest = (
        b64encode(secrets.token_bytes(n)).rstrip(b"=").decode() for n in (_SALT_BYTES, 32)
    )
    return f"argon2$argon2id$v=19${cost}${salt}${digest}"


@cache
def _breached() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)


def _is_breached(small: str) -> bool:
    word = small.strip(_TRIMMINGS)
    period = (word + word).find(word, 1)
    return not _breached().isdisjoint((small, word, word[:period]))


def _leaves_little(small: str, word: str) -> bool:
    """Tell whether less than half of the least length is left without the word."""
    if len(word) < _TOLD_MIN:
        return False
    return 2 * len(small.replace(word, "")) < CHARACTERS_MIN


def _readable(password: str) -> str | None:
    """Fold a password, after looking at nothing but its length and whether it is text at all."""
    if len(password) > CHARACTERS_MAX:
        return None
    if any("\ud800" <= letter <= "\udfff" for letter in password):
        return None
    return normalize("NFKC", password)
