"""How requests to HTX are signed."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

_FORM: Final = "%Y-%m-%dT%H:%M:%S"


def query(
    *,
    key: str,
    secret: str,
    method: str,
    host: str,
    path: str,
    at: datetime,
    sent: Mapping[str, str] | None = None,
) -> str:
    """Give the whole query: what is sent, who signs, when, and the signature over all of it.

    Base 64 of HMAC-SHA256 over method, host, path and the sorted query, one in a line; the body is not in it.
    """
    members = {
        **(sent or {}),
        "AccessKeyId": key,
        "SignatureMethod": "HmacSHA256",
        "SignatureVersion": "2",
        "Timestamp": at.astimezone(UTC).strftime(_FORM),
    }
    joined = "&".join(f"{name}={quote(members[name], safe='')}" for name in sorted(members))
    text = f"{method}\n{host.lower()}\n{path}\n{joined}"
    made = base64.b64encode(hmac.digest(secret.encode(), text.encode(), hashlib.sha256)).decode()
    return f"{joined}&Signature={quote(made, safe='')}"
