"""The calls that we make. Parameters are signed as they are sent, with our time in milliseconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fondaco.vendors.binance.reading import (
    read_balances,
    read_instruments,
    read_order,
    read_tickers,
    read_trade,
    sum_fees,
)
from fondaco.vendors.binance.signing import sign
from fondaco.vendors.venue_wire import Told, Wire, confirmed, plain, understood
from fondaco.vendors.venues import (
    Access,
    Declined,
    Holds,
    Instrument,
    OrderAsk,
    OrderUnknown,
    OutcomeUnknown,
    RateLimited,
    Unavailable,
    VenueBalance,
    VenueOrder,
    VenueTicker,
    VenueTrade,
    sound_tickers,
)

BASE: Final = "https://api.binance.com"
RECV_WINDOW_MS: Final = 5000
TRADES_MAX: Final = 1000
_UNSURE: Final = frozenset({-1000, -1001, -1006, -1007})
"""Unknown, disconnected, unexpected answer, time-out: Binance itself does not know."""
_TOO_MANY: Final = frozenset({-1003, -1015, -1008})
_NO_SUCH_ORDER: Final = frozenset({-2013, -2011})
_DUPLICATE: Final = "Duplicate order"


@dataclass(slots=True)
class Binance:
    """Speak to Binance with one account's key."""

    access: Access
    kind: str = "binance"
    _wire: Wire = field(init=False, repr=False)
    _known: dict[str, Instrument] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Keep a connection."""
        self._wire = Wire(self.access)

    def tickers(self) -> Mapping[str, VenueTicker]:
        """Give the best prices of all symbols with one call.

        :raises Unavailable: they are not to be had
        """
        symbols = {one.name: one.symbol for one in self._instruments().values()}
        told = self._public("/api/v3/ticker/bookTicker")
        found = understood(lambda: list(read_tickers(told.body, symbols, told.at)))
        return sound_tickers(found)

    def instruments(self) -> Mapping[str, Instrument]:
        """Give everything that is traded, by symbol, anew.

        :raises Unavailable: it is not to be had
        """
        told = self._public("/api/v3/exchangeInfo?permissions=SPOT&showPermissionSets=false")
        found = understood(lambda: list(read_instruments(told.body)))
        self._known = {one.symbol: one for one in found}
        return self._known

    def rules(self, symbol: str) -> Instrument:
        """Give the steps and minimums of one symbol.

        :raises Declined: Binance does not trade it
        :raises Unavailable: they are not to be had
        """
        found = self._instruments().get(symbol)
        if found is None:
            raise Declined(f"{symbol} is not traded")
        return found

    def balances(self) -> Mapping[str, VenueBalance]:
        """Give what the account holds, by currency.

        :raises VenueError: it is not to be had
        """
        told = self._signed("GET", "/api/v3/account", {"omitZeroBalances": "true"})
        found = understood(lambda: list(read_balances(told.body)))
        return {one.currency: one for one in found}

    def place(self, ask: OrderAsk) -> VenueOrder:
        """Send a limit order once.

        :raises Declined: Binance refuses it
        :raises Unavailable: it was certainly not placed
        :raises OutcomeUnknown: it may have been placed
        """
        sent = {
            "symbol": self.rules(ask.symbol).name,
            "side": ask.side.value.upper(),
            "type": "LIMIT",
            "timeInForce": "IOC" if ask.holds is Holds.IMMEDIATE else "GTC",
            "quantity": plain(ask.amount),
            "price": plain(ask.price),
            "newClientOrderId": str(ask.client_order_id),
            "newOrderRespType": "FULL",
        }
        told = self._signed("POST", "/api/v3/order", sent, writes=True)

        def read() -> VenueOrder:
            return read_order(
                told.body,
                client_order_id=ask.client_order_id,
                symbol=ask.symbol,
                fees=sum_fees(told.body.get("fills", [])),
            )

        placed: VenueOrder = confirmed(read)
        return placed

    def order(self, *, client_order_id: UUID, symbol: str) -> VenueOrder:
        """Look an order up, with its trades where part of it is filled.

        :raises OrderUnknown: Binance knows none
        :raises Unavailable: it is not to be had
        """
        name = self.rules(symbol).name
        sent = {"symbol": name, "origClientOrderId": str(client_order_id)}
        told = self._signed("GET", "/api/v3/order", sent)

        def read() -> VenueOrder:
            return read_order(told.body, client_order_id=client_order_id, symbol=symbol, fees={})

        found: VenueOrder = understood(read)
        if not found.filled:
            return found
        asked = {"symbol": name, "orderId": found.venue_id, "limit": str(TRADES_MAX)}
        trades = self._signed("GET", "/api/v3/myTrades", asked)
        fees = understood(lambda: sum_fees(trades.body))
        with_fees: VenueOrder = understood(
            lambda: read_order(
                told.body, client_order_id=client_order_id, symbol=symbol, fees=fees
            ),
        )
        return with_fees

    def trades(self, *, symbol: str, since: datetime) -> Sequence[VenueTrade]:
        """Give the account's first thousand fills of a symbol since an instant, oldest first.

        :raises VenueError: they are not to be had
        """
        sent = {
            "symbol": self.rules(symbol).name,
            "startTime": str(int(since.timestamp() * 1000)),
            "limit": str(TRADES_MAX),
        }
        told = self._signed("GET", "/api/v3/myTrades", sent)
        found: list[VenueTrade] = understood(
            lambda: [read_trade(one, symbol=symbol) for one in told.body]
        )
        return sorted(found, key=lambda one: one.at)

    def cancel(self, *, client_order_id: UUID, symbol: str) -> None:
        """Cancel what is still open of an order.

        :raises OrderUnknown: Binance knows no open one
        :raises Unavailable: it was certainly not cancelled
        :raises OutcomeUnknown: it may have been cancelled
        """
        sent = {"symbol": self.rules(symbol).name, "origClientOrderId": str(client_order_id)}
        self._signed("DELETE", "/api/v3/order", sent, writes=True)

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()

    def _instruments(self) -> Mapping[str, Instrument]:
        return self._known or self.instruments()

    def _public(self, target: str) -> Told:
        told = self._wire.ask("GET", target)
        _check(told, writes=False)
        return told

    def _signed(
        self, method: str, path: str, sent: Mapping[str, str], *, writes: bool = False
    ) -> Told:
        now_ms = int(self.access.clock().timestamp() * 1000)
        payload = urlencode({**sent, "recvWindow": RECV_WINDOW_MS, "timestamp": now_ms})
        payload += f"&signature={sign(secret=self.access.secret, payload=payload)}"
        headers = {"X-MBX-APIKEY": self.access.key}
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            told = self._wire.ask(
                method, path, writes=writes, headers=headers, content=payload.encode()
            )
        else:
            told = self._wire.ask(method, f"{path}?{payload}", writes=writes, headers=headers)
        _check(told, writes=writes)
        return told


def _check(told: Told, *, writes: bool) -> None:
    """Turn Binance's codes into errors."""
    if told.status < HTTPStatus.BAD_REQUEST:
        return
    body: Any = told.body if isinstance(told.body, dict) else {}
    code, words = body.get("code"), str(body.get("msg", f"answered {told.status}"))
    if code in _TOO_MANY:
        raise RateLimited(words)
    if code in _NO_SUCH_ORDER:
        raise OrderUnknown(words)
    if code in _UNSURE or _DUPLICATE in words:
        raise OutcomeUnknown(words) if writes else Unavailable(words)
    raise Declined(f"{code} {words}")
