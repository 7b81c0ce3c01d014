"""Reads Kraken's JSON into what all venues tell; whatever is missing is malformed."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from fondaco.vendors.venue_wire import instant_s, number
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
    "pending": OrderWord.PENDING,
    "open": OrderWord.OPEN,
    "closed": OrderWord.FILLED,
    "canceled": OrderWord.CANCELLED,
    "expired": OrderWord.CANCELLED,
}
_ALIASES: Final = {"XBT": "BTC", "XDG": "DOGE"}
_OLD_NAMES: Final = frozenset(
    {
        f"X{coin}"
        for coin in ("XBT", "ETH", "XRP", "LTC", "XLM", "ETC", "XMR", "ZEC", "REP", "MLN", "XDG")
    }
    | {f"Z{money}" for money in ("USD", "EUR", "GBP", "CAD", "JPY", "AUD")}
)
"""Assets of the early years carry a letter for their sort."""


def currency(asset: str) -> str:
    """Give the world's code of one of Kraken's assets: ``XXBT`` is BTC."""
    short = asset[1:] if asset in _OLD_NAMES else asset
    return _ALIASES.get(short, short)


def read_instruments(result: Mapping[str, Any]) -> Iterator[Instrument]:
    """Read ``AssetPairs``; pairs without a name of the common form cannot be traded by us."""
    for name, told in result.items():
        base, slash, quote = told.get("wsname", "").partition("/")
        if not slash:
            continue
        pair = f"{currency(base)}/{currency(quote)}"
        yield Instrument(
            symbol=pair,
            name=name,
            base=currency(base),
            quote=currency(quote),
            price_step=number(told.get("tick_size", Decimal(1).scaleb(-told["pair_decimals"]))),
            amount_step=Decimal(1).scaleb(-told["lot_decimals"]),
            amount_min=number(told.get("ordermin", "0")),
            cost_min=number(told.get("costmin", "0")),
            is_open=told.get("status", "online") == "online",
        )


def read_tickers(
    result: Mapping[str, Any], symbols: Mapping[str, str], at: datetime
) -> Iterator[VenueTicker]:
    """Read ``Ticker``; ``symbols`` gives ours by Kraken's names."""
    for name, told in result.items():
        symbol = symbols.get(name)
        if symbol is not None:
            yield VenueTicker(symbol, number(told["b"][0]), number(told["a"][0]), at)


def read_balances(result: Mapping[str, Any]) -> Iterator[VenueBalance]:
    """Read ``BalanceEx``; what is lent out or staked has names of its own and is left as it is."""
    for asset, told in result.items():
        total = number(told["balance"])
        yield VenueBalance(currency(asset), total, total - number(told.get("hold_trade", "0")))


def read_order(
    txid: str, told: Mapping[str, Any], *, client_order_id: UUID, instrument: Instrument
) -> VenueOrder:
    """Read one order of ``OpenOrders`` or ``ClosedOrders``; fees are in quote currency (``fciq``)."""
    fee = number(told["fee"])
    word, amount, filled = told["status"], number(told["vol"]), number(told["vol_exec"])
    return VenueOrder(
        client_order_id=client_order_id,
        venue_id=txid,
        symbol=instrument.symbol,
        side=Side(told["descr"]["type"]),
        word=_word(word, amount, filled),
        venue_word=word,
        amount=amount,
        filled=filled,
        cost=number(told["cost"]),
        fees={instrument.quote: fee} if fee else {},
        at=instant_s(told["opentm"]),
    )


def read_trade(trade_id: str, told: Mapping[str, Any], *, instrument: Instrument) -> VenueTrade:
    """Read one trade of ``TradesHistory``."""
    return VenueTrade(
        venue_id=trade_id,
        order_venue_id=told["ordertxid"],
        symbol=instrument.symbol,
        side=Side(told["type"]),
        amount=number(told["vol"]),
        price=number(told["price"]),
        cost=number(told["cost"]),
        fee=number(told["fee"]),
        fee_currency=instrument.quote,
        at=instant_s(told["time"]),
    )


def _word(word: str, amount: Decimal, filled: Decimal) -> OrderWord:
    """Read a status; ``closed`` with a part unfilled is one whose rest was taken back."""
    known = WORDS.get(word, OrderWord.PENDING)
    return OrderWord.CANCELLED if known is OrderWord.FILLED and filled < amount else known
