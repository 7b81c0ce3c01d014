"""How the simulated exchanges are steered, by programs and by people.

Below ``/control/exchanges/<venue>``: ``PUT prices``, ``PUT balances``, ``POST listings`` and ``GET orders``;
what they do wrong is set where it is for every venue, ``PUT /control/<venue>/faults``. ``/exchanges/`` is a
page for people.
"""

import html
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from importlib.resources import files
from json import JSONDecodeError
from string import Template
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.venues import Faults, Refused, Stage
from sandbox.venues_market import Market, PlacedOrder, plain
from sandbox.venues_wire import Exchange

SHOWN: Final = 20
_POLICY: Final = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'"
_FORMS: Final[Mapping[str, Mapping[str, Any]]] = {
    "behave": {},
    "down": {"status": 503},
    "slow": {"latency_s": 8.0},
    "lose 30 % of answers": {"lost_answers": 0.3},
    "limit the rate": {"rate_limited": True},
    "tell 100 × the price": {"price_factor": "100"},
    "tell negative prices": {"price_factor": "-1"},
    "tell NaN": {"price_factor": "NaN"},
    "tell old prices": {"stale_s": 3600.0},
    "use a word nobody knows": {"status_word": "somewhere"},
    "fill a half": {"fill_share": "0.5"},
}
"""What the page's buttons set, one at a time."""


class ExchangeControl:
    """Steer the exchanges that are on stage."""

    def __init__(self, stages: Mapping[str, Stage]) -> None:
        """Know the exchanges by name."""
        self._stages = {
            name: stage for name, stage in stages.items() if isinstance(stage.venue, Exchange)
        }

    def routes(self) -> list[BaseRoute]:
        """Give the control API, below ``/control/exchanges``."""
        return [
            Route("/{venue}/prices", self.set_prices, methods=["PUT"]),
            Route("/{venue}/balances", self.set_balances, methods=["PUT"]),
            Route("/{venue}/listings", self.list_asset, methods=["POST"]),
            Route("/{venue}/orders", self.orders, methods=["GET"]),
        ]

    def pages(self) -> list[BaseRoute]:
        """Give the page, below ``/exchanges``."""
        return [
            Route("/", self.show, methods=["GET"]),
            Route("/style.css", _style, methods=["GET"]),
            Route("/{venue}", self.press, methods=["POST"]),
        ]

    async def set_prices(self, request: Request) -> Response:
        """Move middle prices: ``{"BTC/USDT": "61000"}``."""
        return await self._change(request, Market.set_prices)

    async def set_balances(self, request: Request) -> Response:
        """Set what the account holds: ``{"USD": "1000"}``."""
        return await self._change(request, Market.set_balances)

    async def list_asset(self, request: Request) -> Response:
        """Trade something new: ``{"symbol": "ABC/USD", "price": "2"}``, with steps and minimums."""
        return await self._change(request, Market.list_asset)

    async def orders(self, request: Request) -> Response:
        """List all orders that were ever placed, oldest first, with their fills."""
        market = self._find(request)
        if market is None:
            return _unknown()
        return JSONResponse({"items": [_order(one) for one in market.orders]})

    async def show(self, request: Request) -> Response:
        """Show the exchanges side by side."""
        del request
        shown = "".join(_section(name, stage) for name, stage in self._stages.items())
        page = Template(_resource("exchanges.html")).substitute(exchanges=shown)
        return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})

    async def press(self, request: Request) -> Response:
        """Do what a button says, instead of what was done wrong before."""
        stage = self._stages.get(request.path_params["venue"])
        pressed = dict(parse_qsl((await request.body()).decode("utf-8", "replace"))).get("do", "")
        if stage is None or pressed not in _FORMS:
            return _unknown()
        wanted = dict(_FORMS[pressed])
        common = {name: wanted.pop(name) for name in ("status", "latency_s") if name in wanted}
        stage.faults = Faults.parse(common)
        market = _market(stage)
        market.forgive()
        market.set_quirks(wanted)
        return RedirectResponse("/exchanges/", status_code=303)

    async def _change(
        self, request: Request, change: Callable[[Market, Mapping[str, Any]], None]
    ) -> Response:
        market = self._find(request)
        if market is None:
            return _unknown()
        try:
            told = await request.json()
            if not isinstance(told, dict):
                return JSONResponse({"error": "send an object"}, status_code=422)
            change(market, told)
        except JSONDecodeError:
            return JSONResponse({"error": "the body is not JSON"}, status_code=422)
        except Refused as error:
            return JSONResponse({"error": str(error)}, status_code=422)
        return Response(status_code=204)

    def _find(self, request: Request) -> Market | None:
        stage = self._stages.get(request.path_params["venue"])
        return None if stage is None else _market(stage)


def _market(stage: Stage) -> Market:
    assert isinstance(stage.venue, Exchange), "no other is kept"
    return stage.venue.market


def _unknown() -> Response:
    return JSONResponse({"error": "there is no such exchange"}, status_code=404)


def _order(order: PlacedOrder) -> dict[str, Any]:
    return {
        "id": order.number,
        "client_order_id": order.client_id,
        "symbol": order.symbol,
        "side": order.side,
        "amount": plain(order.amount),
        "price": plain(order.price),
        "word": order.word,
        "filled": plain(order.filled),
        "cost": plain(order.cost),
        "fee": plain(order.fee),
        "fee_currency": order.fills[0].fee_currency if order.fills else "",
    }


def _section(name: str, stage: Stage) -> str:
    market = _market(stage)
    prices = _table("Prices", _prices(market))
    balances = _table("Account", ((code, f"{one:f}") for code, one in market.balances.items()))
    orders = _table("Orders", _orders(market))
    wrong = ", ".join(_wrong(stage)) or "behaves"
    return (
        f'<section aria-labelledby="{name}"><h2 id="{name}">{name} <span class="count">{wrong}</span></h2>'
        f"{_buttons(name)}{prices}{balances}{orders}</section>"
    )


def _buttons(name: str) -> str:
    each = "".join(f'<button name="do" value="{one}">{one}</button>' for one in _FORMS)
    return f'<form method="post" action="/exchanges/{name}">{each}</form>'


def _wrong(stage: Stage) -> Iterator[str]:
    if stage.faults.status:
        yield f"answers {stage.faults.status}"
    if stage.faults.latency_s:
        yield f"{stage.faults.latency_s} s late"
    yield from _market(stage).quirks.told()


def _prices(market: Market) -> Iterator[tuple[str, str]]:
    for listed, bid, ask in market.quoted():
        yield listed.symbol, f"{bid:f} / {ask:f}"


def _orders(market: Market) -> Iterator[tuple[str, str]]:
    for order in market.orders[: -SHOWN - 1 : -1]:
        at = "" if not order.filled else f" at {_short(order.cost / order.filled)}"
        yield (
            f"{order.side} {_short(order.amount)} {order.symbol}",
            f"{order.word}, {_short(order.filled)}{at}",
        )


def _short(value: Decimal) -> str:
    return f"{value.normalize():f}"[:18]


def _table(title: str, rows: Iterator[tuple[str, str]]) -> str:
    lines = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{html.escape(told)}</td></tr>" for name, told in rows
    )
    none = '<tr><td class="none">Nothing yet.</td></tr>'
    return f"<h3>{title}</h3><table>{lines or none}</table>"


async def _style(request: Request) -> Response:
    del request
    return Response(_resource("mailbox.css") + _resource("exchanges.css"), media_type="text/css")


def _resource(name: str) -> str:
    return files("sandbox").joinpath("pages", name).read_text(encoding="utf-8")
