"""Carry out limit orders when the house's own price has come to them, and end those whose time is over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from fondaco.exchange import models
from fondaco.exchange.actions import ending, entries, terms
from fondaco.exchange.actions.placing import base_minor
from fondaco.exchange.actions.settling import deliveries_of, tell_filled
from fondaco.exchange.queries.orders import describe
from fondaco.exchange.states import Cover, Flavour
from fondaco.exchange.types import Exchange, OrderKindName, Priced
from fondaco.kit import clock
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.errors import DomainError
from fondaco.ledger import actions as ledger
from fondaco.market import queries as market
from fondaco.orders import actions as orders
from fondaco.orders.states import OrderState

WATCHER: Final = Actor(ActorKind.JOB, "exchange.watch_limits")

_WAITING: Final = """
    SELECT x.order_id, x.pair, x.limit_price, x.expires_at
    FROM orders_order o JOIN exchange_exchangeorder x ON x.order_id = o.id
    WHERE o.state = 'waiting_for_price' AND o.kind = 'exchange'
    ORDER BY o.id LIMIT %s
"""
ROUND_MAX: Final = 10_000
"""Orders that are looked at in one round."""


def watch(*, by: Actor = WATCHER) -> int:
    """Carry out or end what is due; gives how many orders moved."""
    prices: dict[str, Decimal | None] = {}
    moved, now = 0, clock.now()
    for order_id, pair, limit_price, expires_at in _waiting():
        if pair not in prices:
            prices[pair] = _price(pair)
        price = prices[pair]
        if expires_at is not None and expires_at <= now:
            moved += expire(order_id=order_id, by=by)
        elif price is not None and price <= Decimal(limit_price):
            moved += carry_out(order_id=order_id, by=by)
    return moved


def carry_out(*, order_id: UUID, by: Actor = WATCHER) -> bool:
    """Exchange at the present price if it is as good as the limit; gives whether it was done.

    The customer pays the price of now, not his limit; what was held beyond it is released.
    """
    with transaction.atomic():
        header = orders.lock_order(order_id=order_id, kind=OrderKindName.EXCHANGE)
        if header.state is not OrderState.WAITING_FOR_PRICE:
            return False
        order = describe(header)
        found = _priced(order)
        if found is None:
            return False
        done = _at(order, found)
        outcomes = ledger.post(deliveries_of(done, by=by), by=by)
        refused = entries.first_refusal(outcomes)
        if refused is not None:
            to, reason = OrderState.WAITING_FOR_OPERATOR, refused.reason.value
            orders.move_order(order=header, to=to, reason=reason, by=by)
            return True
        _write(done)
        orders.move_order(order=header, to=OrderState.CLOSED, by=by)
        tell_filled(done, by=by)
    return True


def expire(*, order_id: UUID, by: Actor = WATCHER) -> bool:
    """End a limit order whose time is over; gives whether it was waiting."""
    with transaction.atomic():
        header = orders.lock_order(order_id=order_id, kind=OrderKindName.EXCHANGE)
        if header.state is not OrderState.WAITING_FOR_PRICE:
            return False
        ending.end([describe(header)], to=OrderState.EXPIRED, reason="expired", by=by)
    return True


def _waiting() -> Sequence[tuple[UUID, str, str, datetime | None]]:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [ROUND_MAX])
        rows: Sequence[tuple[UUID, str, str, datetime | None]] = cursor.fetchall()
        return rows


def _price(pair: str) -> Decimal | None:
    """Give the present price; none while there is none, or none to be trusted."""
    try:
        return market.get_rate(pair=pair).price
    except DomainError:
        return None


def _priced(order: Exchange) -> Priced | None:
    """Price an order anew; none while that is worse than what its customer takes."""
    pair = market.get_pair(name=order.pair)
    rules = terms.rules_of(flavour=Flavour.LIMIT, pair=pair, customer_id=order.order.customer_id)
    by_get = order.fixed == "get"
    try:
        found = terms.price_of(
            pair=order.pair,
            rules=rules,
            get=order.get if by_get else None,
            spend=None if by_get else order.total,
        )
    except DomainError:
        return None
    is_good = found.price <= Decimal(order.limit_price) and not order.total < found.total
    return found if is_good else None


def _at(order: Exchange, found: Priced) -> Exchange:
    done = replace(
        order,
        net=found.net,
        fee=found.fee,
        get=found.get,
        price=format(found.price, "f"),
        sources=found.sources,
        priced_at=found.at,
        queued_at=None if order.cover is Cover.OFF else clock.now(),
    )
    base_code = done.symbol.partition("/")[0]
    return replace(done, base_minor=base_minor(done, base_code=base_code)) if done.symbol else done


def _write(done: Exchange) -> None:
    models.ExchangeOrder.objects.filter(order_id=done.order.id).update(
        spend_minor=done.net.minor,
        fee_minor=done.fee.minor,
        get_minor=done.get.minor,
        base_minor=done.base_minor,
        price=done.price,
        sources=list(done.sources),
        priced_at=done.priced_at,
        queued_at=done.queued_at,
    )
