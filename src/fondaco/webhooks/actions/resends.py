"""How what has ended is sent again, and how an endpoint is tried out."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import encode, uuid7
from fondaco.webhooks import models
from fondaco.webhooks.actions.routing import queue, wake
from fondaco.webhooks.errors import EndpointDisabled
from fondaco.webhooks.rows import show_delivery, write_body
from fondaco.webhooks.states import DELIVERY_LIFE, ENDED, DeliveryState
from fondaco.webhooks.types import EVENT_PREFIX, TEST_TYPE, Delivery, endpoint_wire

RESEND_MAX: Final = 10_000


def resend(*, delivery_id: UUID, customer_id: UUID, by: Actor) -> Delivery:
    """Send a delivery again with ten tries of its own; one that waits is tried at once.

    :raises NotFound: the customer has no such delivery
    :raises EndpointDisabled: nothing is sent there
    """
    with transaction.atomic():
        row = (
            models.Delivery.objects.select_for_update(of=("self",))
            .select_related("endpoint")
            .filter(id=delivery_id, endpoint__customer_id=customer_id)
            .first()
        )
        if row is None:
            raise NotFound("You have no such delivery.")
        _check(row.endpoint)
        if row.state != _AGAIN:
            DELIVERY_LIFE.check(DeliveryState(row.state), _AGAIN)
        row.state, row.attempts, row.due_at, row.ended_at = _AGAIN, 0, clock.now(), None
        row.save(update_fields=["state", "attempts", "due_at", "ended_at"])
        audit.record(
            by=by, action="webhooks.delivery.resend", subject=endpoint_wire(row.endpoint_id)
        )
        wake(row.endpoint_id)
    return show_delivery(row)


def resend_range(
    *,
    endpoint_id: UUID,
    customer_id: UUID,
    since: datetime,
    until: datetime,
    states: frozenset[DeliveryState],
    by: Actor,
) -> int:
    """Send again what was made in a time and ended so, up to `RESEND_MAX` in order; give the number.

    :raises NotFound: the customer has no such endpoint
    :raises EndpointDisabled: nothing is sent there
    """
    with transaction.atomic():
        endpoint = _endpoint(endpoint_id, customer_id)
        rows = models.Delivery.objects.filter(
            endpoint=endpoint,
            created_at__gte=since,
            created_at__lt=until,
            state__in=states & ENDED,
        ).order_by("number")
        numbers = list(rows.values_list("number", flat=True)[:RESEND_MAX])
        models.Delivery.objects.filter(number__in=numbers).update(
            state=_AGAIN, attempts=0, due_at=clock.now(), ended_at=None
        )
        audit.record(
            by=by,
            action="webhooks.delivery.resend_range",
            subject=endpoint_wire(endpoint_id),
            detail={"deliveries": len(numbers)},
        )
        wake(endpoint_id)
    return len(numbers)


def send_test(*, endpoint_id: UUID, customer_id: UUID, by: Actor) -> Delivery:
    """Send a message that tells nothing, to see whether the receiver works.

    :raises NotFound: the customer has no such endpoint
    :raises EndpointDisabled: nothing is sent there
    """
    with transaction.atomic():
        endpoint = _endpoint(endpoint_id, customer_id)
        message_id, subject = encode(EVENT_PREFIX, uuid7()), endpoint_wire(endpoint_id)
        row = models.Delivery(
            endpoint=endpoint,
            message_id=message_id,
            type=TEST_TYPE,
            subject=message_id,
            body=write_body(
                message_id=message_id,
                type_=TEST_TYPE,
                version=1,
                at=clock.now(),
                subject=subject,
                data={"endpoint": subject},
            ),
        )
        queue([row])
        audit.record(by=by, action="webhooks.endpoint.test", subject=subject)
    return show_delivery(row)


_AGAIN: Final = DeliveryState.WAITING


def _endpoint(endpoint_id: UUID, customer_id: UUID) -> models.Endpoint:
    row = (
        models.Endpoint.objects.select_for_update()
        .filter(id=endpoint_id, customer_id=customer_id, deleted_at__isnull=True)
        .exclude(url="")
        .first()
    )
    if row is None:
        raise NotFound("You have no such endpoint.")
    _check(row)
    return row


def _check(endpoint: models.Endpoint) -> None:
    if endpoint.disabled_at is not None or endpoint.deleted_at is not None:
        raise EndpointDisabled
