"""A venue within the tests: it fills at once, remembers all that was ever sent, and fails on command.

The vendors' clients are tested against the sandbox over HTTP; here the house's own behaviour counts.
"""

import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid4

from fondaco.connections import actions as connections
from fondaco.connections.states import Environment, Family
from fondaco.connections.types import ProviderAccount
from fondaco.exchange.providers.base import Offer
from fondaco.exchange.providers.registry import OPENERS
from fondaco.exchange.queries import venues
from fondaco.exchange.types import Covering
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.vendors.venues import (
    Declined,
    OrderUnknown,
    OrderWord,
    OutcomeUnknown,
    Side,
    Unavailable,
    VenueOrder,
    VenueTrade,
)

KIND: Final = "bourse"
_bourses: Final[dict[str, "Bourse"]] = {}


@dataclass(slots=True)
class Bourse:
    """Hold the state of one venue."""

    label: str
    price: Decimal = Decimal("19.90")
    fee: Decimal = Decimal("0.001")
    fee_currency: str = ""
    """Empty: the quote currency."""
    step: Decimal = Decimal("0.0001")
    amount_min: Decimal = Decimal("0.0001")
    cost_min: Decimal = Decimal(1)
    rich: bool = True
    """Whether there is money for everything."""
    balances: dict[str, Decimal] = field(default_factory=dict)
    """What it states when it is not rich."""
    orders: dict[UUID, VenueOrder] = field(default_factory=dict)
    trades: list[VenueTrade] = field(default_factory=list)
    received: list[UUID] = field(default_factory=list)
    """Each order that ever arrived, repeats included."""
    fills: Decimal = Decimal(1)
    """The part of an order that is filled."""
    splits: int = 1
    """Into how many trades."""
    word: OrderWord | None = None
    """What it says of orders in place of the truth."""
    down: bool = False
    declines: bool = False
    loses: Callable[[], str] = field(default=lambda: "")
    """What happens to an order: ``answer`` lost, ``request`` lost, or nothing."""
    hides_trades: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def lose(self, share: float, *, seed: int = 7) -> None:
        """Lose so many answers, half of them with the request."""
        dice = random.Random(seed)

        def draw() -> str:
            with self.lock:
                drawn = dice.random()
            return "" if drawn >= share else ("answer" if drawn < share / 2 else "request")

        self.loses = draw


@dataclass(frozen=True, slots=True)
class _Seat:
    """One account there."""

    bourse: Bourse

    def offer(self, symbol: str) -> Offer:
        self._check()
        price = self.bourse.price
        return Offer(
            bid=price,
            ask=price,
            at=clock.now(),
            amount_step=self.bourse.step,
            price_step=Decimal("0.01"),
            amount_min=self.bourse.amount_min,
            cost_min=self.bourse.cost_min,
            fee_bps=10,
        )

    def balances(self) -> Mapping[str, Decimal]:
        self._check()
        return _Everything() if self.bourse.rich else self.bourse.balances

    def place(self, cover: Covering) -> VenueOrder:
        self._check()
        bourse = self.bourse
        if bourse.declines:
            raise Declined("no")
        fate = bourse.loses()
        if fate == "request":
            raise OutcomeUnknown("lost on the way there")
        with bourse.lock:
            bourse.received.append(cover.id)
            if cover.id in bourse.orders:
                raise Declined("duplicate")
            order = self._fill(cover)
            bourse.orders[cover.id] = order
        if fate == "answer":
            raise OutcomeUnknown("lost on the way back")
        return order

    def find(self, cover: Covering) -> VenueOrder:
        self._check()
        found = self.bourse.orders.get(cover.id)
        if found is None:
            raise OrderUnknown("no such order")
        return found

    def trades(self, cover: Covering, order: VenueOrder) -> Sequence[VenueTrade]:
        self._check()
        if self.bourse.hides_trades:
            return []
        return [one for one in self.bourse.trades if one.order_venue_id == order.venue_id]

    def cancel(self, cover: Covering) -> None:
        self._check()

    def _check(self) -> None:
        if self.bourse.down:
            raise Unavailable("closed")

    def _fill(self, cover: Covering) -> VenueOrder:
        bourse, venue_id = self.bourse, uuid4().hex
        filled = (cover.amount * bourse.fills).quantize(bourse.step)
        parts = _split(filled, bourse.splits, bourse.step) if filled else []
        for part in parts:
            fee = part * bourse.price * bourse.fee
            is_base = bourse.fee_currency == cover.symbol.partition("/")[0]
            bourse.trades.append(
                VenueTrade(
                    venue_id=uuid4().hex,
                    order_venue_id=venue_id,
                    symbol=cover.symbol,
                    side=Side(cover.side),
                    amount=part,
                    price=bourse.price,
                    cost=part * bourse.price,
                    fee=part * bourse.fee if is_base else fee,
                    fee_currency=bourse.fee_currency or cover.symbol.partition("/")[2],
                    at=clock.now(),
                )
            )
        word = OrderWord.FILLED if filled == cover.amount else OrderWord.CANCELLED
        return VenueOrder(
            client_order_id=cover.id,
            venue_id=venue_id,
            symbol=cover.symbol,
            side=Side(cover.side),
            word=bourse.word or word,
            venue_word="as told",
            amount=cover.amount,
            filled=filled,
            cost=filled * bourse.price,
        )


class _Everything(dict[str, Decimal]):
    """Have enough of every currency, and state none of them by name."""

    def get(self, key: str, default: object = None) -> Decimal:
        del key, default
        return Decimal(10**12)


def _split(amount: Decimal, parts: int, step: Decimal) -> list[Decimal]:
    each = (amount / parts).quantize(step)
    if each == 0 or parts == 1:
        return [amount]
    return [*[each] * (parts - 1), amount - each * (parts - 1)]


@contextmanager
def bourse() -> Iterator[Bourse]:
    """Open a venue that no other test uses, and close its account afterwards."""
    made = Bourse(label=f"bourse-{uuid4().hex[:10]}")
    _bourses[made.label] = made
    OPENERS[KIND] = _open
    account = connections.seed(
        family=Family.EXCHANGE,
        kind=KIND,
        label=made.label,
        environment=Environment.SANDBOX,
        credentials={"key": "none"},
        by=SYSTEM,
    )
    venues.forget()
    try:
        yield made
    finally:
        connections.disable_account(account_id=account.id, reason="the test is over", by=SYSTEM)
        venues.forget()


def _open(account: ProviderAccount) -> _Seat:
    return _Seat(_bourses[account.label])
