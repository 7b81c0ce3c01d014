"""Do what a customer does, over HTTP: log in, move the smallest amount, read it back.

The prober is an ordinary customer with some cents. He moves them between two wallets of his own, always out
of the fuller one, so the probe may run for ever.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

import httpx

from fondaco.kit.errors import DomainError, Kind

TIMEOUT_S: Final = 10.0
_API: Final = "/api/v1"
_TEXT_MAX: Final = 200

Say = Callable[[str, float], None]


class ProbeFailed(DomainError):
    """Say which step did not do what it should."""

    code = "probe_failed"
    kind = Kind.UNAVAILABLE
    title = "The probe failed."


@dataclass(frozen=True, slots=True)
class Probe:
    """Walk through the steps as one customer, who has a little money."""

    base_url: str
    identifier: str
    password: str
    say: Say
    """Told each step that worked, and how long it took (seconds)."""
    transport: httpx.BaseTransport | None = None
    """Another road than the network (tests)."""

    def run(self) -> None:
        """Make all steps.

        :raises ProbeFailed: a step does not do what it should
        """
        with httpx.Client(
            base_url=self.base_url, timeout=TIMEOUT_S, transport=self.transport
        ) as client:
            try:
                _Walk(client, self.say).all(self.identifier, self.password)
            except httpx.HTTPError as error:
                name = type(error).__name__
                raise ProbeFailed(f"{self.base_url} does not answer: {name}.") from None
            except (LookupError, TypeError, ValueError, ArithmeticError) as error:
                raise ProbeFailed(f"An answer is not what it should be: {error!r}.") from None


@dataclass(frozen=True, slots=True)
class _Walk:
    client: httpx.Client
    say: Say

    def all(self, identifier: str, password: str) -> None:
        self._ask("see that it is ready", "GET", "/readyz", expected=200)
        who = {"identifier": identifier, "password": password}
        login = self._ask("log in", "POST", f"{_API}/auth/login", who, expected=200)
        self.client.headers["Authorization"] = f"Bearer {login['access_token']}"
        source, target = self._two_wallets()
        amount, currency = _smallest(source)
        move = {
            "wallet": source["id"],
            "recipient": {"wallet": target["token"]},
            "amount": format(amount, "f"),
            "currency": currency,
            "comment": "probe",
        }
        step = f"move {amount} {currency}"
        self._ask(step, "POST", f"{_API}/internal-movements", move, expected=201)
        for wallet, change in ((source, -amount), (target, amount)):
            self._see_change(wallet, currency, change)
        self._ask("log out", "POST", f"{_API}/auth/logout", expected=204)

    def _two_wallets(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Choose two open wallets, the fuller one first; a second one is opened where there is none."""
        listed = self._ask("list the wallets", "GET", f"{_API}/wallets", expected=200)
        wallets = [wallet for wallet in listed["items"] if wallet["state"] == "open"]
        while len(wallets) < 2:  # noqa: PLR2004 - source and target
            wallets.append(
                self._ask(
                    "open a wallet", "POST", f"{_API}/wallets", {"label": "probe"}, expected=201
                )
            )
        wallets.sort(key=_richest, reverse=True)
        if not _richest(wallets[0]):
            raise ProbeFailed("The prober has no money; give him a little.")
        return wallets[0], wallets[1]

    def _see_change(self, wallet: Mapping[str, Any], currency: str, change: Decimal) -> None:
        shown = self._ask("read it back", "GET", f"{_API}/wallets/{wallet['id']}", expected=200)
        wanted, found = _available(wallet, currency) + change, _available(shown, currency)
        if found != wanted:
            raise ProbeFailed(f"Wallet {wallet['id']} has {found} and should have {wanted}.")

    def _ask(
        self, step: str, method: str, path: str, json: Any = None, *, expected: int
    ) -> dict[str, Any]:
        headers = {"Idempotency-Key": f"probe-{uuid4()}"} if method == "POST" else {}
        begun = time.perf_counter()
        answer = self.client.request(method, path, json=json, headers=headers)
        if answer.status_code != expected:
            raise ProbeFailed(f"Could not {step}: {answer.status_code} {answer.text[:_TEXT_MAX]}")
        self.say(step, time.perf_counter() - begun)
        body: dict[str, Any] = answer.json() if answer.content else {}
        return body


def _available(wallet: Mapping[str, Any], currency: str) -> Decimal:
    held = [one["available"] for one in wallet["balances"] if one["currency"] == currency]
    return Decimal(held[0]) if held else Decimal(0)


def _balances(wallet: Mapping[str, Any]) -> list[tuple[Decimal, str]]:
    return [(Decimal(one["available"]), one["currency"]) for one in wallet["balances"]]


def _richest(wallet: Mapping[str, Any]) -> Decimal:
    return max((amount for amount, _ in _balances(wallet)), default=Decimal(0))


def _smallest(wallet: Mapping[str, Any]) -> tuple[Decimal, str]:
    """Give one unit of the last place of the wallet's largest balance."""
    amount, currency = max(_balances(wallet))
    exponent = amount.as_tuple().exponent
    return Decimal(1).scaleb(int(exponent)), currency
