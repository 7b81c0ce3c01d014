"""Programs of customers for tests: they hold a key and sign what they send."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from fondaco.apikeys import actions, signing
from fondaco.apikeys.scopes import Scope
from fondaco.apikeys.types import IssuedKey, Network, NewKey
from fondaco.identity.tests.people import make_company
from fondaco.identity.types import Registered
from fondaco.kit import clock
from fondaco.kit.ids import uuid7
from tests.plumbing.api import ApiClient

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

ALL_SCOPES = frozenset(Scope.values)


def make_key(
    made: Registered | None = None,
    *,
    scopes: frozenset[str] = ALL_SCOPES,
    networks: tuple[Network, ...] = (),
    **ask: Any,
) -> IssuedKey:
    """Make a key of a company, a new one unless one is given."""
    owner = made or make_company()
    return actions.create_key(
        customer_id=owner.customer.id,
        user_id=owner.user.id,
        ask=NewKey(label="tests", scopes=scopes, networks=networks, **ask),
        by=owner.user.actor,
    )


class Program:
    """Send signed requests; each part that is signed can differ from what is sent."""

    def __init__(self, issued: IssuedKey, *, host: str = "alpha.test") -> None:
        """Hold a key."""
        self.issued = issued
        self.host = host
        self._api = ApiClient(host)

    def send(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        key: str = "",
        headers: Mapping[str, str] | None = None,
        **signed: Any,
    ) -> "Answer":
        """Send a request with its signature; keywords say what is signed instead of what is sent."""
        sent = dict(headers or self.headers(method, target, body, key=key, **signed))
        return self._api.send(method, target, body=body or None, key=key or None, headers=sent)

    def send_json(self, method: str, target: str, content: Any = None) -> "Answer":
        """Send content as JSON, a POST with an idempotency key."""
        body = b"" if content is None else json.dumps(content).encode()
        return self.send(method, target, body, key=fresh() if method == "POST" else "")

    def headers(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        key: str = "",
        at_s: int | None = None,
        nonce: str | None = None,
        secret: str | None = None,
        host: str | None = None,
    ) -> dict[str, str]:
        """Give the two headers that prove a request."""
        request = signing.Request(
            method=method,
            host=host or self.host,
            target=f"/api/v1{target}",
            idempotency_key=key,
            body=body,
        )
        value = signing.sign(
            request,
            secret=secret or self.issued.secret,
            at_s=int(clock.now().timestamp()) if at_s is None else at_s,
            nonce=nonce or uuid7().hex,
        )
        return {"Authorization": f"Key {self.issued.key.wire_id}", signing.HEADER: value}


def fresh() -> str:
    """Give an idempotency key that nobody used."""
    return str(uuid4())
