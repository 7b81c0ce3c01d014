"""Reads Binance's JSON into what all venues tell; whatever is missing is malformed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from fondaco.vendors.venue_wire import instant_ms, number
from fondaco.vendors.venues import (
    Instrument,
    OrderWord,
    Side,
    VenueBalance,
    VenueOrder,
    VenueTicker,
    VenueTrade,
)

WORDS: Final = {
    "NEW": OrderWord.OPEN,
    "PARTIALLY_FILLED": OrderWord.OPEN,
    "PENDING_NEW": OrderWord.PENDING,
    "PENDING_CANCEL": OrderWord.PENDING,
    "FILLED": OrderWord.FILLED,
    "CANCELED": OrderWord.CANCELLED,
    "EXPIRED": OrderWord.CANCELLED,
    "EXPIRED_IN_MATCH": OrderWord.CANCELLED,
    "REJECTED": OrderWord.REJECTED,
}


def read_instruments(body: Mapping[str, Any]) -> Iterator[Instrument]:
    """Read ``exchangeInfo``."""
    for told in body["symbols"]:
        filters = {one["filterType"]: one for one in told["filters"]}
        lot, price = filters["LOT_SIZE"], filters["PRICE_FILTER"]
        notional = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL") or {}
        yield Instrument(
            symbol=f"{told['baseAsset']}/{told['quoteAsset']}",
            name=told["symbol"],
            base=told["baseAsset"],
            quote=told["quoteAsset"],
            price_step=number(price["tickSize"]),
            amount_step=number(lot["stepSize"]),
            amount_min=number(lot["minQty"]),
            cost_min=number(notional.get("minNotional", "0")),
            is_open=told["status"] == "TRADING",
        )


def read_tickers(
    body: Sequence[Mapping[str, Any]], symbols: Mapping[str, str], at: datetime
) -> Iterator[VenueTicker]:
    """Read ``ticker/bookTicker``; ``symbols`` gives ours by Binance's names."""
    for told in body:
        symbol = symbols.get(told["symbol"])
        if symbol is not None:
            yield VenueTicker(symbol, number(told["bidPrice"]), number(told["askPrice"]), at)


def read_balances(body: Mapping[str, Any]) -> Iterator[VenueBalance]:
    """Read ``account``."""
    for told in body["balances"]:
        free = number(told["free"])
        yield VenueBalance(told["asset"], free + number(told["locked"]), free)


def read_order(
    told: Mapping[str, Any], *, client_order_id: UUID, symbol: str, fees: Mapping[str, Decimal]
) -> VenueOrder:
    """Read an order; its fees stand in its trades."""
    word = told["status"]
    return VenueOrder(
        client_order_id=client_order_id,
        venue_id=str(told["orderId"]),
        symbol=symbol,
        side=Side(told["side"].lower()),
        word=WORDS.get(word, OrderWord.PENDING),
        venue_word=word,
        amount=number(told["origQty"]),
        filled=number(told["executedQty"]),
        cost=number(told["cummulativeQuoteQty"]),
        fees=fees,
        at=instant_ms(told.get("time") or told["transactTime"]),
    )


def read_trade(told: Mapping[str, Any], *, symbol: str) -> VenueTrade:
    """Read one of ``myTrades``."""
    return VenueTrade(
        venue_id=str(told["id"]),
        order_venue_id=str(told["orderId"]),
        symbol=symbol,
        side=Side.BUY if told["isBuyer"] else Side.SELL,
        amount=number(told["qty"]),
        price=number(told["price"]),
        cost=number(told["quoteQty"]),
        fee=number(told["commission"]),
        fee_currency=told["commissionAsset"],
        at=instant_ms(told["time"]),
    )


def sum_fees(fills: Sequence[Mapping[str, Any]]) -> dict[str, Decimal]:
    """Add up the commissions of fills or trades by their currency."""
    fees: defaultdict[str, Decimal] = defaultdict(Decimal)
    for fill in fills:
        fees[fill["commissionAsset"]] += number(fill["commission"])
    return {code: fee for code, fee in fees.items() if fee}
