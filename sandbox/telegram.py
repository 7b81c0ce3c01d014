"""Telegram's log-in by OpenID Connect, simulated: the page, the token and the keys.

The page asks nobody: who presses is set by ``PUT /telegram/person``, ``{"id", "preferred_username"}``, and
``claims`` in it replace those of the next tokens. Codes are good once, for their client, address and PKCE
verifier, as at Telegram. Client: ``4242``, secret ``sandbox-telegram-secret``.
"""

import base64
import hashlib
import hmac
import itertools
import secrets
import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

CLIENT_ID: Final = "4242"
CLIENT_SECRET: Final = "sandbox-telegram-secret"  # noqa: S105 - the sandbox's, and published on purpose
LIFETIME_S: Final = 3600
KEPT: Final = 500
_KEY_NAME: Final = "sandbox-1"
_SCOPES: Final = frozenset({"openid", "profile", "phone", "telegram:bot_access"})
_NOBODY: Final[Mapping[str, Any]] = {"id": 1, "preferred_username": "nobody"}


class Telegram:
    """Keep in memory who presses the button and which codes are out."""

    name = "telegram"

    def __init__(self) -> None:
        """Begin with nobody in particular."""
        self._numbers = itertools.count(1)
        self._codes: dict[str, dict[str, str]] = {}
        self._person: dict[str, Any] = dict(_NOBODY)

    def routes(self) -> list[BaseRoute]:
        """Give Telegram's addresses and the one that says who presses."""
        return [
            Route("/.well-known/openid-configuration", self.discover, methods=["GET"]),
            Route("/.well-known/jwks.json", self.keys, methods=["GET"]),
            Route("/auth", self.authorize, methods=["GET"]),
            Route("/token", self.token, methods=["POST"]),
            Route("/person", self.set_person, methods=["PUT"]),
        ]

    def reset(self) -> None:
        """Forget codes and the person."""
        self._codes.clear()
        self._person = dict(_NOBODY)

    def facts(self) -> Mapping[str, Any]:
        """Count codes that nobody redeemed."""
        return {"codes": len(self._codes)}

    async def discover(self, request: Request) -> Response:
        """Say where everything is."""
        issuer = _issuer(request)
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/auth",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/.well-known/jwks.json",
                "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": sorted(_SCOPES),
            }
        )

    async def keys(self, request: Request) -> Response:
        """Publish the key that signs."""
        del request
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return JSONResponse({"keys": [public | {"kid": _KEY_NAME, "alg": "RS256", "use": "sig"}]})

    async def authorize(self, request: Request) -> Response:
        """Send the person back with a code."""
        asked = dict(request.query_params)
        scopes = set(asked.get("scope", "").split())
        is_whole = (
            asked.get("client_id") == CLIENT_ID
            and asked.get("response_type") == "code"
            and asked.get("code_challenge_method") == "S256"
            and all(asked.get(name) for name in ("redirect_uri", "state", "code_challenge"))
        )
        if not is_whole or "openid" not in scopes or not scopes <= _SCOPES:
            return JSONResponse({"error": "invalid_request"}, status_code=400)
        if len(self._codes) >= KEPT:
            self._codes.pop(next(iter(self._codes)))
        code = f"{next(self._numbers)}-{secrets.token_urlsafe(16)}"
        self._codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", status_code=302)

    async def token(self, request: Request) -> Response:
        """Give a signed token for a code, once."""
        if not _is_client(request):
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        told = dict(parse_qsl((await request.body()).decode("ascii", "replace")))
        asked = self._codes.pop(told.get("code", ""), None)
        verifier = hashlib.sha256(told.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if (
            asked is None
            or told.get("grant_type") != "authorization_code"
            or told.get("redirect_uri") != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        signed = jwt.encode(
            self._claims(_issuer(request), asked),
            self._key,
            algorithm="RS256",
            headers={"kid": _KEY_NAME},
        )
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(16),
                "token_type": "Bearer",
                "expires_in": LIFETIME_S,
                "id_token": signed,
            }
        )

    async def set_person(self, request: Request) -> Response:
        """Let somebody else press the button."""
        self._person = dict(_NOBODY) | await request.json()
        return Response(status_code=204)

    def _claims(self, issuer: str, asked: Mapping[str, str]) -> dict[str, Any]:
        now = int(time.time())
        changed = self._person.get("claims", {})
        told = {name: value for name, value in self._person.items() if name != "claims"}
        made: dict[str, Any] = told | {
            "iss": issuer,
            "aud": CLIENT_ID,
            "sub": f"s{told['id']}",
            "iat": now,
            "exp": now + LIFETIME_S,
            "nonce": asked.get("nonce", ""),
        }
        return {**made, **changed}

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _issuer(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"


def _is_client(request: Request) -> bool:
    wanted = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    return hmac.compare_digest(request.headers.get("authorization", ""), f"Basic {wanted}")
