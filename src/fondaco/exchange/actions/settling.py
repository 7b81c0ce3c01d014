"""Give every order of a covered batch what it is due, and say what the house gained by it.

What the venues filled, what the orders got and what the house keeps sum exactly. Where too little was filled,
the orders that it is enough for are served whole, in their order, and the others get their money back.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from fondaco.exchange import models
from fondaco.exchange.actions import accounts, entries
from fondaco.exchange.actions.ending import give_back_all
from fondaco.exchange.events import BatchDone, BatchFailed, OrderFilled
from fondaco.exchange.queries.orders import list_of_batch
from fondaco.exchange.shares import Part, Portion, serve, share_out
from fondaco.exchange.states import BATCH_LIFE, BatchState, CoverState
from fondaco.exchange.types import BATCH, BatchId, Exchange
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, lifecycle
from fondaco.kit.errors import DomainError
from fondaco.kit.ids import encode
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import Transfer
from fondaco.market import queries as market
from fondaco.money import Asset, Money, Rounding, divide
from fondaco.orders.moving import lock_orders, move_orders
from fondaco.orders.states import OrderState

UNDER_WAY: Final = frozenset({OrderState.IN_PROGRESS, OrderState.CANCELLING})
_NOT_COVERED: Final = "not_covered"


def settle(*, row: models.Batch, by: Actor) -> None:
    """End a locked batch, whose covering orders are all finished, in the caller's transaction."""
    batch_id = BatchId(row.id)
    lock_orders([one.order.id for one in list_of_batch(batch_id=batch_id)])
    orders = list_of_batch(batch_id=batch_id)
    filled, cost, fee = _filled(row)
    served, unserved = _serve(row, orders, filled)
    _deliver([one for one in served if one.order.state in UNDER_WAY], by=by)
    give_back_all(unserved, reason=_NOT_COVERED, by=by)
    _write_shares(row, served, filled=filled, cost=cost, fee=fee)
    _finish(row, is_whole=not unserved, by=by)


def reached(row: models.Batch) -> int:
    """Give what the finished covering orders of a batch filled; below zero: sold."""
    return sum(int(one.base_minor) for one in _finished(row))


def _finished(row: models.Batch) -> Iterable[models.CoveringOrder]:
    return models.CoveringOrder.objects.filter(batch=row, state=CoverState.FILLED)


def _filled(row: models.Batch) -> tuple[int, int, int]:
    """Sum what was filled, what it cost and the fees, valued in the quote currency."""
    covers = list(_finished(row))
    base = sum(int(one.base_minor) for one in covers)
    cost = sum(int(one.cost_minor) for one in covers)
    return base, cost, _fee_value(row, covers, base=base, cost=cost)


def _fee_value(
    row: models.Batch, covers: Sequence[models.CoveringOrder], *, base: int, cost: int
) -> int:
    """Value the venues' fees: in the base currency at the price of the fills, others at the house's own."""
    quote, bought = Asset.parse(row.quote), Asset.parse(row.base)
    fees: dict[str, Decimal] = {}
    for fill in models.Fill.objects.filter(cover__in=covers).exclude(fee=0):
        fees[fill.fee_currency] = fees.get(fill.fee_currency, Decimal(0)) + fill.fee
    total = Fraction(0)
    for code, fee in fees.items():
        if code == quote.code:
            total += Fraction(fee) * quote.unit
        elif code == bought.code:
            total += Fraction(fee) * bought.unit * Fraction(cost, base)
        else:
            total += Fraction(fee) * quote.unit * Fraction(_price(code, quote.code) or 0)
    return divide(total.numerator, total.denominator, rounding=Rounding.UP)


def _serve(
    row: models.Batch, orders: Sequence[Exchange], filled: int
) -> tuple[list[Exchange], list[Exchange]]:
    """Part the orders into those that are served and those that get their money back.

    Who has his coins already counts as served, whatever was filled: the house sold him its own.
    """
    done = [one for one in orders if one.order.state is OrderState.CLOSED]
    waiting = [one for one in orders if one.order.state in UNDER_WAY]
    left = filled - sum(one.base_minor for one in done)
    enough = left if row.base_minor > 0 else -left
    parts = [Part(one.order.id, abs(one.base_minor)) for one in waiting]
    chosen = {part.order_id for part in serve(parts, enough)}
    return (
        [*done, *(one for one in waiting if one.order.id in chosen)],
        [one for one in waiting if one.order.id not in chosen],
    )


