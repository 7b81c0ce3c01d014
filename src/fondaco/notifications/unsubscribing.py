"""Tokens that let whoever holds a mailing leave it without logging in, and nothing else (RFC 8058)."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from fondaco.kit.django.keys import keyed_digest, keyed_digests
from fondaco.kit.errors import NotFound
from fondaco.kit.options import options

PATH: Final = "/api/v1/notifications/unsubscribe"
_PURPOSE: Final = "notifications.unsubscribe"
_MARK_BYTES: Final = 16
_ID_BYTES: Final = 16


def token_of(user_id: UUID) -> str:
    """Make the token of a person: who he is, and a mark that only the house can make."""
    mark = keyed_digest(_PURPOSE, str(user_id))[:_MARK_BYTES]
    return base64.urlsafe_b64encode(user_id.bytes + mark).rstrip(b"=").decode()


def read(token: str) -> UUID:
    """Give whose token it is.

    :raises NotFound: it is none of ours
    """
    try:
        raw = base64.b64decode(
            token.encode("ascii") + b"=" * (-len(token) % 4), b"-_", validate=True
        )
    except (UnicodeEncodeError, binascii.Error):
        raise NotFound("This link is none of ours.") from None
    if len(raw) != _ID_BYTES + _MARK_BYTES:
        raise NotFound("This link is none of ours.")
    user_id, mark = UUID(bytes=raw[:_ID_BYTES]), raw[_ID_BYTES:]
    marks = keyed_digests(_PURPOSE, str(user_id))
    if not any(hmac.compare_digest(mark, one[:_MARK_BYTES]) for one in marks):
        raise NotFound("This link is none of ours.")
    return user_id


def url_of(user_id: UUID) -> str:
    """Give the link that a mailing holds."""
    chosen = options()
    base = chosen.public_url or f"http://127.0.0.1:{chosen.port}"
    return f"{base.rstrip('/')}{PATH}/{token_of(user_id)}"


def headers_of(url: str) -> Mapping[str, str]:
    """Give the headers by which mail programs show a button (RFC 8058, 3.1)."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
