"""Reads HTX's JSON into what all venues tell; whatever is missing is malformed."""

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
    "created": OrderWord.PENDING,
    "submitted": OrderWord.OPEN,
    "partial-filled": OrderWord.OPEN,
    "canceling": OrderWord.PENDING,
    "filled": OrderWord.FILLED,
    "partial-canceled": OrderWord.CANCELLED,
    "canceled": OrderWord.CANCELLED,
}


def read_instruments(data: Sequence[Mapping[str, Any]]) -> Iterator[Instrument]:
    """Read ``common/symbols``."""
    for told in data:
        base, quote = told["base-currency"].upper(), told["quote-currency"].upper()
        smallest = told.get("limit-order-min-order-amt", told["min-order-amt"])
        yield Instrument(
            symbol=f"{base}/{quote}",
            name=told["symbol"],
            base=base,
            quote=quote,
            price_step=Decimal(1).scaleb(-int(told["price-precision"])),
            amount_step=Decimal(1).scaleb(-int(told["amount-precision"])),
            amount_min=number(smallest),
            cost_min=number(told["min-order-value"]),
            is_open=told["state"] == "online",
        )


def read_tickers(
    data: Sequence[Mapping[str, Any]], symbols: Mapping[str, str], at: datetime
) -> Iterator[VenueTicker]:
    """Read ``market/tickers``; ``symbols`` gives ours by HTX's names."""
    for told in data:
        symbol = symbols.get(told["symbol"])
        if symbol is not None:
            yield VenueTicker(symbol, number(told["bid"]), number(told["ask"]), at)


def read_balances(rows: Sequence[Mapping[str, Any]]) -> Iterator[VenueBalance]:
    """Read an account's list, which has one row for what is free and one for what is frozen."""
    free: defaultdict[str, Decimal] = defaultdict(Decimal)
    total: defaultdict[str, Decimal] = defaultdict(Decimal)
    for told in rows:
        code, amount = told["currency"].upper(), number(told["balance"])
        if told["type"] in {"trade", "frozen"}:
            total[code] += amount
            free[code] += amount if told["type"] == "trade" else 0
    for code, amount in total.items():
        if amount:
            yield VenueBalance(code, amount, free[code])


def read_order(
    told: Mapping[str, Any], *, client_order_id: UUID, symbol: str, fees: Mapping[str, Decimal]
) -> VenueOrder:
    """Read an order; older answers say ``field`` for ``filled``."""
    word = told["state"]
    return VenueOrder(
        client_order_id=client_order_id,
        venue_id=str(told["id"]),
        symbol=symbol,
        side=_side(told["type"]),
        word=WORDS.get(word, OrderWord.PENDING),
        venue_word=word,
        amount=number(told["amount"]),
        filled=number(_either(told, "amount")),
        cost=number(_either(told, "cash-amount")),
        fees=fees,
        at=instant_ms(told["created-at"]),
    )


def read_trade(told: Mapping[str, Any], *, symbol: str) -> VenueTrade:
    """Read one of ``matchresults``."""
    amount, price = number(told["filled-amount"]), number(told["price"])
    return VenueTrade(
        venue_id=str(told["trade-id"]),
        order_venue_id=str(told["order-id"]),
        symbol=symbol,
        side=_side(told["type"]),
        amount=amount,
        price=price,
        cost=amount * price,
        fee=number(told["filled-fees"]),
        fee_currency=told["fee-currency"].upper(),
        at=instant_ms(told["created-at"]),
    )


def sum_fees(fills: Sequence[Mapping[str, Any]]) -> dict[str, Decimal]:
    """Add up the fees of fills by their currency."""
    fees: defaultdict[str, Decimal] = defaultdict(Decimal)
    for fill in fills:
        fees[fill["fee-currency"].upper()] += number(fill["filled-fees"])
    return {code: fee for code, fee in fees.items() if fee}


def _either(told: Mapping[str, Any], name: str) -> Any:
    filled = told.get(f"filled-{name}")
    return told[f"field-{name}"] if filled is None else filled


def _side(kind: str) -> Side:
    """Read the side out of a type such as ``buy-ioc``."""
    return Side(kind.partition("-")[0])
