"""Kraken, simulated: signed forms, growing numbers, answers with a list of errors.

Account: key ``sandbox-key``, secret the base 64 in `SECRET`.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.venues_market import Fill, Listed, Market, PlacedOrder, Rejected, number, plain
from sandbox.venues_wire import KEY, Exchange, Lost, form_of, own_path

SECRET: Final = base64.b64encode(b"sandbox-secret-of-kraken").decode()
_OLD: Final = {"BTC": "XXBT", "ETH": "XETH", "USD": "ZUSD", "EUR": "ZEUR"}
_SHORT: Final = {"BTC": "XBT"}
_WORDS: Final = {"open": "open", "filled": "closed", "cancelled": "canceled"}
_REFUSALS: Final = {
    "symbol": "EQuery:Unknown asset pair",
    "amount": "EGeneral:Invalid arguments:volume minimum not met",
    "cost": "EGeneral:Invalid arguments:cost minimum not met",
    "step": "EGeneral:Invalid arguments:volume",
    "funds": "EOrder:Insufficient funds",
    "duplicate": "EGeneral:Invalid arguments:cl_ord_id already in use",
    "unknown": "EOrder:Unknown order",
}
Call = Callable[["KrakenVenue", dict[str, str]], Any]


class KrakenVenue(Exchange):
    """Speak Kraken's REST."""

    name = "kraken"

    def __init__(self, *, drift_bps: int = 0) -> None:
        """Begin with full books; fees are in quote currency."""
        market = Market(fee_bps=26, fee_in_quote=True, ids_return=True, drift_bps=drift_bps)
        super().__init__(market)
        self._nonce = 0

    def routes(self) -> list[BaseRoute]:
        """Give public and private calls."""
        return [
            Route("/0/public/Ticker", self.tickers, methods=["GET"]),
            Route("/0/public/AssetPairs", self.pairs, methods=["GET"]),
            Route("/0/private/{call}", self.private, methods=["POST"]),
        ]

    async def tickers(self, request: Request) -> Response:
        """Tell the best prices of everything, or of the pairs that are asked for."""
        if self.market.quirks.rate_limited:
            return _refused("EAPI:Rate limit exceeded")
        asked = set(filter(None, request.query_params.get("pair", "").split(",")))
        told = {
            pair_name(listed): _ticker(bid, ask)
            for listed, bid, ask in self.market.quoted()
            if not asked or pair_name(listed) in asked
        }
        if asked - told.keys():
            return _refused("EQuery:Unknown asset pair")
        return self.dated({"error": [], "result": told})

    async def pairs(self, request: Request) -> Response:
        """Tell what is traded."""
        del request
        return _done({pair_name(one): _pair(one) for one in self.market.listed.values()})

    async def private(self, request: Request) -> Response:
        """Answer a signed call."""
        raw, sent = await form_of(request)
        wrong = self._check(request, raw, sent)
        if wrong:
            return _refused(wrong)
        call = _CALLS.get(request.path_params["call"])
        if call is None:
            return _refused("EGeneral:Unknown method")
        act, writes = call
        if writes and self.is_dropped():
            return Lost()
        try:
            answer = _done(act(self, sent))
        except Rejected as error:
            answer = _refused(_REFUSALS[str(error)])
        return self.answered(answer) if writes else answer

    def add(self, sent: dict[str, str]) -> Any:
        """Take an order."""
        client_id = sent.get("cl_ord_id", "")
        by_name = {pair_name(one): one.symbol for one in self.market.listed.values()}
        order = self.market.place(
            client_id=client_id,
            symbol=by_name.get(sent.get("pair", ""), ""),
            side=sent.get("type", ""),
            amount=number(sent.get("volume")),
            price=number(sent.get("price")),
            now=sent.get("timeinforce") == "IOC",
        )
        text = f"{order.side} {plain(order.amount)} {sent['pair']} @ limit {plain(order.price)}"
        return {"descr": {"order": text}, "txid": [_txid(order.number)]}

    def open_orders(self, sent: dict[str, str]) -> Any:
        """List open orders."""
        return {"open": self._orders(sent, is_open=True)}

    def closed_orders(self, sent: dict[str, str]) -> Any:
        """List the others."""
        found = self._orders(sent, is_open=False)
        return {"closed": found, "count": len(found)}

    def cancel(self, sent: dict[str, str]) -> Any:
        """Take an open order back."""
        found = self.market.find(sent.get("cl_ord_id", ""))
        if found is None or not self.market.cancel(found):
            raise Rejected("unknown")
        return {"count": 1}

    def balance(self, sent: dict[str, str]) -> Any:
        """Tell what the account holds."""
        del sent
        return {
            _OLD.get(code, code): {
                "balance": plain(amount),
                "hold_trade": plain(self.market.reserved(code)),
            }
            for code, amount in self.market.balances.items()
        }

    def trades(self, sent: dict[str, str]) -> Any:
        """List the latest fills."""
        start = float(sent.get("start", "0"))
        fills = [fill for one in self.market.orders for fill in one.fills if fill.at >= start]
        told = {f"T{fill.number}": self._trade(fill) for fill in fills[-50:]}
        return {"trades": told, "count": len(told)}

    def _check(self, request: Request, raw: str, sent: dict[str, str]) -> str:
        if self.market.quirks.rate_limited:
            return "EAPI:Rate limit exceeded"
        nonce = sent.get("nonce", "")
        if request.headers.get("api-key") != KEY or not nonce.isascii() or not nonce.isdigit():
            return "EAPI:Invalid key"
        digest = hashlib.sha256(f"{nonce}{raw}".encode()).digest()
        key = base64.b64decode(SECRET)
        made = hmac.new(key, own_path(request).encode() + digest, hashlib.sha512).digest()
        if not hmac.compare_digest(
            base64.b64encode(made).decode(), request.headers.get("api-sign", "")
        ):
            return "EAPI:Invalid signature"
        if int(nonce) <= self._nonce:
            return "EAPI:Invalid nonce"
        self._nonce = int(nonce)
        return ""

    def _orders(self, sent: dict[str, str], *, is_open: bool) -> dict[str, Any]:
        asked = sent.get("cl_ord_id")
        found = [
            one
            for one in self.market.orders
            if (one.word == "open") is is_open and asked in {None, one.client_id}
        ]
        return {_txid(one.number): self._order(one) for one in found[-50:]}

    def _order(self, order: PlacedOrder) -> dict[str, Any]:
        listed = self.market.listed[order.symbol]
        return {
            "status": self.market.quirks.status_word or _WORDS[order.word],
            "cl_ord_id": order.client_id,
            "opentm": order.at,
            "descr": {
                "pair": pair_name(listed),
                "type": order.side,
                "ordertype": "limit",
                "price": plain(order.price),
            },
            "vol": plain(order.amount),
            "vol_exec": plain(order.filled),
            "cost": plain(order.cost),
            "fee": plain(order.fee),
        }

    def _trade(self, fill: Fill) -> dict[str, Any]:
        return {
            "ordertxid": _txid(fill.order),
            "pair": pair_name(self.market.listed[fill.symbol]),
            "time": fill.at,
            "type": fill.side,
            "ordertype": "limit",
            "price": plain(fill.price),
            "cost": plain(fill.amount * fill.price),
            "fee": plain(fill.fee),
            "vol": plain(fill.amount),
        }


