"""An account at Kraken, Binance or HTX as a place to trade at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from fondaco.exchange.providers.base import Offer
from fondaco.exchange.types import Covering
from fondaco.vendors.venues import Declined, OrderAsk, Side, Venue, VenueOrder, VenueTrade

FEE_BPS: Final[Mapping[str, int]] = {"kraken": 40, "binance": 10, "htx": 20}
"""What takers pay where the account says nothing else (public lists, 2026)."""
MARGIN: Final = timedelta(minutes=5)
"""Trades are asked for from so long before an order was sent: clocks differ."""


@dataclass(frozen=True, slots=True)
class VenueProvider:
    """Trade through one vendor's client."""

    venue: Venue
    fee_bps: int

    def offer(self, symbol: str) -> Offer:
        """Give price, steps and minimums of a symbol.

        :raises Unavailable: not now
        :raises Declined: it is not traded there, or not open
        """
        rules, ticker = self.venue.rules(symbol), self.venue.tickers().get(symbol)
        if ticker is None or not rules.is_open:
            raise Declined("not_traded")
        return Offer(
            bid=ticker.bid,
            ask=ticker.ask,
            at=ticker.at,
            amount_step=rules.amount_step,
            price_step=rules.price_step,
            amount_min=rules.amount_min,
            cost_min=rules.cost_min,
            fee_bps=self.fee_bps,
        )

    def balances(self) -> Mapping[str, Decimal]:
        """Give what the house has there in all, by currency.

        :raises Unavailable: not now
        """
        return {code: one.total for code, one in self.venue.balances().items()}

    def place(self, cover: Covering) -> VenueOrder:
        """Send a covering order under its own identifier.

        :raises Unavailable: it was not sent
        :raises Declined: the venue will not have it
        :raises OutcomeUnknown: the answer is lost
        """
        return self.venue.place(
            OrderAsk(
                client_order_id=cover.id,
                symbol=cover.symbol,
                side=Side(cover.side),
                amount=cover.amount,
                price=cover.price,
            )
        )

    def find(self, cover: Covering) -> VenueOrder:
        """Ask for a covering order by its identifier.

        :raises Unavailable: not now
        :raises OrderUnknown: there is none
        """
        return self.venue.order(client_order_id=cover.id, symbol=cover.symbol)

    def trades(self, cover: Covering, order: VenueOrder) -> Sequence[VenueTrade]:
        """Give all trades of a covering order.

        :raises Unavailable: not now
        """
        since = (cover.sent_at or cover.created_at) - MARGIN
        found = self.venue.trades(symbol=cover.symbol, since=since)
        return [one for one in found if one.order_venue_id == order.venue_id]

    def cancel(self, cover: Covering) -> None:
        """Ask the venue to end a covering order.

        :raises Unavailable: not now
        """
        self.venue.cancel(client_order_id=cover.id, symbol=cover.symbol)
