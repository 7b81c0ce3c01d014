"""End orders without effect: what was held is the customer's again."""

from collections.abc import Sequence
from typing import Final

from fondaco.exchange import models
from fondaco.exchange.actions import entries
from fondaco.exchange.events import OrderFailed
from fondaco.exchange.types import Exchange
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.ids import encode
from fondaco.ledger import actions as ledger
from fondaco.orders.moving import move_orders
from fondaco.orders.states import ORDER_LIFE, OrderState
from fondaco.policies.actions.checking import give_back

ENDED: Final = ORDER_LIFE.final
"""States that nothing follows."""


def give_back_all(orders: Sequence[Exchange], *, reason: str, by: Actor) -> None:
    """End locked orders that could not be carried out: cancelled where that was wanted, else in error."""
    cancelled = [one for one in orders if one.order.state is OrderState.CANCELLING]
    failed = [one for one in orders if one.order.state is not OrderState.CANCELLING]
    end(cancelled, to=OrderState.CANCELLED, reason=reason, by=by)
    end(failed, to=OrderState.ERROR, reason=reason, by=by)


def end(orders: Sequence[Exchange], *, to: OrderState, reason: str, by: Actor) -> None:
    """End locked orders in one state, release what was held and give their usage back."""
    if not orders:
        return
    held = [one for one in orders if one.hold_id is not None]
    outcomes = ledger.post([entries.release(one) for one in held], by=by)
    refused = entries.first_refusal(outcomes)
    if refused is not None:
        raise AssertionError(f"a hold of an open order can be released: {refused.reason.value}")
    for one in orders:
        give_back(reference=one.order.id)
    models.ExchangeOrder.objects.filter(order_id__in=[one.order.id for one in orders]).update(
        queued_at=None
    )
    move_orders([one.order for one in orders], to=to, by=by, reasons=[reason] * len(orders))
    for one in orders:
        events.publish(
            OrderFailed(
                order=one.order.wire_id,
                customer=encode("cus", one.order.customer_id),
                pair=one.pair,
                get=one.get,
                paid=one.total,
                reason=reason,
            ),
            by=by,
        )