_CALLS: Final[dict[str, tuple[Call, bool]]] = {
    "AddOrder": (KrakenVenue.add, True),
    "CancelOrder": (KrakenVenue.cancel, True),
    "OpenOrders": (KrakenVenue.open_orders, False),
    "ClosedOrders": (KrakenVenue.closed_orders, False),
    "BalanceEx": (KrakenVenue.balance, False),
    "TradesHistory": (KrakenVenue.trades, False),
}
"""Each call, and whether it changes something."""


def pair_name(listed: Listed) -> str:
    """Give Kraken's name of a pair: old assets carry letters of their own."""
    base, quote = _OLD.get(listed.base, listed.base), _OLD.get(listed.quote, listed.quote)
    if (listed.base in _OLD) != (listed.quote in _OLD):
        base, quote = _SHORT.get(listed.base, listed.base), _SHORT.get(listed.quote, listed.quote)
    return base + quote


def _pair(listed: Listed) -> dict[str, Any]:
    base, quote = (_SHORT.get(code, code) for code in (listed.base, listed.quote))
    return {
        "altname": f"{base}{quote}",
        "wsname": f"{base}/{quote}",
        "base": _OLD.get(listed.base, listed.base),
        "quote": _OLD.get(listed.quote, listed.quote),
        "pair_decimals": _places(listed.price_step),
        "lot_decimals": _places(listed.amount_step),
        "ordermin": plain(listed.amount_min),
        "costmin": plain(listed.cost_min),
        "tick_size": plain(listed.price_step),
        "status": "online",
    }


def _places(step: Any) -> int:
    return max(0, -int(step.normalize().as_tuple().exponent))


def _txid(order_number: int) -> str:
    return f"O{order_number:05d}-SAND-BOX"


def _done(result: Any) -> Response:
    return JSONResponse({"error": [], "result": result})


def _ticker(bid: Decimal, ask: Decimal) -> dict[str, Any]:
    """Give a ticker of a day on which nothing has moved."""
    last = plain((bid + ask) / 2)
    return {
        "a": [plain(ask), "1", "1.000"],
        "b": [plain(bid), "1", "1.000"],
        "c": [last, "0.1"],
        "v": ["12.50000000", "25.00000000"],
        "l": [last, last],
        "h": [last, last],
        "o": last,
    }


def _refused(word: str) -> Response:
    return JSONResponse({"error": [word]})
