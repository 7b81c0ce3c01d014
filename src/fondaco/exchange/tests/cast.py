"""Pairs, desks and orders of these tests. Every test makes its own."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from fondaco.exchange import models
from fondaco.exchange.actions import advancing, batching
from fondaco.exchange.actions.desks import DeskTerms, set_desk
from fondaco.exchange.actions.exchanging import exchange
from fondaco.exchange.actions.placing import Placing, place
from fondaco.exchange.queries.orders import get_exchange
from fondaco.exchange.queries.queue import LANES
from fondaco.exchange.states import Cover, Flavour
from fondaco.exchange.tests.bourse import Bourse, bourse
from fondaco.exchange.types import Ask, BatchId, Exchange
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.ledger import queries as ledger
from fondaco.market.tests.cast import new_pair
from fondaco.market.types import MarketPair
from fondaco.money import Asset, Money
from fondaco.wallets.tests.cast import Person


@dataclass(frozen=True, slots=True)
class Stall:
    """A pair with a venue of its own."""

    pair: MarketPair
    bourse: Bourse

    @property
    def coin(self) -> Asset:
        """Give what is sold."""
        return self.pair.get

    @property
    def symbol(self) -> str:
        """Give what it is called at the venue."""
        return f"{self.pair.base.code}/{self.pair.quote.code}"

    def coins(self, text: str) -> Money:
        """Give an amount of what is sold."""
        return Money.parse(text, self.coin)

    def set(self, cover: Cover = Cover.IMMEDIATE, **terms: Any) -> None:
        """Say how the pair is traded."""
        asked = {"cover": cover, "venues": (self.bourse.label,), **terms}
        set_desk(pair=self.pair.name, terms=DeskTerms(**asked), by=SYSTEM)

    def buy(self, who: Person, amount: str, **more: Any) -> Exchange:
        """Purchase coins."""
        asked = {"flavour": Flavour.PURCHASE, "pair": self.pair.name, "wallet_id": who.wallet_id}
        return take(who, Ask(**{**asked, "get": self.coins(amount), **more}))

    def swap(self, who: Person, **more: Any) -> Exchange:
        """Exchange at once, or at a limit."""
        flavour = Flavour.LIMIT if "limit_price" in more else Flavour.MARKET
        return exchange(
            customer_id=who.customer_id,
            ask=Ask(flavour=flavour, pair=self.pair.name, wallet_id=who.wallet_id, **more),
            by=who.actor,
        )

    def close(self) -> list[BatchId]:
        """Close the batches of this stall that are due."""
        return [
            batch_id
            for lane in LANES
            for batch_id in batching.close_lane(symbol=self.symbol, lane=lane)
        ]

    def work(self) -> list[BatchId]:
        """Do what the job does, for this stall alone: close what is due, and bring all batches on."""
        closed = self.close()
        for batch_id in models.Batch.objects.filter(
            symbol=self.symbol, state="covering"
        ).values_list("id", flat=True):
            advancing.advance(batch_id=BatchId(batch_id))
        return closed

    def position(self) -> str:
        """Give the house's position in the coin."""
        return balance(f"trading:{self.coin.code}")

    def at_venue(self, code: str) -> str:
        """Give what the books say that the house has at the venue."""
        return balance(f"providers:{self.bourse.label}:{code}")


@contextmanager
def stall(price: str = "20.00", **more: Any) -> Iterator[Stall]:
    """Open a pair and a venue that no other test uses."""
    with bourse() as made:
        opened = Stall(new_pair(static=price, **more), made)
        opened.set()
        yield opened


def take(who: Person, ask: Ask) -> Exchange:
    """Place one order in a transaction of its own."""
    with transaction.atomic():
        return place(Placing(customer_id=who.customer_id, ask=ask, by=who.actor))


def now_of(one: Exchange) -> Exchange:
    """Give an order as it is now."""
    return get_exchange(order_id=one.order.id)


def state_of(one: Exchange) -> str:
    """Give where an order stands now."""
    return now_of(one).order.state.value


def balance(code: str) -> str:
    """Give what is posted on an account of the books."""
    account = ledger.find_account(code=code)
    return "none" if account is None else account.posted.to_text()


def covers_of(batch_id: UUID) -> list[models.CoveringOrder]:
    """Give the covering orders of a batch, oldest first."""
    return list(models.CoveringOrder.objects.filter(batch_id=batch_id).order_by("id"))


@contextmanager
def later(**ahead: float) -> Iterator[None]:
    """Let time pass within the block."""
    with clock.set_to(clock.now() + timedelta(**ahead)):
        yield


def together(act: Callable[[], object], *, times: int) -> None:
    """Run a function in several threads at once, as several workers do; what one of them raises is raised."""
    scope, barrier = tenancy.current(), threading.Barrier(times)

    def run() -> None:
        try:
            with tenancy.scope(scope):
                barrier.wait(60)
                act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        for done in [pool.submit(run) for _ in range(times)]:
            done.result(120)
