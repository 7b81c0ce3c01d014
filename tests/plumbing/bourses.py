"""A coin that one simulated exchange sells over HTTP, and the house's own desk before it."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from fondaco.connections import actions as provider_accounts, queries as connections
from fondaco.connections.states import Environment, Family, Health
from fondaco.connections.types import ProviderAccount
from fondaco.exchange import models
from fondaco.exchange.actions import advancing, batching
from fondaco.exchange.actions.desks import DeskTerms, set_desk
from fondaco.exchange.queries import venues
from fondaco.exchange.queries.queue import LANES
from fondaco.exchange.states import Cover, Flavour
from fondaco.exchange.types import Ask, BatchId
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.options import override
from fondaco.market.tests.cast import new_pair
from fondaco.market.types import MarketPair
from fondaco.money import Money
from fondaco.wallets.tests.cast import Person
from sandbox import venues_binance, venues_htx, venues_kraken

SECRETS: Final[Mapping[str, str]] = {
    "binance": venues_binance.SECRET,
    "htx": venues_htx.SECRET,
    "kraken": venues_kraken.SECRET,
}
TIMEOUT_S: Final = 20
"""A venue of the sandbox is never so slow of itself, whatever else the machine does."""
_ROUNDS: Final = 60


@dataclass(frozen=True)
class Stand:
    """A coin at 20.00 dollars, which its venue sells at 19.90."""

    origin: str
    kind: str
    pair: MarketPair
    account: ProviderAccount

    @property
    def symbol(self) -> str:
        """Give what the coin is called at the venue."""
        return f"{self.pair.get.code}/USD"

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Steer the sandbox."""
        answer = httpx.request(method, f"{self.origin}/control/{path}", json=body, timeout=30)
        return answer.raise_for_status().json() if answer.content else None

    def misbehave(self, **faults: Any) -> None:
        """Have the venue do wrong; what is not named it does as before."""
        self.control("PUT", f"{self.kind}/faults", faults)

    def placed(self) -> list[dict[str, Any]]:
        """Give every order that ever arrived at the venue."""
        items = self.control("GET", f"exchanges/{self.kind}/orders")["items"]
        return [one for one in items if one["symbol"] == self.symbol]

    def health(self) -> Health:
        """Give what the house thinks of the venue."""
        return connections.get_account(account_id=self.account.id).health

    def ask(self, who: Person, amount: str) -> Ask:
        """Ask for coins."""
        coins = Money.parse(amount, self.pair.get)
        return Ask(
            flavour=Flavour.PURCHASE, pair=self.pair.name, wallet_id=who.wallet_id, get=coins
        )

    def close(self) -> None:
        """Close the batches that are due."""
        for lane in LANES:
            batching.close_lane(symbol=self.symbol, lane=lane)

    def work(self) -> None:
        """Do what the job does, for this coin alone."""
        self.close()
        for batch_id in self.batches().filter(state="covering").values_list("id", flat=True):
            advancing.advance(batch_id=BatchId(batch_id))

    def look(self) -> None:
        """Look up now what is to be looked up later, and go on."""
        self.covers().filter(look_at__isnull=False).update(look_at=clock.now())
        self.work()

    def batches(self) -> Any:
        """Give the batches of the coin."""
        return models.Batch.objects.filter(symbol=self.symbol)

    def covers(self) -> Any:
        """Give the covering orders of the coin, oldest first."""
        return models.CoveringOrder.objects.filter(symbol=self.symbol).order_by("id")

    def states(self) -> list[str]:
        """Give where the covering orders stand, oldest first."""
        return [one.state for one in self.covers()]

    def is_done(self) -> bool:
        """Tell whether nothing is left to be done."""
        waiting = models.ExchangeOrder.objects.filter(symbol=self.symbol, queued_at__isnull=False)
        return not waiting.exists() and not self.batches().filter(state="covering").exists()

    def finish(self, *, act: Callable[[], None] | None = None) -> None:
        """Bring all to its end, in the venue's own time: it refuses signatures of another hour."""
        with override(exchange_lost_after_s=2, exchange_batch_age_s=1):
            for _ in range(_ROUNDS):
                (act or self.look)()
                if self.is_done():
                    return
                time.sleep(0.5)
        raise AssertionError("the batches do not come to their end")


@contextmanager
def stand_at(origin: str, kind: str, *, timeout_s: float = TIMEOUT_S) -> Iterator[Stand]:
    """Have a venue of the sandbox sell a coin of one's own, and close the account there afterwards."""
    pair = new_pair(static="20.00")
    label = f"{kind}-{pair.get.code}"
    account = provider_accounts.seed(
        family=Family.EXCHANGE,
        kind=kind,
        label=label,
        environment=Environment.SANDBOX,
        credentials={"key": "sandbox-key", "secret": SECRETS[kind]},
        settings={"base_url": f"{origin}/{kind}", "timeout_s": timeout_s},
        by=SYSTEM,
    )
    made = Stand(origin, kind, pair, account)
    made.control("POST", f"exchanges/{kind}/listings", {"symbol": made.symbol, "price": "19.90"})
    made.control("PUT", f"exchanges/{kind}/balances", {"USD": "1000000000"})
    venues.forget()
    terms = DeskTerms(cover=Cover.IMMEDIATE, venues=(label,))
    set_desk(pair=pair.name, terms=terms, by=SYSTEM)
    try:
        yield made
    finally:
        provider_accounts.disable_account(account_id=account.id, reason="over", by=SYSTEM)
        venues.forget()