def _deliver(orders: Sequence[Exchange], *, by: Actor) -> None:
    """Take what was held and give the coins; an order whose wallet is stopped waits for people."""
    groups = [deliveries_of(one, by=by) for one in orders]
    outcomes = iter(ledger.post([move for group in groups for move in group], by=by))
    refusals = [entries.first_refusal([next(outcomes) for _ in group]) for group in groups]
    closed = [one for one, refusal in zip(orders, refusals, strict=True) if refusal is None]
    stuck = [
        (one, refusal.reason.value)
        for one, refusal in zip(orders, refusals, strict=True)
        if refusal is not None
    ]
    move_orders([one.order for one in closed], to=OrderState.CLOSED, by=by)
    move_orders(
        [one.order for one, _ in stuck],
        to=OrderState.WAITING_FOR_OPERATOR,
        by=by,
        reasons=[reason for _, reason in stuck],
    )
    for one in closed:
        tell_filled(one, by=by)


def deliveries_of(order: Exchange, *, by: Actor) -> list[Transfer]:
    """Give the transfers that take what is held and give what was ordered."""
    return entries.deliver_held(
        order,
        trading_spend=accounts.trading(order.net.asset, by=by),
        trading_get=accounts.trading(order.get.asset, by=by),
        fees=accounts.fees(order.fee.asset, operation=order.order.kind, by=by),
    )


def tell_filled(order: Exchange, *, by: Actor) -> None:
    """Publish that a customer got what he ordered."""
    events.publish(
        OrderFilled(
            order=order.order.wire_id,
            customer=encode("cus", order.order.customer_id),
            pair=order.pair,
            get=order.get,
            paid=order.total,
            price=order.price,
        ),
        by=by,
    )


def _write_shares(
    row: models.Batch, served: Sequence[Exchange], *, filled: int, cost: int, fee: int
) -> None:
    parts = [Part(one.order.id, one.base_minor) for one in served]
    mark = None if filled else _mark(row)
    if not filled and mark is None:
        return
    portions = share_out(parts, filled=filled, cost=cost, fee=fee, mark=mark)
    by_id: dict[UUID, Exchange] = {one.order.id: one for one in served}
    at, quote = clock.now(), Asset.parse(row.quote)
    models.Share.objects.bulk_create(
        models.Share(
            batch=row,
            order_id=portion.order_id,
            base_minor=portion.base,
            cost_minor=portion.cost,
            fee_minor=portion.fee,
            profit_minor=_profit(by_id, portion, quote),
            at=at,
        )
        for portion in portions
    )


def _profit(by_id: Mapping[UUID, Exchange], portion: Portion, quote: Asset) -> int | None:
    """Give what the house gained by an order before its own fee; none where it cannot be valued.

    Sold: what the customer paid, less what the coins cost. Bought: what they brought, less what he got.
    """
    if portion.order_id is None:
        return None
    order = by_id[portion.order_id]
    money, sign = (order.net, 1) if portion.base > 0 else (order.get, -1)
    valued = _in_quote(money, quote)
    return None if valued is None else sign * valued - portion.cost - portion.fee


def _in_quote(money: Money, quote: Asset) -> int | None:
    if money.asset == quote:
        return money.minor
    price = _price(money.asset.code, quote.code)
    return None if price is None else money.convert(price, quote, rounding=Rounding.HALF_EVEN).minor


def _mark(row: models.Batch) -> Fraction | None:
    """Give the house's own price of a symbol, in minor units of both."""
    base, quote = Asset.parse(row.base), Asset.parse(row.quote)
    price = _price(base.code, quote.code)
    return None if price is None else Fraction(price) * quote.unit / base.unit


def _price(code: str, quote: str) -> Decimal | None:
    try:
        return market.get_rate(pair=f"{code}_{quote}").price
    except DomainError:
        return None


def _finish(row: models.Batch, *, is_whole: bool, by: Actor) -> None:
    to = BatchState.DONE if is_whole else BatchState.FAILED
    lifecycle.move(row, to=to, life=BATCH_LIFE, history=models.BatchStep, by=by)
    row.ended_at = clock.now()
    row.save(update_fields=["ended_at"])
    wire_id = encode(BATCH, row.id)
    if is_whole:
        events.publish(BatchDone(batch=wire_id, symbol=row.symbol), by=by)
    else:
        events.publish(BatchFailed(batch=wire_id, symbol=row.symbol, reason=_NOT_COVERED), by=by)
