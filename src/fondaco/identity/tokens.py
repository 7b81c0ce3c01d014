"""Access tokens (JWT, RFC 7519) and opaque one-time tokens.

An access token is signed with a key derived from the secret key *and the tenant's name*, and names the tenant
in its claims: one tenant's token fails twice in another. Opaque tokens carry 256 random bits; their SHA-256
is kept.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import jwt
from django.conf import settings

from fondaco.identity.errors import TokenExpired
from fondaco.identity.types import (
    CUSTOMER_PREFIX,
    SESSION_PREFIX,
    USER_PREFIX,
    CustomerId,
    Grant,
    SessionId,
    UserId,
    customer_wire,
    session_wire,
    user_wire,
)
from fondaco.kit import ids
from fondaco.kit.access import Role
from fondaco.kit.errors import Unauthenticated

REFRESH_PREFIX: Final = "frt_"
SET_UP_PREFIX: Final = "fsu_"
TICKET_PREFIX: Final = "fst_"

_ALGORITHM: Final = "HS256"
_HEADERS: Final = {"typ": "at+jwt"}
_REQUIRED: Final = ("sub", "role", "sid", "ten", "perms", "exp")
_LENGTH_MAX: Final = 4096
_REMEMBERED: Final = 16_384
"""Tokens whose signature was seen to be good: some 20 MB once so many people are at work."""
_OPAQUE_LENGTH_MAX: Final = 100
_NOT_HERE: Final = "This is not a token for here."
_DECODING: Final[Any] = {
    "require": list(_REQUIRED),
    "verify_exp": False,  # done below by the kit's clock
    "verify_iat": False,
    "verify_sub": False,
}


def issue(grant: Grant, *, tenant: str, at: datetime, lifetime_s: int) -> str:
    """Sign an access token for what the grant says, valid from ``at`` on."""
    claims: dict[str, Any] = {
        "sub": user_wire(grant.user_id),
        "role": grant.role.value,
        "sid": session_wire(grant.session_id),
        "ten": tenant,
        "perms": sorted(grant.permissions),
        "iat": int(at.timestamp()),
        "exp": int((at + timedelta(seconds=lifetime_s)).timestamp()),
    }
    if grant.customer_id is not None:
        claims["cus"] = customer_wire(grant.customer_id)
    key = _key(settings.SECRET_KEY, tenant)
    return jwt.encode(claims, key, algorithm=_ALGORITHM, headers=_HEADERS)


def read(token: str, *, tenant: str, at: datetime) -> Grant:
    """Give what an access token proves to this tenant at this instant.

    :raises Unauthenticated: forged, of another tenant, or not a token of ours
    :raises TokenExpired: its time is over
    """
    if len(token) > _LENGTH_MAX:
        raise Unauthenticated(_NOT_HERE)
    grant, expires_at = _verified(
        token, tenant, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    )
    if expires_at <= at.timestamp():
        raise TokenExpired
    return grant


def new_opaque(prefix: str) -> tuple[str, bytes]:
    """Make a one-time token and its digest; the prefix lets scanners for leaked secrets find it."""
    token = prefix + secrets.token_urlsafe(32)
    return token, digest(token)


def digest(token: str) -> bytes:
    """Give the SHA-256 under which a one-time token is kept; an overlong text is nobody's."""
    return hashlib.sha256(token[:_OPAQUE_LENGTH_MAX].encode("utf-8", "replace")).digest()


@lru_cache(maxsize=_REMEMBERED)
def _verified(token: str, tenant: str, keys: tuple[str, ...]) -> tuple[Grant, int]:
    """Give what a token proves and when it ends; kept, since a caller sends the same token many times.

    A signature stays good or bad for ever. Whether the token's time or session is over is asked each time.
    """
    claims = next(filter(None, (_claims(token, _key(secret, tenant)) for secret in keys)), None)
    if claims is None or claims["ten"] != tenant:
        raise Unauthenticated(_NOT_HERE)
    try:
        return _grant(claims), int(claims["exp"])
    except ValueError as error:  # signed by another version of ours
        raise Unauthenticated(_NOT_HERE) from error


def _claims(token: str, key: bytes) -> dict[str, Any] | None:
    try:
        return jwt.decode(token, key, algorithms=[_ALGORITHM], options=_DECODING)
    except jwt.InvalidTokenError:
        return None


def _grant(claims: dict[str, Any]) -> Grant:
    customer = claims.get("cus")
    return Grant(
        user_id=UserId(ids.decode(USER_PREFIX, claims["sub"])),
        customer_id=CustomerId(ids.decode(CUSTOMER_PREFIX, customer)) if customer else None,
        session_id=SessionId(ids.decode(SESSION_PREFIX, claims["sid"])),
        role=Role(claims["role"]),
        permissions=frozenset(claims["perms"]),
    )


@lru_cache(maxsize=1024)
def _key(secret: str, tenant: str) -> bytes:
    """Derive a tenant's signing key; HMAC is a pseudo-random function of its message (RFC 2104)."""
    message = f"fondaco.identity access token 1:{tenant}"
    return hmac.digest(secret.encode(), message.encode(), "sha256")
