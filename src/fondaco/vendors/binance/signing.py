"""How requests to Binance are signed."""

import hashlib
import hmac


def sign(*, secret: str, payload: str) -> str:
    """Give ``signature``: lower-case hexadecimal HMAC-SHA256 over the parameters as they are sent."""
    return hmac.digest(secret.encode(), payload.encode(), hashlib.sha256).hex()
