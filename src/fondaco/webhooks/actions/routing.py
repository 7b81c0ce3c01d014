"""Which events become deliveries; runs in the transaction that moves the reader's cursor."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import QuerySet

from fondaco.kit import clock
from fondaco.kit.django import jobs
from fondaco.kit.django.audiences import audiences
from fondaco.kit.django.events import EventRow
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import decode, encode
from fondaco.orders import queries as orders
from fondaco.orders.types import PREFIX as ORDER_PREFIX
from fondaco.webhooks import models
from fondaco.webhooks.actions.endpoints import lock_callback_sender
from fondaco.webhooks.actions.trying import deliver_due
from fondaco.webhooks.rows import write_body
from fondaco.webhooks.states import DeliveryState
from fondaco.webhooks.types import CALLBACK_TYPE, EVENT_PREFIX

QUEUE: Final = "webhooks"
PASS_S: Final = 30.0
"""A job goes on for so long, then makes room for other endpoints."""

_log = structlog.get_logger(__name__)


@jobs.task(queue=QUEUE, once="webhooks:{endpoint_id}")
def deliver_endpoint(*, endpoint_id: str) -> None:
    """Try what is due at an endpoint; what is left over gets a job of its own."""
    if deliver_due(endpoint_id=UUID(endpoint_id), for_s=PASS_S):
        jobs.defer(deliver_endpoint, endpoint_id=endpoint_id)


def route(events: Sequence[EventRow]) -> None:
    """Write a delivery of each event for each endpoint of those whom it concerns.

    Costs a query for the owners, one for the endpoints and one for the rows, however many events there are;
    where nobody has an endpoint, one query.
    """
    if not _living().exists():
        return
    concerned = audiences((event.type, event.data) for event in events)
    customers = {one: decode("cus", one) for one in frozenset().union(*concerned)}
    if not customers:
        return
    endpoints = _endpoints_of(customers.values())
    rows = [
        row
        for event, whose in zip(events, concerned, strict=True)
        for row in _rows(event, [one for name in whose for one in endpoints[customers[name]]])
    ]
    queue(rows)


@dataclass(frozen=True, slots=True)
class _Address:
    """Hold what routing must know of an endpoint."""

    id: UUID
    types: frozenset[str]
    enabled_at: datetime

    def wants(self, event: EventRow) -> bool:
        is_wanted = not self.types or event.type in self.types
        return is_wanted and self.enabled_at <= event.occurred_at


def _living() -> QuerySet[models.Endpoint]:
    """Give the endpoints to which events may go."""
    rows = models.Endpoint.objects.filter(disabled_at__isnull=True, deleted_at__isnull=True)
    return rows.exclude(url="")


def _endpoints_of(customers: Iterable[UUID]) -> Mapping[UUID, Sequence[_Address]]:
    """Give customers' endpoints, locked: whoever deletes one now waits, and cancels what was queued."""
    rows = _living().filter(customer_id__in=list(customers)).order_by("id")
    rows = rows.select_for_update(no_key=True)
    found: dict[UUID, list[_Address]] = defaultdict(list)
    columns = rows.values_list("customer_id", "id", "types", "enabled_at")
    for customer_id, endpoint_id, types, enabled_at in columns:
        found[customer_id].append(_Address(endpoint_id, frozenset(types), enabled_at))
    return found


def _rows(event: EventRow, endpoints: Sequence[_Address]) -> Iterator[models.Delivery]:
    wanting = [one for one in endpoints if one.wants(event)]
    if not wanting:
        return
    message_id = encode(EVENT_PREFIX, event.id)
    body = write_body(
        message_id=message_id,
        type_=event.type,
        version=event.version,
        at=event.occurred_at,
        subject=event.subject,
        data=event.data,
    )
    for endpoint in wanting:
        yield models.Delivery(
            endpoint_id=endpoint.id,
            message_id=message_id,
            type=event.type,
            subject=event.subject,
            body=body,
        )


def route_callback(event: EventRow) -> None:
    """Write a delivery for each callback of an order that moved and has not been sent yet."""
    try:
        order = orders.get_order(order_id=decode(ORDER_PREFIX, event.subject))
    except NotFound:  # one strange event must not keep all later callbacks from being sent
        _log.warning("webhooks.callback.no_order", subject=event.subject)
        return
    for callback in orders.list_callbacks(order_id=order.id) if order.callback_url else ():
        message_id = encode("ocb", callback.id)
        if models.Delivery.objects.filter(callback_id=callback.id).exists():
            continue
        sender = lock_callback_sender(customer_id=order.customer_id)
        body = write_body(
            message_id=message_id,
            type_=CALLBACK_TYPE,
            version=1,
            at=callback.created_at,
            subject=event.subject,
            data=callback.payload,
        )
        row = models.Delivery(
            endpoint=sender,
            message_id=message_id,
            type=CALLBACK_TYPE,
            subject=event.subject,
            url=callback.url,
            callback_id=callback.id,
            body=body,
        )
        queue([row])


def queue(rows: Sequence[models.Delivery]) -> None:
    """Keep deliveries for sending at once, in their order, in the present transaction.

    The jobs come after the commit, so that one which begins earlier cannot pass a delivery by.
    """
    now = clock.now()
    for row in rows:
        row.state, row.created_at, row.due_at = DeliveryState.WAITING, now, now
    models.Delivery.objects.bulk_create(rows)
    for endpoint_id in dict.fromkeys(row.endpoint_id for row in rows):
        wake(endpoint_id)


def wake(endpoint_id: UUID) -> None:
    """Have what is due at an endpoint tried soon after the commit."""
    name = str(endpoint_id)
    transaction.on_commit(lambda: jobs.defer(deliver_endpoint, endpoint_id=name))
