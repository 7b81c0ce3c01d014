"""The only writers of orders.

DomainError
└── InvalidField        a callback address that cannot be called
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, lifecycle, tenancy
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.kit.ids import encode
from fondaco.orders import kinds, models
from fondaco.orders.callbacks import write_callback
from fondaco.orders.events import OrderMoved, OrderOpened
from fondaco.orders.queries import describe
from fondaco.orders.states import ORDER_LIFE, OrderState
from fondaco.orders.types import NewOrder, Order


def open_order(*, ask: NewOrder, by: Actor) -> Order:
    """Write an order down in the state ``new``.

    :raises InvalidField: the callback address cannot be called
    :raises KeyError: no domain registered the kind
    """
    if ask.kind not in kinds.kinds():
        raise KeyError(ask.kind)
    check_callback_url(ask.callback_url)
    at = clock.now()
    with transaction.atomic():
        row = models.Order.objects.create(
            id=ask.id,
            kind=ask.kind,
            state=OrderState.NEW,
            customer_id=ask.customer_id,
            asset=str(ask.amount.asset),
            amount_minor=ask.amount.minor,
            fee_minor=ask.fee.minor,
            comment=ask.comment,
            callback_url=ask.callback_url,
            repeats_id=ask.repeats_id,
            details=dict(ask.details),
            created_at=at,
            updated_at=at,
        )
        order = describe(row)
        lifecycle.record(row, state_to=OrderState.NEW.value, history=models.OrderStep, by=by, at=at)
        events.publish(
            OrderOpened(
                order=order.wire_id,
                kind=order.kind,
                customer=encode("cus", order.customer_id),
                amount=order.amount,
                fee=order.fee,
            ),
            by=by,
        )
    return order


def lock_order(*, order_id: UUID, kind: str | None = None) -> Order:
    """Lock an order until the end of the transaction, so that its state stays what is read here.

    :raises NotFound: there is none, or it is of another kind
    """
    row = models.Order.objects.select_for_update().filter(id=order_id).first()
    if row is None or (kind is not None and row.kind != kind):
        raise NotFound
    return describe(row)


def move_order(
    *,
    order: Order,
    to: OrderState,
    by: Actor,
    reason: str = "",
    reference: UUID | None = None,
    details: Mapping[str, Any] | None = None,
) -> Order:
    """Move a locked or newly opened order, with its history row, its callback and its event.

    ``reference`` and ``details`` are set and added where given.

    :raises IllegalMove: the state does not allow it, or somebody else has moved it meanwhile
    """
    at = clock.now()
    with transaction.atomic():
        row = models.Order.objects.get(id=order.id)
        lifecycle.move(
            row, to=to, life=ORDER_LIFE, history=models.OrderStep, by=by, at=at, note=reason
        )
        row.reference = reference or row.reference
        row.details = {**row.details, **(details or {})}
        row.updated_at = at
        row.save(update_fields=["reference", "details", "updated_at"])
        moved = describe(row)
        write_callback(moved)
        events.publish(
            OrderMoved(
                order=order.wire_id,
                kind=order.kind,
                customer=encode("cus", order.customer_id),
                source=order.state.value,
                target=to.value,
                reason=reason,
            ),
            by=by,
        )
    return moved


def note_callback(
    *, callback_id: UUID, attempts: int, answer_status: int | None, delivered_at: datetime | None
) -> None:
    """Write down how far the sending of a callback has come; what was delivered once stays so."""
    rows = models.OrderCallback.objects.filter(id=callback_id)
    rows.update(attempts=attempts, answer_status=answer_status)
    if delivered_at is not None:
        rows.filter(delivered_at__isnull=True).update(delivered_at=delivered_at)


def check_callback_url(url: str) -> None:
    """Pass silently when the address is empty or can be called; plain HTTP only outside live tenants.

    :raises InvalidField: it cannot
    """
    if not url:
        return
    allowed = {"https"} if tenancy.current().mode == "live" else {"https", "http"}
    try:
        parts = urlsplit(url)
        callable_ = parts.scheme in allowed and parts.hostname and not parts.username
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        callable_ = port_fits = False
    if not callable_ or not port_fits:
        raise InvalidField("A callback address is an https URL.", field="callback_url")
