"""Reads of orders; no writes, no clock, no network."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from fondaco.kit.django.narrowing import given
from fondaco.kit.errors import NotFound
from fondaco.kit.paging import LIMIT_DEFAULT, Cursor, Page, page
from fondaco.money import Asset, Money, Total
from fondaco.orders import models
from fondaco.orders.states import OrderState
from fondaco.orders.types import (
    Order,
    OrderCallback,
    OrderFilter,
    OrderId,
    OrderStep,
    OrderSum,
)


def get_order(*, order_id: UUID, customer_id: UUID | None = None) -> Order:
    """Give one order; of the customer, where one is named.

    :raises NotFound: there is none, or it is another customer's
    """
    rows = models.Order.objects.filter(id=order_id)
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    row = rows.first()
    if row is None:
        raise NotFound
    return describe(row)


def get_orders(order_ids: Iterable[UUID], /) -> Mapping[UUID, Order]:
    """Give orders by their ids; those that do not exist are left out."""
    rows = models.Order.objects.in_bulk(list(order_ids))
    return {order_id: describe(row) for order_id, row in rows.items()}


def list_orders(
    *,
    customer_id: UUID | None = None,
    narrow: OrderFilter | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
    oldest_first: bool = False,
) -> Page[Order]:
    """Give a page of orders, newest first unless told: of one customer, or of all."""
    rows = _narrowed(narrow or OrderFilter(), customer_id)
    if after is not None:
        rows = rows.filter(id__gt=after.id) if oldest_first else rows.filter(id__lt=after.id)
    rows = rows.order_by("id" if oldest_first else "-id")
    found = [describe(row) for row in rows[: limit + 1]]
    return page(found, limit=limit, key=lambda order: Cursor(order.created_at, order.id))


def sum_orders(
    *, customer_id: UUID | None = None, narrow: OrderFilter | None = None
) -> Sequence[OrderSum]:
    """Sum up what ``list_orders`` would list, by currency in order of the codes."""
    rows = _narrowed(narrow or OrderFilter(), customer_id).values("asset").order_by("asset")
    found = []
    for row in rows.annotate(count=Count("id"), amount=Sum("amount_minor"), fee=Sum("fee_minor")):
        asset = Asset.parse(row["asset"])
        amount, fee = Total(int(row["amount"]), asset), Total(int(row["fee"]), asset)
        found.append(OrderSum(row["count"], amount, fee))
    return found


def list_steps(*, order_id: UUID) -> Sequence[OrderStep]:
    """Give the moves of an order, oldest first."""
    return [
        OrderStep(state=OrderState(row.state_to), at=row.at, by=row.by, note=row.note)
        for row in models.OrderStep.objects.filter(subject_id=order_id).order_by("id")
    ]


def list_callbacks(*, order_id: UUID) -> Sequence[OrderCallback]:
    """Give what was or will be sent about an order, oldest first."""
    return [
        OrderCallback(
            id=row.id,
            state=OrderState(row.state),
            url=row.url,
            payload=row.payload,
            created_at=row.created_at,
            attempts=row.attempts,
            answer_status=row.answer_status,
            delivered_at=row.delivered_at,
        )
        for row in models.OrderCallback.objects.filter(order_id=order_id).order_by("id")
    ]


def describe(row: models.Order) -> Order:
    """Turn a row into what crosses the border."""
    asset = Asset.parse(row.asset)
    return Order(
        id=OrderId(row.id),
        kind=row.kind,
        state=OrderState(row.state),
        customer_id=row.customer_id,
        amount=Money(int(row.amount_minor), asset),
        fee=Money(int(row.fee_minor), asset),
        comment=row.comment,
        callback_url=row.callback_url,
        repeats_id=OrderId(row.repeats_id) if row.repeats_id else None,
        reference=row.reference,
        details=row.details,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _narrowed(narrow: OrderFilter, customer_id: UUID | None) -> QuerySet[models.Order]:
    wanted = given(
        customer_id=customer_id,
        kind=narrow.kind,
        kind__in=narrow.kinds,
        state=narrow.state,
        created_at__gte=narrow.since,
        created_at__lt=narrow.until,
        asset__startswith=f"{narrow.asset}/" if narrow.asset else None,
        comment__icontains=narrow.text,
    )
    return models.Order.objects.filter(**wanted)
