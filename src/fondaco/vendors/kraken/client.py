"""The calls that we make. Each private one carries a nonce that must be greater than all before it.

Numbers are taken one by one, but requests may overtake each other on the way. Kraken refuses the one that
comes late, before it does anything, so it goes out again with another number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fondaco.vendors.kraken.reading import (
    read_balances,
    read_instruments,
    read_order,
    read_tickers,
    read_trade,
)
from fondaco.vendors.kraken.signing import sign
from fondaco.vendors.venue_wire import Malformed, Told, Wire, confirmed, lost, plain, understood
from fondaco.vendors.venues import (
    Access,
    Declined,
    Holds,
    Instrument,
    OrderAsk,
    OrderUnknown,
    OrderWord,
    OutcomeUnknown,
    RateLimited,
    Unavailable,
    VenueBalance,
    VenueOrder,
    VenueTicker,
    VenueTrade,
    sound_tickers,
)

BASE: Final = "https://api.kraken.com"
NONCE_TRIES: Final = 5
_INVALID_NONCE: Final = "EAPI:Invalid nonce"
_UNSURE: Final = ("EService:", "EGeneral:Internal error", "EGeneral:Temporary lockout")
"""After these nobody knows what became of an order."""
_PASSING: Final = ("EService:", "EGeneral:Internal", "EGeneral:Temporary", "EAPI:Invalid nonce")


@dataclass(slots=True)
class Kraken:
    """Speak to Kraken with one account's key."""

    access: Access
    kind: str = "kraken"
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
        told = self._public("/0/public/Ticker")
        found = understood(lambda: list(read_tickers(_result(told), symbols, told.at)))
        return sound_tickers(found)

    def instruments(self) -> Mapping[str, Instrument]:
        """Give everything that is traded, by symbol, anew.

        :raises Unavailable: it is not to be had
        """
        told = self._public("/0/public/AssetPairs")
        found = understood(lambda: list(read_instruments(_result(told))))
        self._known = {one.symbol: one for one in found}
        return self._known

    def rules(self, symbol: str) -> Instrument:
        """Give the steps and minimums of one symbol.

        :raises Declined: Kraken does not trade it
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
        told = self._private("BalanceEx", {})
        return {one.currency: one for one in understood(lambda: list(read_balances(_result(told))))}

    def place(self, ask: OrderAsk) -> VenueOrder:
        """Send a limit order once; Kraken tells its identifier alone, so it is pending.

        :raises Declined: Kraken refuses it
        :raises Unavailable: it was certainly not placed
        :raises OutcomeUnknown: it may have been placed
        """
        sent = {
            "pair": self.rules(ask.symbol).name,
            "type": ask.side.value,
            "ordertype": "limit",
            "volume": plain(ask.amount),
            "price": plain(ask.price),
            "timeinforce": "IOC" if ask.holds is Holds.IMMEDIATE else "GTC",
            "cl_ord_id": str(ask.client_order_id),
            "oflags": "fciq",
        }
        told = self._private("AddOrder", sent, writes=True)
        txid = confirmed(lambda: str(_result(told)["txid"][0]))
        return VenueOrder(
            client_order_id=ask.client_order_id,
            venue_id=txid,
            symbol=ask.symbol,
            side=ask.side,
            word=OrderWord.PENDING,
            venue_word="",
            amount=ask.amount,
            filled=ask.amount * 0,
            cost=ask.amount * 0,
        )

    def order(self, *, client_order_id: UUID, symbol: str) -> VenueOrder:
        """Look an order up among the open ones, then among the closed ones.

        :raises OrderUnknown: it is among neither
        :raises Unavailable: it is not to be had
        """
        instrument = self.rules(symbol)
        for call, member in (("OpenOrders", "open"), ("ClosedOrders", "closed")):
            found = self._find(call, member, str(client_order_id))
            if found is not None:
                return _read(*found, client_order_id, instrument)
        raise OrderUnknown(str(client_order_id))

    def trades(self, *, symbol: str, since: datetime) -> Sequence[VenueTrade]:
        """Give the account's latest 50 fills since an instant that are of the symbol, oldest first.

        :raises VenueError: they are not to be had
        """
        instrument = self.rules(symbol)
        told = self._private("TradesHistory", {"start": str(int(since.timestamp()))})

        def read() -> list[VenueTrade]:
            every = _result(told)["trades"]
            ours = {id_: one for id_, one in every.items() if one["pair"] == instrument.name}
            return [read_trade(id_, one, instrument=instrument) for id_, one in ours.items()]

        found: list[VenueTrade] = understood(read)
        return sorted(found, key=lambda one: one.at)

    def cancel(self, *, client_order_id: UUID, symbol: str) -> None:
        """Cancel what is still open of an order.

        :raises OrderUnknown: Kraken knows no open one
        :raises Unavailable: it was certainly not cancelled
        :raises OutcomeUnknown: it may have been cancelled
        """
        del symbol
        told = self._private("CancelOrder", {"cl_ord_id": str(client_order_id)}, writes=True)
        if not confirmed(lambda: int(_result(told)["count"])):
            raise OrderUnknown(str(client_order_id))

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()

    def _find(
        self, call: str, member: str, client_order_id: str
    ) -> tuple[str, Mapping[str, Any]] | None:
        told = self._private(call, {"cl_ord_id": client_order_id, "trades": "true"})
        found: Mapping[str, Any] = understood(lambda: _result(told)[member])
        ours = ((txid, one) for txid, one in found.items() if one["cl_ord_id"] == client_order_id)
        return understood(lambda: next(ours, None))

    def _instruments(self) -> Mapping[str, Instrument]:
        return self._known or self.instruments()

    def _public(self, path: str) -> Told:
        told = self._wire.ask("GET", path)
        _check(told, writes=False)
        return told

    def _private(self, call: str, sent: Mapping[str, str], *, writes: bool = False) -> Told:
        path = f"/0/private/{call}"
        for _ in range(NONCE_TRIES):
            told = self._send(path, sent, writes=writes)
            if _INVALID_NONCE not in _errors(told, writes=writes):
                _check(told, writes=writes)
                return told
        raise Unavailable("others use the key's numbers faster than we do")

    def _send(self, path: str, sent: Mapping[str, str], *, writes: bool) -> Told:
        if self.access.take_nonce is None:
            raise Declined("no key")
        nonce = self.access.take_nonce()
        body = urlencode({"nonce": str(nonce), **sent})
        headers = {
            "API-Key": self.access.key,
            "API-Sign": sign(secret=self.access.secret, path=path, nonce=nonce, body=body),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self._wire.ask("POST", path, writes=writes, headers=headers, content=body.encode())


def _read(
    txid: str, order: Mapping[str, Any], client_order_id: UUID, instrument: Instrument
) -> VenueOrder:
    found: VenueOrder = understood(
        lambda: read_order(txid, order, client_order_id=client_order_id, instrument=instrument),
    )
    return found


def _result(told: Told) -> Any:
    if not isinstance(told.body, dict) or not isinstance(told.body.get("result"), dict):
        raise Malformed("no result")
    return told.body["result"]


def _errors(told: Told, *, writes: bool) -> list[str]:
    found = told.body.get("error") if isinstance(told.body, dict) else None
    if not isinstance(found, list):
        raise lost("answered no list of errors", writes=writes)
    return [str(one) for one in found]


def _check(told: Told, *, writes: bool) -> None:
    """Turn Kraken's words into errors; W… are warnings."""
    for word in _errors(told, writes=writes):
        if not word.startswith("E"):
            continue
        if "Rate limit" in word or "Too many requests" in word:
            raise RateLimited(word)
        if "Unknown order" in word:
            raise OrderUnknown(word)
        if writes and word.startswith(_UNSURE):
            raise OutcomeUnknown(word)
        if word.startswith(_PASSING):
            raise Unavailable(word)
        raise Declined(word)
