"""Which events become deliveries; runs in the transaction that moves the reader's cursor."""

from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from fondaco.kit import clock
from fondaco.kit.django import jobs
from fondaco.kit.django.audiences import audiences
from fondaco.kit.django.events import EventRow
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


@jobs.task(queue=QUEUE, once="webhooks:{endpoint_id}")
def deliver_endpoint(*, endpoint_id: str) -> None:
    """Try what is due at an endpoint; what is left over gets a job of its own."""
    if deliver_due(endpoint_id=UUID(endpoint_id), for_s=PASS_S):
        jobs.defer(deliver_endpoint, endpoint_id=endpoint_id)


def route(event: EventRow) -> None:
    """Write a delivery of an event for each endpoint of those whom it concerns."""
    (customers,) = audiences([(event.type, event.data)])
    if not customers:
        return
    rows = models.Endpoint.objects.filter(
        Q(types=[]) | Q(types__contains=[event.type]),
        customer_id__in=[decode("cus", one) for one in customers],
        enabled_at__lte=event.occurred_at,
        disabled_at__isnull=True,
        deleted_at__isnull=True,
    ).exclude(url="")
    message_id = encode(EVENT_PREFIX, event.id)
    for endpoint_id in rows.values_list("id", flat=True):
        body = write_body(
            message_id=message_id,
            type_=event.type,
            version=event.version,
            at=event.occurred_at,
            subject=event.subject,
            data=event.data,
        )
        queue(
            models.Delivery(
                endpoint_id=endpoint_id,
                message_id=message_id,
                type=event.type,
                subject=event.subject,
                body=body,
            )
        )


def route_callback(event: EventRow) -> None:
    """Write a delivery for each callback of an order that moved and has not been sent yet."""
    order = orders.get_order(order_id=decode(ORDER_PREFIX, event.subject))
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
        queue(
            models.Delivery(
                endpoint=sender,
                message_id=message_id,
                type=CALLBACK_TYPE,
                subject=event.subject,
                url=callback.url,
                callback_id=callback.id,
                body=body,
            )
        )


def queue(row: models.Delivery) -> None:
    """Keep a delivery for sending at once, in the present transaction.

    The job comes after the commit, so that one which begins earlier cannot pass it by.
    """
    now = clock.now()
    row.state, row.created_at, row.due_at = DeliveryState.WAITING, now, now
    row.save(force_insert=True)
    wake(row.endpoint_id)


def wake(endpoint_id: UUID) -> None:
    """Have what is due at an endpoint tried soon after the commit."""
    name = str(endpoint_id)
    transaction.on_commit(lambda: jobs.defer(deliver_endpoint, endpoint_id=name))
