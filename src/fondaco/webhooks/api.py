"""``/webhooks``: endpoints and their log; ``/events``: the same events, to be fetched."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.kit.access import require, require_customer
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text, WireId
from fondaco.kit.paging import LIMIT_DEFAULT, LIMIT_MAX
from fondaco.webhooks import actions, queries
from fondaco.webhooks.destinations import URL_CHARACTERS_MAX
from fondaco.webhooks.errors import EndpointDisabled, TooManyEndpoints, UnknownEvent
from fondaco.webhooks.states import DeliveryState
from fondaco.webhooks.types import (
    DELIVERY_PREFIX,
    ENDPOINT_PREFIX,
    EVENT_PREFIX,
    MANAGE,
    Attempt,
    Delivery,
    Endpoint,
    Issued,
    PublicEvent,
)

hooks = Router(tags=["webhooks"])
pull = Router(tags=["events"])
MOUNTS: Final[tuple[tuple[str, Router], ...]] = (("/webhooks", hooks), ("/events", pull))

READ: Final = "events:read"

EndpointWireId = Annotated[UUID, WireId(ENDPOINT_PREFIX)]
DeliveryWireId = Annotated[UUID, WireId(DELIVERY_PREFIX)]
TypeName = Annotated[Text, Field(max_length=100)]


class EndpointIn(Strict):
    """Take where events go."""

    url: Annotated[Text, Field(min_length=1, max_length=URL_CHARACTERS_MAX)]
    types: Annotated[list[TypeName], Field(max_length=200)] = Field(
        default=[], description="Which events are sent; empty: all that concern you."
    )
    label: Annotated[Text, Field(max_length=100)] = ""


class EndpointOut(Strict):
    """Show an endpoint, without its secret."""

    id: EndpointWireId
    url: str = Field(description="Empty: the sender of order callbacks.")
    label: str
    types: list[str]
    public_key: str = Field(description="Checks v1a signatures (Ed25519).")
    created_at: datetime
    old_secret_until: datetime | None
    disabled_at: datetime | None
    disabled_reason: str

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self:
        """Show an endpoint."""
        return cls(
            id=endpoint.id,
            url=endpoint.url,
            label=endpoint.label,
            types=list(endpoint.types),
            public_key=endpoint.public_key,
            created_at=endpoint.created_at,
            old_secret_until=endpoint.old_secret_until,
            disabled_at=endpoint.disabled_at,
            disabled_reason=endpoint.disabled_reason,
        )


class IssuedOut(Strict):
    """Show an endpoint and its secret, for this once."""

    endpoint: EndpointOut
    secret: str = Field(description="Shown this once; checks v1 signatures.")

    @classmethod
    def of(cls, issued: Issued) -> Self:
        """Show both."""
        return cls(endpoint=EndpointOut.of(issued.endpoint), secret=issued.secret)


class EndpointsOut(Strict):
    """Show all endpoints, the latest first."""

    items: list[EndpointOut]


class DeliveryOut(Strict):
    """Show what was or is sent."""

    id: DeliveryWireId
    endpoint: EndpointWireId
    message_id: str = Field(description="The header webhook-id.")
    type: str
    subject: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """Show a delivery."""
        return cls(
            id=delivery.id,
            endpoint=delivery.endpoint_id,
            message_id=delivery.message_id,
            type=delivery.type,
            subject=delivery.subject,
            state=delivery.state,
            attempts=delivery.attempts,
            due_at=delivery.due_at,
            created_at=delivery.created_at,
            ended_at=delivery.ended_at,
        )


class AttemptOut(Strict):
    """Show one try."""

    at: datetime
    duration_ms: int
    request_headers: Mapping[str, str]
    answer_status: int | None
    answer_body: str
    error: str

    @classmethod
    def of(cls, attempt: Attempt) -> Self:
        """Show a try."""
        return cls(
            at=attempt.at,
            duration_ms=attempt.duration_ms,
            request_headers=dict(attempt.request_headers),
            answer_status=attempt.answer_status,
            answer_body=attempt.answer_body,
            error=attempt.error,
        )


class DeliveryFileOut(Strict):
    """Show a delivery with what was sent and all tries, oldest first."""

    delivery: DeliveryOut
    body: str
    tries: list[AttemptOut]


class DeliveryPaging(Paging):
    """Narrow the log."""

    state: DeliveryState | None = None


class RangeIn(Strict):
    """Take what is to be sent again."""

    since: datetime = Field(alias="from")
    until: datetime = Field(alias="to")
    states: list[DeliveryState] = Field(default=[DeliveryState.FAILED, DeliveryState.CANCELLED])


class ResentOut(Strict):
    """Tell how many are sent again."""

    deliveries: int


class EventOut(Strict):
    """Show an event; docs/events describes the data of each type."""

    id: Annotated[UUID, WireId(EVENT_PREFIX)]
    type: str
    version: int
    timestamp: datetime
    subject: str
    data: dict[str, Any]

    @classmethod
    def of(cls, event: PublicEvent) -> Self:
        """Show an event."""
        return cls(
            id=event.id,
            type=event.type,
            version=event.version,
            timestamp=event.timestamp,
            subject=event.subject,
            data=dict(event.data),
        )


class EventsIn(Strict):
    """Take where reading goes on."""

    after: Annotated[Text, Field(max_length=64)] = Field(
        default="",
        description="An event's id, or what the last page named; empty: from the oldest.",
    )
    since: datetime | None = Field(default=None, alias="from")
    until: datetime | None = Field(default=None, alias="to")
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT


class EventsOut(Strict):
    """Show events, oldest first, and where to go on."""

    items: list[EventOut]
    next: str = Field(description="Pass it as after, now or later.")
    has_more: bool


@hooks.get("")
def list_endpoints(request: HttpRequest) -> EndpointsOut:
    """List one's endpoints, the latest first."""
    customer_id = require_customer(require(principal(request), MANAGE))
    found = queries.list_endpoints(customer_id=customer_id)
    return EndpointsOut(items=[EndpointOut.of(one) for one in found])


