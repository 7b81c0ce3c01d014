"""Reads of endpoints, deliveries, and a customer's own events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from fondaco.identity.types import customer_wire
from fondaco.kit.django import readers
from fondaco.kit.django.audiences import audiences
from fondaco.kit.django.narrowing import given
from fondaco.kit.django.readers import START, Position, Stored
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId, decode
from fondaco.kit.paging import LIMIT_DEFAULT, Cursor, Page, page
from fondaco.webhooks import models
from fondaco.webhooks.errors import UnknownEvent
from fondaco.webhooks.rows import show_attempt, show_delivery, show_endpoint
from fondaco.webhooks.states import DeliveryState
from fondaco.webhooks.types import (
    EVENT_PREFIX,
    Attempt,
    Delivery,
    Endpoint,
    EventPage,
    FailingEndpoint,
    PublicEvent,
)

SCAN: Final = 2_000
"""So many events are looked through for one page, so that a customer of few events costs no more."""


def list_endpoints(*, customer_id: UUID) -> list[Endpoint]:
    """List a customer's endpoints, the latest first; the sender of order callbacks among them."""
    rows = models.Endpoint.objects.filter(customer_id=customer_id, deleted_at__isnull=True)
    return [show_endpoint(row) for row in rows.order_by("-id")]


def list_all_endpoints(
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[tuple[UUID, Endpoint]]:
    """Give a page of all customers' endpoints, the latest first, each with its customer."""
    rows = models.Endpoint.objects.filter(deleted_at__isnull=True).order_by("-id")
    rows = _within(rows, since, until)
    if after is not None:
        rows = rows.filter(id__lt=after.id)
    found = [(row.customer_id, show_endpoint(row)) for row in rows[: limit + 1]]
    return page(found, limit=limit, key=lambda one: Cursor(one[1].created_at, one[1].id))


def get_endpoint(*, endpoint_id: UUID, customer_id: UUID) -> Endpoint:
    """Give an endpoint of a customer.

    :raises NotFound: he has none such
    """
    row = models.Endpoint.objects.filter(
        id=endpoint_id, customer_id=customer_id, deleted_at__isnull=True
    ).first()
    if row is None:
        raise NotFound("You have no such endpoint.")
    return show_endpoint(row)


def list_deliveries(
    *,
    endpoint_id: UUID,
    customer_id: UUID,
    state: DeliveryState | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Delivery]:
    """Give a page of what was or is sent to an endpoint, newest first.

    :raises NotFound: the customer has no such endpoint
    """
    get_endpoint(endpoint_id=endpoint_id, customer_id=customer_id)
    rows = models.Delivery.objects.filter(endpoint_id=endpoint_id).order_by("-id")
    rows = _within(rows, since, until)
    if state is not None:
        rows = rows.filter(state=state)
    if after is not None:
        rows = rows.filter(id__lt=after.id)
    found = [show_delivery(row) for row in rows[: limit + 1]]
    return page(found, limit=limit, key=lambda one: Cursor(one.created_at, one.id))


def get_delivery(*, delivery_id: UUID, customer_id: UUID) -> Delivery:
    """Give a delivery of a customer.

    :raises NotFound: he has none such
    """
    row = models.Delivery.objects.filter(id=delivery_id, endpoint__customer_id=customer_id).first()
    if row is None:
        raise NotFound("You have no such delivery.")
    return show_delivery(row)


def find_delivery_customer(*, delivery_id: UUID) -> UUID | None:
    """Give the customer to whose endpoint a delivery goes, if there is such a one."""
    rows = models.Delivery.objects.filter(id=delivery_id)
    return rows.values_list("endpoint__customer_id", flat=True).first()


def endpoints_failing() -> QuerySet[models.Endpoint]:
    """Give the query of the endpoints that do not answer, to be counted together with others."""
    return models.Endpoint.objects.filter(deleted_at__isnull=True, failures__gt=0)


def list_failing(*, limit: int) -> list[FailingEndpoint]:
    """List endpoints of all customers that do not answer or were put out of use for it, the worst first."""
    return [
        FailingEndpoint(
            customer_id=row.customer_id, endpoint=show_endpoint(row), failures=row.failures
        )
        for row in endpoints_failing().order_by("-failures", "id")[:limit]
    ]


def list_attempts(*, delivery_id: UUID) -> Sequence[Attempt]:
    """Give the tries of a delivery, oldest first."""
    rows = models.Attempt.objects.filter(delivery__id=delivery_id).order_by("id")
    return [show_attempt(row) for row in rows]


def read_events(
    *,
    customer_id: UUID,
    after: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = LIMIT_DEFAULT,
) -> EventPage:
    """Give a customer's own events after one of them, or after what the last page named, oldest first.

    At most `SCAN` events of the house are looked through, so a page may be empty though there is more.

    :raises UnknownEvent: there is no such place
    """
    position = _position(after, customer_wire(customer_id))
    scanned = readers.read_after(position, limit=SCAN)
    items: list[PublicEvent] = []
    for stored, whose in zip(scanned, _whose(scanned), strict=True):
        if len(items) == limit:
            return EventPage(tuple(items), readers.write_place(position), has_more=True)
        position = stored.position
        at = stored.event.occurred_at
        fits = (since is None or at >= since) and (until is None or at < until)
        if fits and customer_wire(customer_id) in whose:
            items.append(_public(stored))
    return EventPage(tuple(items), readers.write_place(position), has_more=len(scanned) == SCAN)


def _whose(scanned: Sequence[Stored]) -> list[frozenset[str]]:
    return audiences((one.event.type, one.event.data) for one in scanned)


def _within(rows: Any, since: datetime | None, until: datetime | None) -> Any:
    return rows.filter(**given(created_at__gte=since, created_at__lt=until))


def _public(stored: Stored) -> PublicEvent:
    event = stored.event
    return PublicEvent(
        id=event.id,
        type=event.type,
        version=event.version,
        timestamp=event.occurred_at,
        subject=event.subject,
        data=event.data,
    )


def _position(after: str, customer: str) -> Position:
    if not after:
        return START
    place = readers.read_place(after)
    if place is not None:
        return place
    try:
        event_id = decode(EVENT_PREFIX, after)
    except InvalidId:
        raise UnknownEvent(field="after") from None
    found = readers.find_position(event_id)
    if found is None:
        raise UnknownEvent(field="after")
    before = Position(found.xid, found.seq - 1)
    stored = readers.read_after(before, limit=1)
    if not stored or stored[0].position != found or customer not in _whose(stored)[0]:
        raise UnknownEvent(field="after")
    return found
