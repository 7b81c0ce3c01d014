"""Shows rows of the tables as the frozen types that cross the border, and writes what goes out."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from fondaco.kit import clock
from fondaco.webhooks import models
from fondaco.webhooks.states import DeliveryState
from fondaco.webhooks.types import Attempt, Delivery, DeliveryId, Endpoint, EndpointId

BODY_BYTES_MAX: Final = 20_000


def show_endpoint(row: models.Endpoint) -> Endpoint:
    """Show an endpoint, without its secrets."""
    until = row.old_secret_until
    return Endpoint(
        id=EndpointId(row.id),
        url=row.url,
        label=row.label,
        types=tuple(row.types),
        public_key=row.public_key,
        created_at=row.created_at,
        old_secret_until=until if until and until > clock.now() else None,
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
    )


def show_delivery(row: models.Delivery) -> Delivery:
    """Show a delivery."""
    return Delivery(
        id=DeliveryId(row.id),
        endpoint_id=EndpointId(row.endpoint_id),
        message_id=row.message_id,
        type=row.type,
        subject=row.subject,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        due_at=row.due_at,
        created_at=row.created_at,
        ended_at=row.ended_at,
        body=row.body,
    )


def show_attempt(row: models.Attempt) -> Attempt:
    """Show one try."""
    return Attempt(
        at=row.at,
        duration_ms=row.duration_ms,
        request_headers=row.request_headers,
        answer_status=row.answer_status,
        answer_body=row.answer_body,
        error=row.error,
    )


def write_body(
    *,
    message_id: str,
    type_: str,
    version: int,
    at: datetime,
    subject: str,
    data: Mapping[str, Any],
) -> str:
    """Write what is sent; what would be too large goes without its data, which can be read over the API."""
    envelope = {
        "id": message_id,
        "type": type_,
        "version": version,
        "timestamp": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "subject": subject,
        "data": dict(data),
    }
    body = _json(envelope)
    if len(body.encode()) <= BODY_BYTES_MAX:
        return body
    return _json({**envelope, "data": {}, "is_shortened": True})


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
