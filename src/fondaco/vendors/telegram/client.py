"""The authorization-code flow with PKCE: where to send a person, and what his code is worth.

Sources: https://core.telegram.org/bots/telegram-login, OpenID Connect Core 1.0 (3.1), RFC 7636.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

import httpx

from fondaco.kit.http import make_client
from fondaco.vendors.telegram.reading import Claims, Malformed, read_id_token

BASE: Final = "https://oauth.telegram.org"
SCOPE: Final = "openid profile"


class TelegramError(Exception):
    """Say that a call did not do what it was to do."""


class Unavailable(TelegramError):
    """Say that Telegram cannot be asked now, or that its answer is none."""


class Refused(TelegramError):
    """Say that Telegram does not take the code, or that its token proves nothing here."""


@dataclass(frozen=True, slots=True)
class Telegram:
    """Speak to Telegram as one registered client; ``base`` is the issuer too."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    base: str = BASE
    transport: httpx.BaseTransport | None = None

    def authorization_url(self, *, state: str, nonce: str, verifier: str) -> str:
        """Give the page on which a person lets Telegram tell us who he is."""
        asked = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        return f"{self.base}/auth?{urlencode(asked)}"

    def redeem(self, *, code: str, nonce: str, verifier: str, at_s: int) -> Claims:
        """Give who came back with a code, proved by the signature of the token that it is worth.

        The keys are fetched each time: log-ins are rare, and a withdrawn key is worth nothing at once.

        :raises TelegramError: the code or the token is not taken, or Telegram cannot be asked
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self.client_id,
            "code_verifier": verifier,
        }
        basic = httpx.BasicAuth(self.client_id, self.client_secret)
        answer = self._ask("POST", "/token", data=form, auth=basic)
        keys = self._ask("GET", "/.well-known/jwks.json")
        try:
            return read_id_token(
                answer.get("id_token"),
                keys=keys,
                issuer=self.base,
                audience=self.client_id,
                nonce=nonce,
                at_s=at_s,
            )
        except Malformed as error:
            raise Refused(str(error)) from error

    def _ask(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        try:
            with make_client(transport=self.transport) as client:
                answer = client.request(method, self.base + path, **sent)
        except httpx.HTTPError as error:
            raise Unavailable(type(error).__name__) from error
        status = answer.status_code
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Unavailable(f"answered {status}")
        if status != HTTPStatus.OK:
            raise Refused(f"answered {status}")
        try:
            told = answer.json()
        except ValueError as error:
            raise Unavailable("answered what is no JSON") from error
        if not isinstance(told, dict):
            raise Unavailable("answered what is no object")
        return told


def challenge_of(verifier: str) -> str:
    """Give the challenge of a PKCE verifier by the method S256 (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
