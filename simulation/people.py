"""Customers who speak HTTP to the platform, and what they believe they heard."""

import json
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from django.db import close_old_connections

from simulation.model import DONE
from tests.plumbing.api import ApiClient

PASSWORD: Final = "violet-harbour-27-lanterns"  # noqa: S105 - nobody real has it
_OVER: Final = frozenset({"illegal_move", "request_overdue"})
_RAN_OUT: Final = "token_expired"
_NO_ANSWER: Final = 503
_SERVER_ERROR: Final = 500
_SUCCESSES: Final = range(200, 300)


class BadAnswer(Exception):
    """Say that an answer is none that a customer may ever get."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; none as code where nobody knows."""

    code: str | None
    body: bytes = b""
    is_replay: bool = False

    @property
    def told(self) -> dict[str, Any]:
        """Give the body's members."""
        members: dict[str, Any] = json.loads(self.body)
        return members


NOTHING: Final = Reply(None)


@dataclass(slots=True)
class Customer:
    """Somebody with one wallet."""

    name: str
    tenant: str
    is_merchant: bool
    number: int
    access_token: str = field(default="", repr=False)
    wallet_token: str = field(default="", repr=False)
    wallet_id: str = ""

    @property
    def email(self) -> str:
        """Give the address to log in with."""
        return f"{self.name}@example.com"

    @property
    def client(self) -> ApiClient:
        """Give a client of the tenant's API."""
        return ApiClient(f"{self.tenant}.test")

    def sign_up(self) -> Reply:
        """Register, or log in where the first try was done and nobody heard of it."""
        asked = {
            "kind": "company" if self.is_merchant else "client",
            "email": self.email,
            "password": PASSWORD,
            "first_name": "Ada",
            "last_name": self.name.capitalize(),
        }
        if self.is_merchant:
            asked |= {"name": f"{self.name} and Sons", "url": "https://example.com"}
        reply = self._send("POST", "/auth/register", asked)
        if reply.code == DONE:
            self.access_token = reply.told["access_token"]
            self._know(reply.told["wallet"])
        elif reply.code == "identifier_taken":
            reply = self.log_in()
            if reply.code == DONE:
                reply = self._find_wallet()
        return reply

    def log_in(self) -> Reply:
        """Get a new access token."""
        self.access_token = ""
        reply = self._send("POST", "/auth/login", {"identifier": self.email, "password": PASSWORD})
        if reply.code == DONE:
            self.access_token = reply.told["access_token"]
        return reply

    def ask(self, path: str, body: Any = None, *, key: str | None = None) -> Reply:
        """Send a command; a token that ran out is renewed first.

        :raises BadAnswer: an error that is the platform's own fault
        """
        is_out = bool(self.wallet_token) and not self.access_token  # a log-in that got no answer
        reply = Reply(_RAN_OUT) if is_out else self._send("POST", path, body, key=key)
        if reply.code == _RAN_OUT:
            if self.log_in().code != DONE:
                return NOTHING
            reply = self._send("POST", path, body, key=key)
        return reply

    def show(self, path: str) -> Reply:
        """Read."""
        return self._send("GET", path)

    @property
    def wallet_path(self) -> str:
        """Give the path of the wallet."""
        return f"/wallets/{quote(self.wallet_token)}"

    def _find_wallet(self) -> Reply:
        reply = self._send("GET", "/wallets")
        if reply.code == DONE:
            self._know(reply.told["items"][0])
        return reply

    def _know(self, wallet: dict[str, Any]) -> None:
        self.wallet_token, self.wallet_id = wallet["token"], wallet["id"]

    def _send(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Reply:
        close_old_connections()  # as a server does where a request begins
        answer = self.client.send(method, path, body, token=self.access_token or None, key=key)
        content = answer.content
        if answer.status_code in _SUCCESSES:
            return Reply(DONE, content, answer.headers.get("Idempotent-Replay") == "true")
        if answer.status_code == _NO_ANSWER:
            return NOTHING
        if answer.status_code >= _SERVER_ERROR:
            raise BadAnswer(f"{method} {path.split('/')[1]}: {answer.status_code} {content!r}")
        code = json.loads(content)["code"]
        is_replay = answer.headers.get("Idempotent-Replay") == "true"
        return Reply(
            "request_over" if code in _OVER and "request" in path else code, content, is_replay
        )
