"""Which trades turn what is held into what is wanted; pure, and in integers.

Sales come before purchases, so what they bring can pay for them. ``cash before + sales - purchases - fee`` is
the cash after, to the minor unit, since all four are integers of one currency.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fondaco.investing.states import TradeMode
from fondaco.quant.allocation import BadAllocation, Wish, allocate, cost_of, proceeds_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """Hold what trading one instrument needs to know."""

    symbol: str
    price: Decimal
    """Minor units of cash for one minor unit of the instrument."""
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """Hold one trade."""

    symbol: str
    is_sale: bool
    quantity: int
    cash: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Hold the trades, sales first and then by symbol, and what they come to."""

    trades: Sequence[Trade]
    fee: int

    @property
    def bought(self) -> int:
        """Give what purchases cost."""
        return sum(one.cash for one in self.trades if not one.is_sale)

    @property
    def sold(self) -> int:
        """Give what sales bring."""
        return sum(one.cash for one in self.trades if one.is_sale)


Fee = Callable[[int], int]
"""Gives the fee for what is bought and sold together; it never falls as that grows."""


def make_plan(
    *,
    held: Mapping[str, int],
    wanted: Mapping[str, int],
    goods: Mapping[str, Good],
    mode: TradeMode,
    fee: Fee,
) -> Plan:
    """Give the trades that turn what is held into the quantities that are wanted."""
    trades = []
    for symbol in sorted(held.keys() | wanted.keys()):
        before, after = held.get(symbol, 0), wanted.get(symbol, 0)
        if mode is TradeMode.LITERAL:
            sold, bought = before, after
        else:
            sold, bought = max(before - after, 0), max(after - before, 0)
        price = goods[symbol].price
        if sold:
            trades.append(
                Trade(symbol=symbol, is_sale=True, quantity=sold, cash=proceeds_of(sold, price))
            )
        if bought:
            trades.append(
                Trade(symbol=symbol, is_sale=False, quantity=bought, cash=cost_of(bought, price))
            )
    trades.sort(key=lambda one: (not one.is_sale, one.symbol))
    return Plan(trades=trades, fee=fee(sum(one.cash for one in trades)) if trades else 0)


def spread(
    *,
    total: int,
    parts: Mapping[str, int],
    held: Mapping[str, int],
    goods: Mapping[str, Good],
    mode: TradeMode,
    fee: Fee,
) -> tuple[Mapping[str, int], Plan]:
    """Give the quantities that spread a total over parts of a million, and the trades; with the fee.

    The fee depends on the trades, and they on what the fee leaves. So the most that it can be is set aside
    first; then, where that was too much, what it really was.

    :raises BadAllocation: the parts pass the whole, or a price or step is not above zero
    """
    worth = sum(proceeds_of(held[symbol], goods[symbol].price) for symbol in held)
    aside = fee(total + worth)
    wanted, plan = _spread_once(total - aside, parts, held, goods, mode, fee)
    closer, nearer = _spread_once(total - plan.fee, parts, held, goods, mode, fee)
    return (closer, nearer) if nearer.fee <= plan.fee else (wanted, plan)


def _spread_once(
    budget: int,
    parts: Mapping[str, int],
    held: Mapping[str, int],
    goods: Mapping[str, Good],
    mode: TradeMode,
    fee: Fee,
) -> tuple[Mapping[str, int], Plan]:
    if budget < 0:
        raise BadAllocation("the total does not pay the fee")
    symbols = sorted(parts)
    wishes = [
        Wish(parts=parts[one], price=goods[one].price, step=goods[one].step) for one in symbols
    ]
    found = allocate(budget, wishes)
    wanted = dict(zip(symbols, found.quantities, strict=True))
    return wanted, make_plan(held=held, wanted=wanted, goods=goods, mode=mode, fee=fee)
