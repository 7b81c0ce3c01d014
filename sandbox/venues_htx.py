"""HTX, simulated: signed queries, JSON bodies, status 200 with ``err-code`` for refusals.

Account: key ``sandbox-key``, secret ``sandbox-secret-of-htx``, spot account 7001.
"""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.venues_market import Fill, Listed, Market, PlacedOrder, Rejected, number, plain
from sandbox.venues_wire import KEY, Exchange, Lost

SECRET: Final = "sandbox-secret-of-htx"  # noqa: S105 - the sandbox's, and published on purpose
ACCOUNT: Final = 7001
SKEW_MAX_S: Final = 300
_REFUSALS: Final = {
    "symbol": "base-symbol-error",
    "amount": "order-limitorder-amount-min-error",
    "cost": "order-value-min-error",
    "step": "order-orderamount-precision-error",
    "funds": "account-frozen-balance-insufficient-error",
    "duplicate": "order-client-order-id-duplicate-error",
}


class HtxVenue(Exchange):
    """Speak HTX's REST."""

    name = "htx"

    def __init__(self, *, drift_bps: int = 0) -> None:
        """Begin with full books; fees are in what is received."""
        market = Market(fee_bps=20, fee_in_quote=False, ids_return=False, drift_bps=drift_bps)
        super().__init__(market)

    def routes(self) -> list[BaseRoute]:
        """Give public and signed calls."""
        orders = "/v1/order/orders"
        return [
            Route("/market/tickers", self.tickers, methods=["GET"]),
            Route("/v1/common/symbols", self.symbols, methods=["GET"]),
            Route("/v1/account/accounts", self.accounts, methods=["GET"]),
            Route("/v1/account/accounts/{id}/balance", self.balance, methods=["GET"]),
            Route(f"{orders}/place", self.place, methods=["POST"]),
            Route(f"{orders}/submitCancelClientOrder", self.cancel, methods=["POST"]),
            Route(f"{orders}/getClientOrder", self.order, methods=["GET"]),
            Route(f"{orders}/{{id}}/matchresults", self.fills, methods=["GET"]),
            Route("/v1/order/matchresults", self.trades, methods=["GET"]),
        ]

    async def tickers(self, request: Request) -> Response:
        """Tell the best prices of everything; they are JSON numbers."""
        del request
        if self.market.quirks.rate_limited:
            return _refused("api-not-support-frequency-limit")
        rows = ", ".join(
            f'{{"symbol": "{_name(listed)}", "bid": {plain(bid)}, "bidSize": 1.0, '
            f'"ask": {plain(ask)}, "askSize": 1.0}}'
            for listed, bid, ask in self.market.quoted()
        )
        at = int(self.market.told_at() * 1000)
        text = f'{{"status": "ok", "ts": {at}, "data": [{rows}]}}'
        return Response(text, media_type="application/json")

    async def symbols(self, request: Request) -> Response:
        """Tell what is traded."""
        del request
        return _done([_symbol(one) for one in self.market.listed.values()])

    async def accounts(self, request: Request) -> Response:
        """List the accounts."""
        wrong = self._check(request)
        return wrong or _done([{"id": ACCOUNT, "type": "spot", "state": "working"}])

    async def balance(self, request: Request) -> Response:
        """Tell what the account holds: one row for what is free, one for what is frozen."""
        wrong = self._check(request)
        if wrong is not None:
            return wrong
        rows = [
            {"currency": code.lower(), "type": kind, "balance": plain(amount)}
            for code in self.market.balances
            for kind, amount in (
                ("trade", self.market.available(code)),
                ("frozen", self.market.reserved(code)),
            )
        ]
        return _done({"id": ACCOUNT, "type": "spot", "state": "working", "list": rows})

    async def place(self, request: Request) -> Response:
        """Take an order."""
        wrong = self._check(request)
        if wrong is not None:
            return wrong
        if self.is_dropped():
            return Lost()
        sent = json.loads(await request.body())
        return self.answered(self._place(sent))

    async def cancel(self, request: Request) -> Response:
        """Take an order back; 0 stands for one that is not known, 6 for a filled, 7 for a cancelled one."""
        wrong = self._check(request)
        if wrong is not None:
            return wrong
        if self.is_dropped():
            return Lost()
        sent = json.loads(await request.body())
        found = self.market.find(str(sent.get("client-order-id")))
        if found is None:
            return self.answered(_done("0"))
        word = "10" if self.market.cancel(found) else "6" if found.word == "filled" else "7"
        return self.answered(_done(word))

    async def order(self, request: Request) -> Response:
        """Tell an order."""
        wrong = self._check(request)
        if wrong is not None:
            return wrong
        found = self.market.find(request.query_params.get("clientOrderId", ""))
        return _refused("base-record-invalid") if found is None else _done(self._order(found))

    async def fills(self, request: Request) -> Response:
        """List the fills of one order."""
        wrong = self._check(request)
        if wrong is not None:
            return wrong
        asked = request.path_params["id"]
        found = [one for one in self.market.orders if str(one.number) == asked]
        return _done([self._fill(fill) for one in found for fill in one.fills])

    async def trades(self, request: Request) -> Response:
        """List the fills of one symbol."""
        wrong = self._check(request)
        if wrong is not None:
            return wrong
        asked = request.query_params
        start = int(asked.get("start-time", "0")) / 1000
        found = [
            fill
            for one in self.market.orders
            for fill in one.fills
            if _name(self.market.listed[one.symbol]) == asked.get("symbol") and fill.at >= start
        ]
        return _done([self._fill(fill) for fill in found[-int(asked.get("size", "100")) :]])

    def _place(self, sent: dict[str, Any]) -> Response:
        client_id = str(sent.get("client-order-id", ""))
        by_name = {_name(one): one.symbol for one in self.market.listed.values()}
        side, _, holds = str(sent.get("type")).partition("-")
        try:
            placed = self.market.place(
                client_id=client_id,
                symbol=by_name.get(str(sent.get("symbol")), ""),
                side=side,
                amount=number(sent.get("amount")),
                price=number(sent.get("price")),
                now=holds == "ioc",
            )
        except Rejected as error:
            return _refused(_REFUSALS[str(error)])
        return _done(str(placed.number))

    def _check(self, request: Request) -> Response | None:
        """Give the refusal of a request that is not signed as it must be."""
        if self.market.quirks.rate_limited:
            return _refused("api-signature-frequency-limit")
        query = request.scope["query_string"].decode()
        payload, mark, _ = query.rpartition("&Signature=")
        members = dict(parse_qsl(query))
        host = request.headers["host"].lower()
        text = f"{request.method}\n{host}\n{request.scope['path']}\n{payload}"
        made = base64.b64encode(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest())
        given = members.get("Signature", "")
        if members.get("AccessKeyId") != KEY or not mark:
            return _refused("api-signature-not-valid")
        if not hmac.compare_digest(made.decode(), given) or not _is_fresh(members):
            return _refused("api-signature-not-valid")
        return None

    def _order(self, order: PlacedOrder) -> dict[str, Any]:
        some = "partial-" if order.fills else ""
        words = {
            "open": "partial-filled" if order.fills else "submitted",
            "filled": "filled",
            "cancelled": f"{some}canceled",
        }
        return {
            "id": order.number,
            "symbol": _name(self.market.listed[order.symbol]),
            "account-id": ACCOUNT,
            "client-order-id": order.client_id,
            "amount": plain(order.amount),
            "price": plain(order.price),
            "created-at": int(order.at * 1000),
            "type": _kind(order),
            "filled-amount": plain(order.filled),
            "filled-cash-amount": plain(order.cost),
            "filled-fees": plain(order.fee),
            "state": self.market.quirks.status_word or words[order.word],
        }

    def _fill(self, fill: Fill) -> dict[str, Any]:
        return {
            "id": fill.number,
            "trade-id": fill.number,
            "order-id": fill.order,
            "symbol": _name(self.market.listed[fill.symbol]),
            "type": f"{fill.side}-limit",
            "price": plain(fill.price),
            "filled-amount": plain(fill.amount),
            "filled-fees": plain(fill.fee),
            "fee-currency": fill.fee_currency.lower(),
            "created-at": int(fill.at * 1000),
        }


def _is_fresh(members: dict[str, str]) -> bool:
    try:
        told = datetime.strptime(members.get("Timestamp", ""), "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - the zone is added below
    except ValueError:
        return False
    return abs(time.time() - told.replace(tzinfo=UTC).timestamp()) <= SKEW_MAX_S


def _name(listed: Listed) -> str:
    return f"{listed.base}{listed.quote}".lower()


def _kind(order: PlacedOrder) -> str:
    return f"{order.side}-{'ioc' if order.is_immediate else 'limit'}"


def _symbol(listed: Listed) -> dict[str, Any]:
    return {
        "base-currency": listed.base.lower(),
        "quote-currency": listed.quote.lower(),
        "symbol": _name(listed),
        "price-precision": max(0, -int(listed.price_step.normalize().as_tuple().exponent)),
        "amount-precision": max(0, -int(listed.amount_step.normalize().as_tuple().exponent)),
        "min-order-amt": plain(listed.amount_min),
        "min-order-value": plain(listed.cost_min),
        "state": "online",
    }


def _done(data: Any) -> Response:
    return JSONResponse({"status": "ok", "data": data})


def _refused(code: str) -> Response:
    return JSONResponse({"status": "error", "err-code": code, "err-msg": code, "data": None})
