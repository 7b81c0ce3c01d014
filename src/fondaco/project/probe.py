"""Do what a customer does, over HTTP: log in, move the smallest amount, read it back."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

import httpx

from fondaco.kit.errors import DomainError, Kind

TIMEOUT_S: Final = 10.0
_CREATED: Final = 201
_OK: Final = 200
_TWO: Final = 2

Say = Callable[[str, float], None]


class ProbeFailed(DomainError):
    """Say which step did not do what it should."""

    code = "probe_failed"
    kind = Kind.UNAVAILABLE
    title = "The probe failed."


@dataclass(slots=True)
class Probe:
    """Walk through the steps as one customer; he needs two wallets, and a little money in one of them."""

    base_url: str
    identifier: str
    password: str
    say: Say
    """Told each step that worked, and how long it took (seconds)."""

    def run(self) -> None:
        """Do all steps.

        :raises ProbeFailed: a step does not do what it should
        """
        base = f"{self.base_url.rstrip('/')}/api/v1"
        with httpx.Client(base_url=base, timeout=TIMEOUT_S) as client:
            try:
                self._walk(client)
            except httpx.HTTPError as error:
                raise ProbeFailed(f"{self.base_url} does not answer: {error}") from None

    def _walk(self, client: httpx.Client) -> None:
        who = {"identifier": self.identifier, "password": self.password}
        login = self._ask(client, "log in", "POST", "/auth/login", json=who)
        client.headers["Authorization"] = f"Bearer {login['access_token']}"
        source, target = self._choose(client)
        amount, currency = _smallest(source)
        moved = self._ask(
            client,
            f"move {amount} {currency}",
            "POST",
            "/internal-movements",
            json={
                "wallet": source["token"],
                "recipient": {"wallet": target["token"]},
                "amount": amount,
                "currency": currency,
                "comment": "probe",
            },
            expected=_CREATED,
        )
        read = self._ask(client, "read it back", "GET", f"/orders/{moved['id']}")
        if read["id"] != moved["id"] or read["state"] != moved["state"]:
            raise ProbeFailed("What is read back is not what was moved.")
        self._ask(client, "log out", "POST", "/auth/logout", expected=None)

    def _choose(self, client: httpx.Client) -> tuple[dict[str, Any], dict[str, Any]]:
        listed = self._ask(client, "list the wallets", "GET", "/wallets?state=open")
        wallets = sorted(listed["items"], key=_richest, reverse=True)
        if len(wallets) < _TWO or not _richest(wallets[0]):
            raise ProbeFailed(
                f"{self.identifier} needs two open wallets and a little money in one of them."
            )
        return wallets[0], wallets[1]

    def _ask(
        self,
        client: httpx.Client,
        step: str,
        method: str,
        path: str,
        *,
        json: Any = None,
        expected: int | None = _OK,
    ) -> dict[str, Any]:
        headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        begun = time.monotonic()
        answer = client.request(method, path, json=json, headers=headers)
        if answer.is_error or (expected is not None and answer.status_code != expected):
            raise ProbeFailed(f"Could not {step}: {answer.status_code} {answer.text[:200]}")
        self.say(step, time.monotonic() - begun)
        body: dict[str, Any] = answer.json() if answer.content else {}
        return body


def _balances(wallet: dict[str, Any]) -> list[tuple[Decimal, str]]:
    return [(Decimal(one["available"]), one["currency"]) for one in wallet["balances"]]


def _richest(wallet: dict[str, Any]) -> Decimal:
    return max((amount for amount, _ in _balances(wallet)), default=Decimal(0))


def _smallest(wallet: dict[str, Any]) -> tuple[str, str]:
    """Give one unit of the last place of the wallet's largest balance."""
    amount, currency = max(_balances(wallet))
    exponent = amount.as_tuple().exponent
    return format(Decimal(1).scaleb(int(exponent)), "f"), currency
