"""Have a worker cover large orders as soon as they are committed."""

from collections.abc import Sequence
from uuid import UUID

from fondaco.exchange.actions.advancing import advance
from fondaco.exchange.actions.batching import close_large
from fondaco.kit.django import jobs

QUEUE = "exchange"


@jobs.task(queue=QUEUE)
def cover_order(*, order_id: str) -> None:
    """Cover one large order; the periodic job takes up whatever is left undone here."""
    batch_id = close_large(order_id=UUID(order_id))
    if batch_id is not None:
        advance(batch_id=batch_id)


def wake(order_ids: Sequence[UUID], /) -> None:
    """Enqueue the covering of orders, in the transaction that writes them."""
    jobs.defer_many(cover_order, [{"order_id": str(order_id)} for order_id in order_ids])
