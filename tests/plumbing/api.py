"""A client of the HTTP API, in process: through all middlewares, without sockets."""

import json as json_text
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from django.test import Client

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

_BASE: Final = "/api/v1"
_OUTSIDE: Final = ("/api/", "/compat/", "/callbacks/", "/livez", "/readyz", "/status", "/metrics")

FRESH_KEY: Final = "a fresh idempotency key"


class ApiClient:
    """Send JSON to one tenant; paths are those of ``/api/v1`` unless they name another root."""

    def __init__(self, host: str) -> None:
        """Speak to the tenant that answers under a host name."""
        self.host = host
        self._client = Client(raise_request_exception=False)

    def get(self, path: str, **options: Any) -> "Answer":
        """Read; keywords as those of ``send``."""
        return self.send("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> "Answer":
        """Create or command; keywords as those of ``send``."""
        return self.send("POST", path, json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> "Answer":
        """Replace; keywords as those of ``send``."""
        return self.send("PUT", path, json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> "Answer":
        """Change; keywords as those of ``send``."""
        return self.send("PATCH", path, json, **options)

    def delete(self, path: str, **options: Any) -> "Answer":
        """Remove; keywords as those of ``send``."""
        return self.send("DELETE", path, **options)

    def send(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        body: bytes | str | None = None,
        content_type: str = "application/json",
        token: str | None = None,
        key: str | None = FRESH_KEY,
        headers: Mapping[str, str] | None = None,
    ) -> "Answer":
        """Send one request and give the answer (``status_code``, ``json()``, ``headers``).

        :param json: written as JSON; ``body`` instead sends bytes as they are
        :param token: access token
        :param key: idempotency key of a POST; a fresh one by default, none leaves the header out
        """
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if method == "POST" and key is not None:
            sent["Idempotency-Key"] = str(uuid4()) if key == FRESH_KEY else key
        content: bytes | str = b"" if body is None else body
        if body is None and json is not None:
            content = json_text.dumps(json)
        return self._client.generic(
            method,
            path if path.startswith(_OUTSIDE) else _BASE + path,
            content,
            content_type if content else "",
            headers={"Host": self.host, **sent},
        )
