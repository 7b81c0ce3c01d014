"""How requests to SumSub are signed, and how its webhooks prove themselves."""

import hashlib
import hmac
from typing import Final

DIGESTS: Final = {
    "HMAC_SHA256_HEX": "sha256",
    "HMAC_SHA512_HEX": "sha512",
    "HMAC_SHA1_HEX": "sha1",
}
"""The algorithms that a webhook may name in ``X-Payload-Digest-Alg``; the last one is their old one."""
OUTDATED: Final = frozenset({"HMAC_SHA1_HEX"})


class DigestRefused(Exception):
    """Say that a webhook does not prove that it comes from SumSub."""


def headers(
    *, token: str, secret: str, at_s: int, method: str, target: str, body: bytes
) -> dict[str, str]:
    """Give the three headers of a request; ``target`` is path and query, ``body`` the bytes as sent."""
    signed = f"{at_s}{method}{target}".encode() + body
    return {
        "X-App-Token": token,
        "X-App-Access-Ts": str(at_s),
        "X-App-Access-Sig": hmac.digest(secret.encode(), signed, hashlib.sha256).hex(),
    }


def check_digest(
    *, secret: str, body: bytes, digest: str, algorithm: str, allow_outdated: bool = False
) -> None:
    """Pass silently when the digest is that of the raw body under the webhook's own secret.

    :raises DigestRefused: another digest, an unknown algorithm, or SHA-1 where it is not switched on
    """
    name = DIGESTS.get(algorithm)
    if name is None or (algorithm in OUTDATED and not allow_outdated):
        raise DigestRefused(f"the algorithm {algorithm[:40]!r} is not taken")
    made = hmac.digest(secret.encode(), body, name).hex()
    if not hmac.compare_digest(made.encode(), digest.lower().encode("utf-8", "replace")):
        raise DigestRefused("the digest is another one")
