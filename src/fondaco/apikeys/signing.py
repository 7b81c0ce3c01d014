"""How a request is signed and how a signature is read; pure. ``docs/signing.md`` has the test vectors.

What is signed::

    <t>.<n>.<METHOD>.<host>.<target>.<idempotency key>.<SHA-256 of the body in hex>

No two requests give the same text: the time, the nonce and the method hold no full stop; a host holds no
slash and a target begins with one; the idempotency key of a signed request must hold no full stop, and the
digest holds none.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

from fondaco.apikeys.errors import SignatureMissing

HEADER: Final = "Fondaco-Signature"
KEY_HEADER: Final = "Idempotency-Key"
_FORM: Final = re.compile(r"t=([0-9]{1,12}),n=([A-Za-z0-9_-]{16,64}),v1=([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signature:
    """Hold what the header says."""

    at_s: int
    """When it was made (Unix seconds)."""
    nonce: str
    code: str
    """The HMAC in small hexadecimal letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Hold what of a request is signed."""

    method: str
    host: str
    """In small letters, with the port where one is sent."""
    target: str
    """Path and query as sent."""
    idempotency_key: str = ""
    """Empty where none is sent."""
    body: bytes = b""


def read(header: str) -> Signature:
    """Read the header.

    :raises SignatureMissing: it is not of its form
    """
    match = _FORM.fullmatch(header)
    if match is None:
        raise SignatureMissing
    return Signature(int(match[1]), match[2], match[3])


def signed_text(request: Request, *, at_s: int, nonce: str) -> bytes:
    """Write what is signed; ``docs/signing.md`` says it in words."""
    digest = hashlib.sha256(request.body).hexdigest()
    parts = (
        str(at_s),
        nonce,
        request.method,
        request.host,
        request.target,
        request.idempotency_key,
        digest,
    )
    return ".".join(parts).encode("utf-8", "surrogateescape")


def sign(request: Request, *, secret: str, at_s: int, nonce: str) -> str:
    """Give the header's value for a request."""
    return f"t={at_s},n={nonce},v1={_code(request, secret, at_s, nonce)}"


def is_right(signature: Signature, request: Request, *, secret: str) -> bool:
    """Tell whether the secret makes this signature of the request; takes the same time either way."""
    if "." in request.idempotency_key:
        return False
    made = _code(request, secret, signature.at_s, signature.nonce)
    return hmac.compare_digest(made, signature.code)


def _code(request: Request, secret: str, at_s: int, nonce: str) -> str:
    text = signed_text(request, at_s=at_s, nonce=nonce)
    return hmac.digest(secret.encode(), text, "sha256").hex()
