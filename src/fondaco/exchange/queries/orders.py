"""Orders that exchange, as their customers and the house see them."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from fondaco.exchange import models
from fondaco.exchange.rows import exchange_of
from fondaco.exchange.types import BatchId, Exchange, OrderKindName
from fondaco.kit.errors import NotFound
from fondaco.kit.paging import LIMIT_DEFAULT, Cursor, Page
from fondaco.orders import queries as orders
from fondaco.orders.types import Order, OrderFilter


def get_exchange(
    *, order_id: UUID, customer_id: UUID | None = None, kind: OrderKindName | None = None
) -> Exchange:
    """Give one order; of the customer and kind where they are named.

    :raises NotFound: there is none
    """
    order = orders.get_order(order_id=order_id, customer_id=customer_id)
    if kind is not None and order.kind != kind:
        raise NotFound
    return describe(order)


def describe(order: Order) -> Exchange:
    """Join a header with what is special to it.

    :raises NotFound: the order exchanges nothing
    """
    row = models.ExchangeOrder.objects.filter(order_id=order.id).first()
    if row is None:
        raise NotFound
    return exchange_of(row, order)


def list_exchanges(
    *,
    kind: OrderKindName,
    customer_id: UUID | None = None,
    narrow: OrderFilter | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Exchange]:
    """Give a page of orders of a kind, newest first: of one customer, or of all."""
    asked = narrow or OrderFilter()
    page = orders.list_orders(
        customer_id=customer_id,
        narrow=OrderFilter(
            kind=kind, state=asked.state, asset=asked.asset, since=asked.since, until=asked.until
        ),
        after=after,
        limit=limit,
    )
    rows = _rows(order.id for order in page.items)
    return Page([exchange_of(rows[order.id], order) for order in page.items], page.next)


def list_of_batch(*, batch_id: BatchId) -> Sequence[Exchange]:
    """Give the orders of a batch, oldest first."""
    rows = list(models.ExchangeOrder.objects.filter(batch_id=batch_id).order_by("order_id"))
    headers = orders.get_orders([row.order_id for row in rows])
    return [exchange_of(row, headers[row.order_id]) for row in rows]


def _rows(order_ids: Iterable[UUID]) -> Mapping[UUID, models.ExchangeOrder]:
    return models.ExchangeOrder.objects.in_bulk(list(order_ids))
