"""Binance, simulated: parameters signed in the query or the form, numeric codes for refusals.

Account: key ``sandbox-key``, secret ``sandbox-secret-of-binance``.
"""

import hashlib
import hmac
import time
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.venues_market import Fill, Listed, Market, PlacedOrder, Rejected, number, plain
from sandbox.venues_wire import KEY, Exchange, Lost

SECRET: Final = "sandbox-secret-of-binance"  # noqa: S105 - the sandbox's, and published on purpose
_WORDS: Final = {"open": "NEW", "filled": "FILLED", "cancelled": "EXPIRED"}
_REFUSALS: Final = {
    "symbol": (-1121, "Invalid symbol."),
    "amount": (-1013, "Filter failure: LOT_SIZE"),
    "cost": (-1013, "Filter failure: NOTIONAL"),
    "step": (-1013, "Filter failure: PRICE_FILTER"),
    "funds": (-2010, "Account has insufficient balance for requested action."),
    "duplicate": (-2010, "Duplicate order sent."),
}


class BinanceVenue(Exchange):
    """Speak Binance's REST."""

    name = "binance"

    def __init__(self, *, drift_bps: int = 0) -> None:
        """Begin with full books; fees are in what is received."""
        market = Market(fee_bps=10, fee_in_quote=False, ids_return=False, drift_bps=drift_bps)
        super().__init__(market)

    def routes(self) -> list[BaseRoute]:
        """Give public and signed calls."""
        return [
            Route("/api/v3/ticker/bookTicker", self.tickers, methods=["GET"]),
            Route("/api/v3/exchangeInfo", self.symbols, methods=["GET"]),
            Route("/api/v3/account", self.account, methods=["GET"]),
            Route("/api/v3/order", self.order, methods=["GET", "POST", "DELETE"]),
            Route("/api/v3/myTrades", self.trades, methods=["GET"]),
        ]

    async def tickers(self, request: Request) -> Response:
        """Tell the best prices of everything."""
        del request
        if self.market.quirks.rate_limited:
            return _refused(-1003, "Too many requests.", 429)
        told = [
            {
                "symbol": listed.base + listed.quote,
                "bidPrice": plain(bid),
                "bidQty": "1.0",
                "askPrice": plain(ask),
                "askQty": "1.0",
            }
            for listed, bid, ask in self.market.quoted()
        ]
        return self.dated(told)

    async def symbols(self, request: Request) -> Response:
        """Tell what is traded."""
        del request
        return JSONResponse({"symbols": [_symbol(one) for one in self.market.listed.values()]})

    async def account(self, request: Request) -> Response:
        """Tell what the account holds."""
        _, wrong = await self._sent(request)
        if wrong is not None:
            return wrong
        rows = [
            {
                "asset": code,
                "free": plain(self.market.available(code)),
                "locked": plain(self.market.reserved(code)),
            }
            for code in self.market.balances
        ]
        return JSONResponse({"balances": rows})

    async def order(self, request: Request) -> Response:
        """Take, tell or take back an order."""
        sent, wrong = await self._sent(request)
        if wrong is not None:
            return wrong
        if request.method == "GET":
            found = self.market.find(sent.get("origClientOrderId", ""))
            if found is None:
                return _refused(-2013, "Order does not exist.")
            return JSONResponse(self._order(found))
        if self.is_dropped():
            return Lost()
        act = self._place if request.method == "POST" else self._cancel
        return self.answered(act(sent))

    async def trades(self, request: Request) -> Response:
        """List fills of one symbol."""
        sent, wrong = await self._sent(request)
        if wrong is not None:
            return wrong
        start = int(sent.get("startTime", "0")) / 1000
        order = sent.get("orderId")
        fills = [
            fill
            for one in self.market.orders
            for fill in one.fills
            if one.symbol.replace("/", "") == sent.get("symbol")
            and fill.at >= start
            and order in {None, str(one.number)}
        ]
        limit = int(sent.get("limit", "500"))
        return JSONResponse([self._trade(fill) for fill in fills[:limit]])

    def _place(self, sent: dict[str, str]) -> Response:
        client_id = sent.get("newClientOrderId", "")
        by_name = {one.base + one.quote: one.symbol for one in self.market.listed.values()}
        try:
            placed = self.market.place(
                client_id=client_id,
                symbol=by_name.get(sent.get("symbol", ""), ""),
                side=sent.get("side", "").lower(),
                amount=number(sent.get("quantity")),
                price=number(sent.get("price")),
                now=sent.get("timeInForce") == "IOC",
            )
        except Rejected as error:
            return _refused(*_REFUSALS[str(error)])
        fills = [
            {
                "price": plain(fill.price),
                "qty": plain(fill.amount),
                "commission": plain(fill.fee),
                "commissionAsset": fill.fee_currency,
                "tradeId": fill.number,
            }
            for fill in placed.fills
        ]
        return JSONResponse({**self._order(placed), "fills": fills})

    def _cancel(self, sent: dict[str, str]) -> Response:
        found = self.market.find(sent.get("origClientOrderId", ""))
        if found is None or not self.market.cancel(found):
            return _refused(-2011, "Unknown order sent.")
        return JSONResponse({**self._order(found), "status": "CANCELED"})

    async def _sent(self, request: Request) -> tuple[dict[str, str], Response | None]:
        """Give the parameters, or the refusal of a request that is not signed as it must be."""
        query, body = request.scope["query_string"].decode(), (await request.body()).decode()
        sent = dict(parse_qsl(query) + parse_qsl(body))
        if self.market.quirks.rate_limited:
            return sent, _refused(-1003, "Too many requests.", 429)
        payload, mark, signature = (query + body).rpartition("&signature=")
        made = hmac.new(SECRET.encode(), payload.encode(), hashlib.sha256).hexdigest()
        if request.headers.get("x-mbx-apikey") != KEY:
            return sent, _refused(-2014, "API-key format invalid.", 401)
        if not mark or not hmac.compare_digest(made, signature):
            return sent, _refused(-1022, "Signature for this request is not valid.")
        late_ms = abs(time.time() * 1000 - int(sent.get("timestamp", "0")))
        if late_ms > int(sent.get("recvWindow", "5000")):
            return sent, _refused(-1021, "Timestamp for this request is outside of the recvWindow.")
        return sent, None

    def _order(self, order: PlacedOrder) -> dict[str, Any]:
        word = _WORDS[order.word]
        if order.word == "open" and order.fills:
            word = "PARTIALLY_FILLED"
        return {
            "symbol": order.symbol.replace("/", ""),
            "orderId": order.number,
            "clientOrderId": order.client_id,
            "price": plain(order.price),
            "origQty": plain(order.amount),
            "executedQty": plain(order.filled),
            "cummulativeQuoteQty": plain(order.cost),
            "status": self.market.quirks.status_word or word,
            "side": order.side.upper(),
            "time": int(order.at * 1000),
            "transactTime": int(order.at * 1000),
        }

    def _trade(self, fill: Fill) -> dict[str, Any]:
        return {
            "symbol": fill.symbol.replace("/", ""),
            "id": fill.number,
            "orderId": fill.order,
            "price": plain(fill.price),
            "qty": plain(fill.amount),
            "quoteQty": plain(fill.amount * fill.price),
            "commission": plain(fill.fee),
            "commissionAsset": fill.fee_currency,
            "time": int(fill.at * 1000),
            "isBuyer": fill.side == "buy",
        }


def _symbol(listed: Listed) -> dict[str, Any]:
    step, smallest = plain(listed.amount_step), plain(listed.amount_min)
    return {
        "symbol": listed.base + listed.quote,
        "status": "TRADING",
        "baseAsset": listed.base,
        "quoteAsset": listed.quote,
        "filters": [
            {"filterType": "PRICE_FILTER", "tickSize": plain(listed.price_step)},
            {"filterType": "LOT_SIZE", "stepSize": step, "minQty": smallest},
            {"filterType": "NOTIONAL", "minNotional": plain(listed.cost_min)},
        ],
    }


def _refused(code: int, words: str, status: int = 400) -> Response:
    return JSONResponse({"code": code, "msg": words}, status_code=status)
