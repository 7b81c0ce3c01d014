"""A simulated exchange, whatever wire it is spoken to by: prices, an order book, one account, fees, quirks.

Orders are limit orders, immediate or resting. The book has five levels on each side of the middle price and
is full again after each order. What an operator of the sandbox sets (quirks) changes what is told, never what
is true: a price told a hundred times too high is traded at what it really is.
"""

import itertools
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from sandbox.venues import Refused

LEVELS: Final = 5
ORDERS_KEPT: Final = 20_000
_BPS: Final = Decimal(10_000)
_HALF_SPREAD_BPS: Final = Decimal(2)
_LEVEL_BPS: Final = Decimal(3)
_SWING_S: Final = 300
"""Where prices move, they come back after so long."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Describe what is traded."""

    base: str
    quote: str
    price_step: Decimal
    amount_step: Decimal
    amount_min: Decimal
    cost_min: Decimal

    @property
    def symbol(self) -> str:
        """Give ``BASE/QUOTE``."""
        return f"{self.base}/{self.quote}"


def _listed(base: str, quote: str, price_step: str, amount_step: str, amount_min: str) -> Listed:
    steps = (Decimal(price_step), Decimal(amount_step), Decimal(amount_min))
    return Listed(base, quote, *steps, cost_min=Decimal(5))


LISTED: Final = (
    _listed("BTC", "USDT", "0.1", "0.00000001", "0.00001"),
    _listed("BTC", "USD", "0.1", "0.00000001", "0.00001"),
    _listed("BTC", "EUR", "0.1", "0.00000001", "0.00001"),
    _listed("ETH", "USDT", "0.01", "0.00000001", "0.0001"),
    _listed("ETH", "USD", "0.01", "0.00000001", "0.0001"),
    _listed("ETH", "EUR", "0.01", "0.00000001", "0.0001"),
    _listed("USDT", "USD", "0.00001", "0.000001", "1"),
    _listed("EUR", "USD", "0.00001", "0.01", "1"),
    _listed("ABAN", "USD", "0.001", "0.0001", "0.01"),
    _listed("ABAN", "USDT", "0.001", "0.0001", "0.01"),
)
PRICES: Final = {
    "BTC/USDT": "60000", "BTC/USD": "60000", "BTC/EUR": "55000", "ETH/USDT": "3000", "ETH/USD": "3000",
    "ETH/EUR": "2750", "USDT/USD": "1", "EUR/USD": "1.09", "ABAN/USD": "20", "ABAN/USDT": "20",
}  # fmt: skip
BALANCES: Final = {
    "USD": "1000000", "USDT": "1000000", "EUR": "1000000", "BTC": "100", "ETH": "1000", "ABAN": "100000",
}  # fmt: skip


class Rejected(Exception):
    """Say why an order is not taken; the word is one of `REASONS`."""


REASONS: Final = ("symbol", "amount", "cost", "step", "funds", "duplicate", "unknown")


@dataclass(slots=True)
class Fill:
    """Hold one trade."""

    number: int
    order: int
    symbol: str
    side: str
    amount: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    at: float


@dataclass(slots=True)
class PlacedOrder:
    """Hold one order as the venue knows it; ``word`` is open, filled or cancelled."""

    number: int
    client_id: str
    symbol: str
    side: str
    amount: Decimal
    price: Decimal
    is_immediate: bool
    at: float
    word: str = "open"
    fills: list[Fill] = field(default_factory=list)

    @property
    def filled(self) -> Decimal:
        """Give how much of it is filled, in base currency."""
        return sum((one.amount for one in self.fills), Decimal(0))

    @property
    def cost(self) -> Decimal:
        """Give what that cost in quote currency."""
        return sum((one.amount * one.price for one in self.fills), Decimal(0))

    @property
    def fee(self) -> Decimal:
        """Give the fees; all are in one currency."""
        return sum((one.fee for one in self.fills), Decimal(0))


