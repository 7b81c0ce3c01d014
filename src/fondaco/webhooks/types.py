"""What crosses the border of webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NewType
from uuid import UUID

from fondaco.kit.ids import encode
from fondaco.webhooks.states import DeliveryState

EndpointId = NewType("EndpointId", UUID)
DeliveryId = NewType("DeliveryId", UUID)

MANAGE: Final = "webhooks:manage"
"""The permission to set endpoints up and to send again."""

ENDPOINT_PREFIX: Final = "whe"
DELIVERY_PREFIX: Final = "whd"
EVENT_PREFIX: Final = "evt"
TEST_TYPE: Final = "webhooks.endpoint.tested"
CALLBACK_TYPE: Final = "orders.order.callback"


def endpoint_wire(endpoint_id: UUID) -> str:
    """Write an endpoint's identifier for the wire: ``whe_…``."""
    return encode(ENDPOINT_PREFIX, endpoint_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Show an address that events are sent to, without its secret."""

    id: EndpointId
    url: str
    """Empty: the sender of order callbacks, which have addresses of their own."""
    label: str
    types: tuple[str, ...]
    """What is sent; empty: all."""
    public_key: str
    """Ed25519, ``whpk_…``: whoever keeps it can check ``v1a`` signatures."""
    created_at: datetime
    old_secret_until: datetime | None
    disabled_at: datetime | None
    disabled_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingEndpoint:
    """Show an endpoint that does not answer, with whose it is and how often it failed in a row."""

    customer_id: UUID
    endpoint: Endpoint
    failures: int


@dataclass(frozen=True, slots=True)
class Issued:
    """Hand over an endpoint with its secret, which is shown this once."""

    endpoint: Endpoint
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Tell one try of a delivery."""

    at: datetime
    duration_ms: int
    request_headers: Mapping[str, str]
    answer_status: int | None
    answer_body: str
    """Its beginning."""
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Tell what is or was sent to an endpoint."""

    id: DeliveryId
    endpoint_id: EndpointId
    message_id: str
    """The header ``webhook-id``: the same on each try."""
    type: str
    subject: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    created_at: datetime
    ended_at: datetime | None
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicEvent:
    """Show an event as its customer may read it."""

    id: UUID
    type: str
    version: int
    timestamp: datetime
    subject: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EventPage:
    """Hold events, oldest first, and where to go on."""

    items: tuple[PublicEvent, ...]
    next: str
    """Pass it as ``after``; there may be more, now or later."""
    has_more: bool