@hooks.post("", status=201, errors=(TooManyEndpoints,))
def make_endpoint(request: HttpRequest, body: EndpointIn) -> IssuedOut:
    """Have events sent to an address; the secret is shown this once."""
    who = require(principal(request), MANAGE)
    return IssuedOut.of(
        actions.make_endpoint(
            customer_id=require_customer(who),
            url=body.url,
            types=tuple(body.types),
            label=body.label,
            by=who.actor,
        )
    )


@hooks.post("/callbacks/secret")
def issue_callback_secret(request: HttpRequest) -> IssuedOut:
    """Make a new secret for order callbacks; the one before is valid for a day beside it."""
    who = require(principal(request), MANAGE)
    return IssuedOut.of(
        actions.issue_callback_secret(customer_id=require_customer(who), by=who.actor)
    )


@hooks.get("/deliveries/{delivery_id}")
def show_delivery(request: HttpRequest, delivery_id: DeliveryWireId) -> DeliveryFileOut:
    """Show what was sent, and how each try went."""
    customer_id = require_customer(require(principal(request), MANAGE))
    delivery = queries.get_delivery(delivery_id=delivery_id, customer_id=customer_id)
    tries = queries.list_attempts(delivery_id=delivery_id)
    return DeliveryFileOut(
        delivery=DeliveryOut.of(delivery),
        body=delivery.body,
        tries=[AttemptOut.of(one) for one in tries],
    )


@hooks.post("/deliveries/{delivery_id}/resend", errors=(EndpointDisabled,))
def resend(request: HttpRequest, delivery_id: DeliveryWireId) -> DeliveryOut:
    """Send a delivery again."""
    who = require(principal(request), MANAGE)
    return DeliveryOut.of(
        actions.resend(delivery_id=delivery_id, customer_id=require_customer(who), by=who.actor)
    )