@dataclass(slots=True)
class Quirks:
    """Hold how the exchange misbehaves; nothing at first."""

    lost_answers: float = 0.0
    """Share of requests that change something and are done, but never answered."""
    lost_requests: float = 0.0
    """Share of those that are dropped before they are done."""
    rate_limited: bool = False
    price_factor: str = "1"
    """What told prices are multiplied by; ``NaN`` and negative ones too."""
    stale_s: float = 0.0
    """Told prices are so old, and do not move."""
    status_word: str = ""
    """Told instead of each order's own."""
    fill_share: str = "1"
    """How much of what the book offers is really filled."""
    drift_bps: int = 0
    """How far prices swing to both sides within five minutes."""
    seed: int = 1
    """Of what is lost."""

    def told(self) -> Iterator[str]:
        """Name what is not as it should be."""
        good = asdict(Quirks())
        for name, value in asdict(self).items():
            if value != good[name] and name not in {"drift_bps", "seed"}:
                yield f"{name} {value}"

    def changed(self, told: Mapping[str, Any]) -> "Quirks":
        """Give quirks with other members.

        :raises Refused: a member is unknown, or its value makes no sense
        """
        known = asdict(self)
        for name, value in told.items():
            if name not in known:
                raise Refused(f"there is no quirk {name}")
            known[name] = _quirk(name, value, type(known[name]))
        return Quirks(**known)


