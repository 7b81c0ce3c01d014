"""Merchants who go on charging whatever happens to the server: the same key until there is an answer."""

import itertools
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import httpx

_RETRY_STATUSES: Final = frozenset({429, 500, 502, 503, 504})
_PATIENCE_S: Final = 180
_AMOUNT: Final = Decimal("0.01")
_THREADS: Final = 32


class Newcomer:
    """Be a customer of a running platform."""

    def __init__(self, url: str, *, kind: str, name: str) -> None:
        """Register over HTTP; the first wallet comes with it."""
        self.http = httpx.Client(base_url=f"{url}/api/v1", timeout=10)
        asked = {
            "kind": kind,
            "email": f"{name}-{uuid.uuid4().hex[:8]}@example.com",
            "password": f"a long word {uuid.uuid4().hex}",
            "first_name": "Drill",
            "last_name": "Newcomer",
        }
        if kind == "company":
            asked |= {"name": f"Company {name}", "url": "https://example.com"}
        answer = self.http.post("/auth/register", json=asked).raise_for_status().json()
        self.http.headers["authorization"] = f"Bearer {answer['access_token']}"
        self.token: str = answer["wallet"]["token"]

    def leave(self) -> None:
        """Close the connections to the platform."""
        self.http.close()

    def post(self, path: str, body: dict[str, Any], *, key: str | None = None) -> httpx.Response:
        """Send a command with an idempotency key."""
        headers = {"idempotency-key": key or uuid.uuid4().hex}
        return self.http.post(path, json=body, headers=headers)

    def top_up(self, amount: str) -> None:
        """Put money into the own wallet, as demo tenants allow."""
        path = f"/wallets/{self.token}/top-ups"
        self.post(path, {"amount": amount, "currency": "USD"}).raise_for_status()

    def available(self) -> Decimal:
        """Give what the own wallet holds."""
        answer = self.http.get("/me/balances").raise_for_status().json()
        (row,) = [one for one in answer["items"] if one["currency"] == "USD"]
        return Decimal(row["available"])


def _ask(merchant: Newcomer, key: str, body: dict[str, Any]) -> httpx.Response | None:
    """Give the answer to a charge, or none when it may only be asked again."""
    try:
        answer = merchant.post("/charges", body, key=key)
    except httpx.HTTPError:
        return None
    in_progress = answer.status_code == httpx.codes.CONFLICT and (
        answer.json().get("code") == "idempotency_in_progress"
    )
    return None if in_progress or answer.status_code in _RETRY_STATUSES else answer


@dataclass
class Till:
    """Charge wallets until told to stop; remember every final answer."""

    merchant: Newcomer
    payers: Sequence[Newcomer]
    charged: dict[str, str] = field(default_factory=dict)
    """Idempotency key → identifier of the charge."""
    retries: int = 0
    faults: list[str] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        """Charge in turn; a key that was begun is always brought to its end."""
        for number in itertools.count():
            if stop.is_set() or self.faults:
                return
            self._charge(uuid.uuid4().hex, self.payers[number % len(self.payers)])

    def _charge(self, key: str, payer: Newcomer) -> None:
        body = {
            "wallet": payer.token,
            "amount": str(_AMOUNT),
            "summary": f"drill {key}",
        }
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            answer = _ask(self.merchant, key, body)
            if answer is None:
                self.retries += 1
                time.sleep(0.05)
            elif answer.status_code == httpx.codes.CREATED:
                self.charged[key] = answer.json()["id"]
                return
            else:
                self.faults.append(f"{answer.status_code}: {answer.text}")
                return
        self.faults.append(f"no final answer within {_PATIENCE_S} s")

    @property
    def taken(self) -> Decimal:
        """Give what was acknowledged in all."""
        return _AMOUNT * len(self.charged)

    def summaries(self) -> list[str]:
        """List the summaries of all charges that the merchant's history holds."""
        found, cursor = [], None
        while True:
            query = {"limit": "200", "kind": "wallets.charge"} | (
                {"cursor": cursor} if cursor else {}
            )
            path = f"/wallets/{self.merchant.token}/history"
            page = self.merchant.http.get(path, params=query).raise_for_status().json()
            found += [one["summary"] for one in page["items"] if one["success"]]
            cursor = page["next"]
            if cursor is None:
                return found


@dataclass
class Press:
    """Charge once, by one key that many threads send at the same moment, as often as one likes."""

    merchant: Newcomer
    payer: Newcomer
    answers: list[httpx.Response] = field(default_factory=list)
    amount: Decimal = _AMOUNT
    _key: str = field(default_factory=lambda: uuid.uuid4().hex)

    def from_many_threads(self) -> None:
        """Send the key from 32 threads and keep what was answered to each."""
        body = {"wallet": self.payer.token, "amount": str(self.amount), "summary": "once"}
        gate = threading.Barrier(_THREADS)

        def ask(_number: int) -> httpx.Response:
            gate.wait()
            deadline = time.monotonic() + _PATIENCE_S
            while (answer := _ask(self.merchant, self._key, body)) is None:
                assert time.monotonic() < deadline, "no final answer"
                time.sleep(0.05)
            return answer

        with ThreadPoolExecutor(_THREADS) as pool:
            self.answers += pool.map(ask, range(_THREADS))

    @property
    def bodies(self) -> set[bytes]:
        """Give what was answered, each text once."""
        return {answer.content for answer in self.answers}

    @property
    def faults(self) -> list[str]:
        """List what was refused, and what was answered anew though the key was known."""
        refused = [a.text for a in self.answers if a.status_code != httpx.codes.CREATED]
        anew = [a.text for a in self.answers if "idempotent-replay" not in a.headers]
        return refused + anew[1:]
