"""Events for the tests of topics, written as domains write them."""

from uuid import UUID

from django.db import connection, transaction

from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import events
from fondaco.kit.django.events import EventRow
from fondaco.kit.ids import encode, uuid7
from fondaco.orders.events import OrderMoved
from fondaco.realtime.topics import RATE_CHANGED


def move(customer_id: UUID, reason: str = "") -> str:
    """Move an order of a customer; give the event's identifier on the wire."""
    happened = OrderMoved(
        order=encode("ord", uuid7()),
        kind="cash_out",
        customer=customer_wire(customer_id),
        source="new",
        target="closed",
        reason=reason,
    )
    return insert(events.row(happened, by=SYSTEM))


def tick(pair: str, price: str) -> str:
    """Change a rate; give the event's identifier on the wire."""
    data = {"pair": pair, "price": price}
    return insert(EventRow(uuid7(), RATE_CHANGED, 1, clock.now(), str(SYSTEM), pair, data))


def insert(row: EventRow) -> str:
    """Write an event in a transaction of its own."""
    with transaction.atomic(), connection.cursor() as cursor:
        events.insert(cursor, [row])
    return encode("evt", row.id)
