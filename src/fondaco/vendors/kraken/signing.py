"""How requests to Kraken are signed."""

import base64
import hashlib
import hmac


def sign(*, secret: str, path: str, nonce: int, body: str) -> str:
    """Give ``API-Sign``: base64 of HMAC-SHA512 over path and SHA-256 of nonce and body.

    :param secret: as Kraken shows it, in base 64
    :param path: with its version, ``/0/private/AddOrder``
    :param body: the form as it is sent, the nonce in it
    :raises ValueError: the secret is not base 64
    """
    digest = hashlib.sha256(f"{nonce}{body}".encode()).digest()
    key = base64.b64decode(secret, validate=True)
    return base64.b64encode(hmac.digest(key, path.encode() + digest, "sha512")).decode()
