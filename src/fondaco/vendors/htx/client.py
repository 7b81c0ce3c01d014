"""The calls that we make. The signature stands in the query, also where the request has a body."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from fondaco.vendors.htx.reading import (
    read_balances,
    read_instruments,
    read_order,
    read_tickers,
    read_trade,
    sum_fees,
)
from fondaco.vendors.htx.signing import query
from fondaco.vendors.venue_wire import (
    Malformed,
    Told,
    Wire,
    confirmed,
    instant_ms,
    lost,
    plain,
    understood,
)
from fondaco.vendors.venues import (
    Access,
    Declined,
    Holds,
    Instrument,
    OrderAsk,
    OrderUnknown,
    OrderWord,
    RateLimited,
    VenueBalance,
    VenueOrder,
    VenueTicker,
    VenueTrade,
    sound_tickers,
)

BASE: Final = "https://api.huobi.pro"
TRADES_MAX: Final = 500
_UNSURE: Final = ("system-error", "internal-error", "timeout", "unavailable", "maintenance")
_TOO_MANY: Final = ("limit", "frequency", "too-many")
_NO_SUCH_ORDER: Final = frozenset(
    {"base-record-invalid", "order-queryorder-invalid", "not-found", "base-not-found"}
)
_NOT_CANCELLED: Final = frozenset({"0", "-1", "5", "6", "7"})
"""Not known, closed long ago, already cancelled in part, filled, cancelled."""


@dataclass(slots=True)
class Htx:
    """Speak to HTX with one account's key."""

    access: Access
    kind: str = "htx"
    _wire: Wire = field(init=False, repr=False)
    _known: dict[str, Instrument] = field(default_factory=dict, repr=False)
    _account: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Keep a connection."""
        self._wire = Wire(self.access)

    def tickers(self) -> Mapping[str, VenueTicker]:
        """Give the best prices of all symbols with one call.

        :raises Unavailable: they are not to be had
        """
        symbols = {one.name: one.symbol for one in self._instruments().values()}
        told = self._public("/market/tickers")

        def read() -> list[VenueTicker]:
            at = min(instant_ms(told.body["ts"]), told.at)
            return list(read_tickers(_data(told), symbols, at))

        return sound_tickers(understood(read))

    def instruments(self) -> Mapping[str, Instrument]:
        """Give everything that is traded, by symbol, anew.

        :raises Unavailable: it is not to be had
        """
        told = self._public("/v1/common/symbols")
        found = understood(lambda: list(read_instruments(_data(told))))
        self._known = {one.symbol: one for one in found}
        return self._known

    def rules(self, symbol: str) -> Instrument:
        """Give the steps and minimums of one symbol.

        :raises Declined: HTX does not trade it
        :raises Unavailable: they are not to be had
        """
        found = self._instruments().get(symbol)
        if found is None:
            raise Declined(f"{symbol} is not traded")
        return found

    def balances(self) -> Mapping[str, VenueBalance]:
        """Give what the spot account holds, by currency.

        :raises VenueError: it is not to be had
        """
        told = self._signed("GET", f"/v1/account/accounts/{self._account_id()}/balance")
        found = understood(lambda: list(read_balances(_data(told)["list"])))
        return {one.currency: one for one in found}

    def place(self, ask: OrderAsk) -> VenueOrder:
        """Send a limit order once; HTX tells its identifier alone, so it is pending.

        :raises Declined: HTX refuses it
        :raises Unavailable: it was certainly not placed
        :raises OutcomeUnknown: it may have been placed
        """
        kind = "ioc" if ask.holds is Holds.IMMEDIATE else "limit"
        sent = {
            "account-id": self._account_id(),
            "symbol": self.rules(ask.symbol).name,
            "type": f"{ask.side.value}-{kind}",
            "amount": plain(ask.amount),
            "price": plain(ask.price),
            "source": "spot-api",
            "client-order-id": str(ask.client_order_id),
        }
        told = self._signed("POST", "/v1/order/orders/place", content=sent)
        return VenueOrder(
            client_order_id=ask.client_order_id,
            venue_id=confirmed(lambda: str(_data(told))),
            symbol=ask.symbol,
            side=ask.side,
            word=OrderWord.PENDING,
            venue_word="",
            amount=ask.amount,
            filled=ask.amount * 0,
            cost=ask.amount * 0,
        )

    def order(self, *, client_order_id: UUID, symbol: str) -> VenueOrder:
        """Look an order up, with its fills where part of it is filled.

        :raises OrderUnknown: HTX knows none
        :raises Unavailable: it is not to be had
        """
        sent = {"clientOrderId": str(client_order_id)}
        told = self._signed("GET", "/v1/order/orders/getClientOrder", sent)
        found = self._read(told, client_order_id, symbol, {})
        if not found.filled:
            return found
        fills = self._signed("GET", f"/v1/order/orders/{found.venue_id}/matchresults")
        fees = understood(lambda: sum_fees(_data(fills)))
        return self._read(told, client_order_id, symbol, fees)

    def trades(self, *, symbol: str, since: datetime) -> Sequence[VenueTrade]:
        """Give the account's latest fills of a symbol since an instant (two days at most), oldest first.

        :raises VenueError: they are not to be had
        """
        sent = {
            "symbol": self.rules(symbol).name,
            "start-time": str(int(since.timestamp() * 1000)),
            "size": str(TRADES_MAX),
        }
        told = self._signed("GET", "/v1/order/matchresults", sent)
        found: list[VenueTrade] = understood(
            lambda: [read_trade(one, symbol=symbol) for one in _data(told)]
        )
        return sorted(found, key=lambda one: one.at)

    def cancel(self, *, client_order_id: UUID, symbol: str) -> None:
        """Cancel what is still open of an order.

        :raises OrderUnknown: HTX knows no open one
        :raises Unavailable: it was certainly not cancelled
        :raises OutcomeUnknown: it may have been cancelled
        """
        del symbol
        sent = {"client-order-id": str(client_order_id)}
        told = self._signed("POST", "/v1/order/orders/submitCancelClientOrder", content=sent)
        if confirmed(lambda: str(_data(told))) in _NOT_CANCELLED:
            raise OrderUnknown(str(client_order_id))

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()

    def _instruments(self) -> Mapping[str, Instrument]:
        return self._known or self.instruments()

    def _account_id(self) -> str:
        if not self._account:
            told = self._signed("GET", "/v1/account/accounts")

            def read() -> str:
                spot = [one for one in _data(told) if one["type"] == "spot"]
                return str(spot[0]["id"])

            self._account = understood(read)
        return self._account

    def _read(
        self, told: Told, client_order_id: UUID, symbol: str, fees: Mapping[str, Any]
    ) -> VenueOrder:
        found: VenueOrder = understood(
            lambda: read_order(
                _data(told), client_order_id=client_order_id, symbol=symbol, fees=fees
            ),
        )
        return found

    def _public(self, path: str) -> Told:
        told = self._wire.ask("GET", path)
        _check(told, writes=False)
        return told

    def _signed(
        self,
        method: str,
        path: str,
        sent: Mapping[str, str] | None = None,
        *,
        content: Mapping[str, str] | None = None,
    ) -> Told:
        """Send a signed request; what has a body may change something there."""
        base = urlsplit(self.access.base_url)
        signed = query(
            key=self.access.key,
            secret=self.access.secret,
            method=method,
            host=base.netloc,
            path=base.path.rstrip("/") + path,
            at=self.access.clock(),
            sent=sent,
        )
        writes = content is not None
        told = self._wire.ask(
            method,
            f"{path}?{signed}",
            writes=writes,
            headers={"Content-Type": "application/json"} if writes else None,
            content=json.dumps(content).encode() if writes else b"",
        )
        _check(told, writes=writes)
        return told


def _data(told: Told) -> Any:
    if not isinstance(told.body, dict) or "data" not in told.body:
        raise Malformed("no data")
    return told.body["data"]


def _check(told: Told, *, writes: bool) -> None:
    """Turn HTX's codes into errors; they come with status 200 too."""
    body: Any = told.body if isinstance(told.body, dict) else {}
    if told.status < HTTPStatus.BAD_REQUEST and body.get("status") == "ok":
        return
    code = str(body.get("err-code", ""))
    if not code:
        raise lost(f"answered {told.status} without a code", writes=writes)
    if code in _NO_SUCH_ORDER:
        raise OrderUnknown(code)
    if any(word in code for word in _UNSURE):
        raise lost(code, writes=writes)
    if any(word in code for word in _TOO_MANY) and code.startswith(("api", "base")):
        raise RateLimited(code)
    raise Declined(code)
