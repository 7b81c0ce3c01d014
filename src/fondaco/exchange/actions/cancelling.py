"""Take an order back, or order the same again, where the rules allow it."""

from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.exchange.actions import ending
from fondaco.exchange.actions.placing import Placing, place
from fondaco.exchange.queries.orders import describe, get_exchange
from fondaco.exchange.states import Flavour
from fondaco.exchange.types import Ask, Exchange, OrderKindName
from fondaco.kit.access import Actor
from fondaco.kit.errors import NotFound
from fondaco.orders import actions as orders
from fondaco.orders.kinds import OrderNotCancellable, check_cancellable, check_repeatable
from fondaco.orders.states import OrderState

CANCELS_FROM: Final = frozenset(
    {
        OrderState.WAITING_FOR_PRICE,
        OrderState.AGGREGATED,
        OrderState.IN_PROGRESS,
        OrderState.WAITING_FOR_OPERATOR,
    }
)
_TAKEN_BACK: Final = "taken_back"


def cancel(*, order_id: UUID, customer_id: UUID, kind: OrderKindName, by: Actor) -> Exchange:
    """Take an order back.

    What only waits ends at once. What a venue is working on is ``cancelling`` until that is known: if it was
    bought by then, the customer gets it, else his money.

    :raises NotFound: the customer has no such order
    :raises OrderNotCancellable: it is too late, or the rules do not allow it
    """
    with transaction.atomic():
        header = orders.lock_order(order_id=order_id, kind=kind)
        if header.customer_id != customer_id:
            raise NotFound
        order = describe(header)
        _check(order)
        if header.state is OrderState.IN_PROGRESS:
            order = describe(orders.move_order(order=header, to=OrderState.CANCELLING, by=by))
        if order.batch_id is None:
            ending.end([order], to=OrderState.CANCELLED, reason=_TAKEN_BACK, by=by)
    return get_exchange(order_id=order_id)


def repeat(*, order_id: UUID, customer_id: UUID, kind: OrderKindName, by: Actor) -> Exchange:
    """Order the same again, at the price of now.

    :raises NotFound: the customer has no such order
    :raises OrderNotRepeatable: it is not finished, or the rules do not allow it
    :raises DomainError: what refuses any order
    """
    order = get_exchange(order_id=order_id, customer_id=customer_id, kind=kind)
    check_repeatable(order.order)
    by_get = order.fixed == "get"
    is_limit = order.flavour is Flavour.LIMIT
    ask = Ask(
        flavour=order.flavour,
        pair=order.pair,
        get=order.get if by_get else None,
        spend=None if by_get else order.total,
        limit_price=Decimal(order.limit_price) if is_limit else None,
        wallet_id=order.wallet_id,
        comment=order.order.comment,
        callback_url=order.order.callback_url,
        repeats_id=order.order.id,
    )
    with transaction.atomic():
        return place(Placing(customer_id=customer_id, ask=ask, by=by))


def _check(order: Exchange) -> None:
    check_cancellable(order.order)
    state = order.order.state
    if order.batch_id is not None and state is OrderState.WAITING_FOR_OPERATOR:
        # Its coins are bought; only the delivery waits for people.
        raise OrderNotCancellable(facts={"state": state.value})
