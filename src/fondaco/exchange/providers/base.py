"""What a place to trade at does for the house; stateless.

VenueError (of the vendors)
├── Unavailable      nothing happened there, ask again later
├── Declined         never
├── OrderUnknown     it knows no such order (yet)
└── OutcomeUnknown   nobody knows; look it up, never send it again
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from fondaco.exchange.types import Covering
from fondaco.vendors.venues import VenueOrder, VenueTrade


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Say at what price and in which steps a symbol can be traded there now."""

    bid: Decimal
    ask: Decimal
    at: datetime
    amount_step: Decimal
    price_step: Decimal
    amount_min: Decimal
    """In base currency."""
    cost_min: Decimal
    """In quote currency."""
    fee_bps: int
    """What the venue takes of a trade (basis points)."""


class ExchangeProvider(Protocol):
    """Trade with one account at one venue."""

    def offer(self, symbol: str) -> Offer:
        """Give price, steps and minimums of a symbol.

        :raises Unavailable: not now
        :raises Declined: it is not traded there
        """

    def balances(self) -> Mapping[str, Decimal]:
        """Give what the house has there in all, by currency.

        :raises Unavailable: not now
        """

    def place(self, cover: Covering) -> VenueOrder:
        """Send a covering order under its own identifier; called once for each.

        :raises Unavailable: it was not sent
        :raises Declined: the venue will not have it
        :raises OutcomeUnknown: the answer is lost
        """

    def find(self, cover: Covering) -> VenueOrder:
        """Ask for a covering order by its identifier.

        :raises Unavailable: not now
        :raises OrderUnknown: there is none
        """

    def trades(self, cover: Covering, order: VenueOrder) -> Sequence[VenueTrade]:
        """Give all trades of a covering order.

        :raises Unavailable: not now
        """

    def cancel(self, cover: Covering) -> None:
        """Ask the venue to end a covering order; whether it did is told by ``find``.

        :raises Unavailable: not now
        """