class Market:
    """Be one exchange."""

    def __init__(
        self, *, fee_bps: int, fee_in_quote: bool, ids_return: bool, drift_bps: int = 0
    ) -> None:
        """Choose the fee and how clients' identifiers are kept.

        :param fee_in_quote: fees are in quote currency; otherwise in what is received
        :param ids_return: an identifier may be used again once its order is over
        """
        self._ids_return = ids_return
        self._fee_bps = Decimal(fee_bps)
        self._fee_in_quote = fee_in_quote
        self._drift_bps = drift_bps
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.quirks = Quirks(drift_bps=self._drift_bps)
        self.listed: dict[str, Listed] = {one.symbol: one for one in LISTED}
        self.prices = {symbol: Decimal(price) for symbol, price in PRICES.items()}
        self.balances = {code: Decimal(amount) for code, amount in BALANCES.items()}
        self.orders: list[PlacedOrder] = []
        self._numbers = itertools.count(1001)
        self._random = random.Random(self.quirks.seed)  # noqa: S311 - chance on the stage, no secret
        self._frozen_at = time.time()

    def forgive(self) -> None:
        """Behave again; what happened is kept."""
        self.quirks = Quirks(drift_bps=self._drift_bps)

    def set_quirks(self, told: Mapping[str, Any]) -> None:
        """Misbehave otherwise from now on.

        :raises Refused: a member is unknown, or its value makes no sense
        """
        self.quirks = self.quirks.changed(told)
        self._random = random.Random(self.quirks.seed)  # noqa: S311 - likewise
        self._frozen_at = time.time()

    def set_prices(self, told: Mapping[str, Any]) -> None:
        """Move middle prices; resting orders that they reach are filled.

        :raises Refused: a symbol is not traded, or a price is not positive
        """
        read = {symbol: _positive(price) for symbol, price in told.items()}
        for symbol in read:
            if symbol not in self.listed:
                raise Refused(f"{symbol} is not traded here")
        self.prices |= read
        for order in self.orders:
            if order.word == "open" and self._is_reached(order):
                self._fill(order, order.amount - order.filled, order.price)
                order.word = "filled"

    def set_balances(self, told: Mapping[str, Any]) -> None:
        """Put money into the account, or take it away.

        :raises Refused: an amount is none
        """
        for code, amount in told.items():
            self.balances[str(code)] = _positive(amount, zero=True)

    def list_asset(self, told: Mapping[str, Any]) -> None:
        """Trade something new: ``symbol``, ``price`` and the steps and minimums that differ from ABAN's.

        :raises Refused: a member is missing or makes no sense
        """
        base, slash, quote = str(told.get("symbol", "")).partition("/")
        if not slash or not base or not quote:
            raise Refused("symbol is BASE/QUOTE")
        steps = {
            name: _positive(told.get(name, default))
            for name, default in (
                ("price_step", "0.001"),
                ("amount_step", "0.00000001"),
                ("amount_min", "0.0001"),
                ("cost_min", "5"),
            )
        }
        price = _positive(told.get("price", ""))
        self.listed[f"{base}/{quote}"] = Listed(base, quote, **steps)
        self.prices[f"{base}/{quote}"] = price

    def quoted(self) -> Iterator[tuple[Listed, Decimal, Decimal]]:
        """Tell bid and ask of everything, quirks included."""
        factor = Decimal(self.quirks.price_factor)
        for symbol, one in list(self.listed.items()):
            middle = self.middle(symbol)
            bid, ask = self._level(one, middle, "sell", 0), self._level(one, middle, "buy", 0)
            yield one, bid * factor, ask * factor

    def told_at(self) -> float:
        """Give the time that told prices carry (Unix seconds)."""
        return time.time() - self.quirks.stale_s

    def middle(self, symbol: str) -> Decimal:
        """Give the true middle price at this moment."""
        if not self.quirks.drift_bps:
            return self.prices[symbol]
        now = self._frozen_at if self.quirks.stale_s else time.time()
        place = Decimal(int(now * 1000) % (_SWING_S * 1000)) / (_SWING_S * 1000)
        swing = (4 * abs(place - Decimal("0.5")) - 1) * self.quirks.drift_bps
        return self.prices[symbol] * (1 + swing / _BPS)

    def place(
        self, *, client_id: str, symbol: str, side: str, amount: Decimal, price: Decimal, now: bool
    ) -> PlacedOrder:
        """Take an order; ``now`` cancels at once what cannot be filled.

        :raises Rejected: its identifier is used, it is below a minimum, off the steps, or not covered
        """
        listed = self.listed.get(symbol)
        if listed is None:
            raise Rejected("symbol")
        known = self.find(client_id) if client_id else None
        if known is not None and (known.word == "open" or not self._ids_return):
            raise Rejected("duplicate")
        if amount % listed.amount_step or price % listed.price_step:
            raise Rejected("step")
        if amount < listed.amount_min:
            raise Rejected("amount")
        if amount * price < listed.cost_min:
            raise Rejected("cost")
        needed = (listed.quote, amount * price) if side == "buy" else (listed.base, amount)
        if self.available(needed[0]) < needed[1]:
            raise Rejected("funds")
        order = PlacedOrder(
            next(self._numbers), client_id, symbol, side, amount, price, now, time.time()
        )
        self.orders.append(order)
        del self.orders[:-ORDERS_KEPT]
        self._match(order, listed)
        return order

    def find(self, client_id: str) -> PlacedOrder | None:
        """Give the latest order of a client's identifier."""
        every = (one for one in reversed(self.orders) if one.client_id == client_id)
        return next(every, None)

    def cancel(self, order: PlacedOrder) -> bool:
        """Take back what is open of an order; tells whether there was anything."""
        if order.word != "open":
            return False
        order.word = "cancelled"
        return True

    def available(self, code: str) -> Decimal:
        """Give what is not reserved by resting orders."""
        return self.balances.get(code, Decimal(0)) - self.reserved(code)

    def reserved(self, code: str) -> Decimal:
        """Give what resting orders reserve."""
        return sum((self._reserve(one, code) for one in self.orders), Decimal(0))

    def is_lost(self, share: float) -> bool:
        """Draw whether a request or an answer is lost."""
        return bool(share) and self._random.random() < share

    def facts(self) -> dict[str, Any]:
        """Tell in numbers what happened, and what the quirks are."""
        return {
            "orders": len(self.orders),
            "open": sum(one.word == "open" for one in self.orders),
            "quirks": asdict(self.quirks),
        }

    def _match(self, order: PlacedOrder, listed: Listed) -> None:
        share = Decimal(self.quirks.fill_share)
        left = order.amount
        for level in range(LEVELS):
            price = self._level(listed, self.middle(order.symbol), order.side, level)
            is_within = price <= order.price if order.side == "buy" else price >= order.price
            offered = Decimal(50_000) / price if listed.quote != "BTC" else Decimal(1)
            amount = _on_step(min(left, offered) * share, listed.amount_step)
            if is_within and amount > 0:
                self._fill(order, amount, price)
                left -= amount
        if not left:
            order.word = "filled"
        elif order.is_immediate:
            order.word = "cancelled"

    def _fill(self, order: PlacedOrder, amount: Decimal, price: Decimal) -> None:
        listed, cost = self.listed[order.symbol], amount * price
        in_quote = self._fee_in_quote or order.side == "sell"
        fee = ((cost if in_quote else amount) * self._fee_bps / _BPS).quantize(
            Decimal("1e-12"), rounding=ROUND_HALF_UP
        )
        currency = listed.quote if in_quote else listed.base
        sign = 1 if order.side == "buy" else -1
        self._book(listed.base, sign * amount)
        self._book(listed.quote, -sign * cost)
        self._book(currency, -fee)
        order.fills.append(
            Fill(
                next(self._numbers), order.number, order.symbol, order.side, amount, price, fee,
                currency, time.time(),
            )
        )  # fmt: skip

    def _book(self, code: str, amount: Decimal) -> None:
        self.balances[code] = self.balances.get(code, Decimal(0)) + amount

    def _level(self, listed: Listed, middle: Decimal, side: str, level: int) -> Decimal:
        away = (_HALF_SPREAD_BPS + _LEVEL_BPS * level) / _BPS
        raw = middle * (1 + away if side == "buy" else 1 - away)
        return raw.quantize(listed.price_step, rounding=ROUND_HALF_UP)

    def _is_reached(self, order: PlacedOrder) -> bool:
        middle = self.prices[order.symbol]
        return middle <= order.price if order.side == "buy" else middle >= order.price

    def _reserve(self, order: PlacedOrder, code: str) -> Decimal:
        if order.word != "open":
            return Decimal(0)
        listed, left = self.listed[order.symbol], order.amount - order.filled
        if order.side == "buy":
            return left * order.price if code == listed.quote else Decimal(0)
        return left if code == listed.base else Decimal(0)


def number(text: object) -> Decimal:
    """Read a number of a request.

    :raises Rejected: it is none
    """
    try:
        found = Decimal(str(text))
    except InvalidOperation:
        raise Rejected("amount") from None
    if not found.is_finite() or found <= 0:
        raise Rejected("amount")
    return found


def plain(value: Decimal) -> str:
    """Write a decimal without an exponent."""
    return f"{value:f}"


def _on_step(amount: Decimal, step: Decimal) -> Decimal:
    return (amount / step).quantize(Decimal(1), rounding=ROUND_DOWN) * step


def _positive(told: object, *, zero: bool = False) -> Decimal:
    try:
        found = Decimal(str(told))
    except InvalidOperation:
        raise Refused(f"{told!r} is no number") from None
    if not found.is_finite() or found < 0 or (not zero and not found):
        raise Refused(f"{told!r} is no positive number")
    return found


def _quirk(name: str, value: Any, kind: type) -> Any:
    if kind is str and name in {"price_factor", "fill_share"}:
        try:
            Decimal(str(value))
        except InvalidOperation:
            raise Refused(f"{name} is a number as text") from None
        return str(value)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Refused(f"{name} is a {kind.__name__}")
    return value