@hooks.get("/{endpoint_id}")
def show_endpoint(request: HttpRequest, endpoint_id: EndpointWireId) -> EndpointOut:
    """Show one of one's endpoints."""
    customer_id = require_customer(require(principal(request), MANAGE))
    return EndpointOut.of(queries.get_endpoint(endpoint_id=endpoint_id, customer_id=customer_id))


@hooks.delete("/{endpoint_id}")
def delete_endpoint(request: HttpRequest, endpoint_id: EndpointWireId) -> None:
    """Have nothing sent there any more."""
    who = require(principal(request), MANAGE)
    actions.delete_endpoint(
        endpoint_id=endpoint_id, customer_id=require_customer(who), by=who.actor
    )


@hooks.post("/{endpoint_id}/secret")
def rotate_secret(request: HttpRequest, endpoint_id: EndpointWireId) -> IssuedOut:
    """Make a new secret; the one before is valid for a day beside it."""
    who = require(principal(request), MANAGE)
    return IssuedOut.of(
        actions.rotate_secret(
            endpoint_id=endpoint_id, customer_id=require_customer(who), by=who.actor
        )
    )


@hooks.post("/{endpoint_id}/enable")
def enable_endpoint(request: HttpRequest, endpoint_id: EndpointWireId) -> EndpointOut:
    """Have events sent there again, from now on."""
    who = require(principal(request), MANAGE)
    return EndpointOut.of(
        actions.enable_endpoint(
            endpoint_id=endpoint_id, customer_id=require_customer(who), by=who.actor
        )
    )


@hooks.post("/{endpoint_id}/disable")
def disable_endpoint(request: HttpRequest, endpoint_id: EndpointWireId) -> EndpointOut:
    """Have nothing sent there until it is enabled again; what waits is dropped."""
    who = require(principal(request), MANAGE)
    return EndpointOut.of(
        actions.disable_endpoint(
            endpoint_id=endpoint_id, customer_id=require_customer(who), by=who.actor
        )
    )


@hooks.post("/{endpoint_id}/test", status=201, errors=(EndpointDisabled,))
def test_endpoint(request: HttpRequest, endpoint_id: EndpointWireId) -> DeliveryOut:
    """Send a message that tells nothing, to see whether the receiver works."""
    who = require(principal(request), MANAGE)
    return DeliveryOut.of(
        actions.send_test(endpoint_id=endpoint_id, customer_id=require_customer(who), by=who.actor)
    )


@hooks.get("/{endpoint_id}/deliveries")
def list_deliveries(
    request: HttpRequest, endpoint_id: EndpointWireId, paging: Query[DeliveryPaging]
) -> Listing[DeliveryOut]:
    """List what was or is sent to an endpoint, newest first."""
    customer_id = require_customer(require(principal(request), MANAGE))
    return paged(
        paging,
        lambda after, limit: queries.list_deliveries(
            endpoint_id=endpoint_id,
            customer_id=customer_id,
            state=paging.state,
            after=after,
            limit=limit,
        ),
        DeliveryOut.of,
    )


@hooks.post("/{endpoint_id}/resend", errors=(EndpointDisabled,))
def resend_range(request: HttpRequest, endpoint_id: EndpointWireId, body: RangeIn) -> ResentOut:
    """Send again what was made in a time and ended so; failed and cancelled ones unless told."""
    who = require(principal(request), MANAGE)
    count = actions.resend_range(
        endpoint_id=endpoint_id,
        customer_id=require_customer(who),
        since=body.since,
        until=body.until,
        states=frozenset(body.states),
        by=who.actor,
    )
    return ResentOut(deliveries=count)


@pull.get("", errors=(UnknownEvent,))
def list_events(request: HttpRequest, asked: Query[EventsIn]) -> EventsOut:
    """Read one's own events, oldest first; those of a time, where one is named."""
    customer_id = require_customer(require(principal(request), READ))
    found = queries.read_events(
        customer_id=customer_id,
        after=asked.after,
        since=asked.since,
        until=asked.until,
        limit=asked.limit,
    )
    return EventsOut(
        items=[EventOut.of(one) for one in found.items], next=found.next, has_more=found.has_more
    )
