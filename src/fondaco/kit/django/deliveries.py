"""Messages that hold secrets: codes, links, tokens.

Events, jobs and logs carry a delivery's id, never its text. The text is sealed in the row, is sent at least
once before it expires, and is wiped in the statement that records the outcome. A job sends it soon after the
commit; what a dead worker leaves behind is taken up within a minute (``tasks.retry_deliveries``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import QuerySet

from fondaco.kit import clock
from fondaco.kit.django import jobs
from fondaco.kit.django.models.deliveries import DELIVERY_LIFE, Channel, Delivery, DeliveryState
from fondaco.kit.django.transports import (
    TIMEOUT_S,
    Message,
    Refused,
    TransportError,
    transport_for,
)
from fondaco.kit.ids import uuid7

BACKOFF: Final = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 3600))
"""The wait after each failed try; after the last one the delivery fails."""
LEASE: Final = timedelta(seconds=6 * TIMEOUT_S)
"""A try that takes longer belongs to a dead worker."""
BATCH: Final = 100
QUEUE: Final = "notifications"
_HINT_MAX: Final = 64
_ERROR_MAX: Final = 255

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Claim:
    """One try of one delivery: what it came to counts only while no later try began."""

    delivery_id: UUID
    attempt: int
    message: Message

    def holds(self, row: Delivery) -> bool:
        return row.state == DeliveryState.SENDING and row.attempts == self.attempt


def send(message: Message, *, purpose: str, lifetime: timedelta) -> UUID:
    """Keep a message for sending, in the present transaction; give the delivery's id.

    It is not sent once its lifetime is over, which should be that of the secret in it.
    """
    now = clock.now()
    delivery = Delivery.objects.create(
        id=uuid7(),
        channel=message.channel,
        purpose=purpose,
        recipient_hint=_hint(message.recipient),
        content={
            "recipient": message.recipient,
            "subject": message.subject,
            "text": message.text,
            "html": message.html,
        },
        due_at=now,
        expires_at=now + lifetime,
        created_at=now,
    )
    jobs.defer(deliver_one, delivery_id=str(delivery.id))
    return delivery.id


def deliver(*, delivery_id: UUID) -> DeliveryState:
    """Try one delivery when it is due, and give the state in which it is now.

    :raises Delivery.DoesNotExist: there is none of that id
    """
    claim = _claim(delivery_id)
    if claim is None:
        return DeliveryState(Delivery.objects.values_list("state", flat=True).get(pk=delivery_id))
    try:
        transport = transport_for(claim.message.channel)
        receipt = transport.send(claim.message, delivery_id=delivery_id)
    except TransportError as error:
        return _record_failure(claim, error)
    return _record_success(claim, receipt)


def deliver_due(*, limit: int = BATCH) -> int:
    """Try all deliveries of this tenant that are due, those of dead workers among them; give their number."""
    ids = list(_due(clock.now()).order_by("due_at").values_list("id", flat=True)[:limit])
    for delivery_id in ids:
        deliver(delivery_id=delivery_id)
    return len(ids)


def delete_closed(*, older_than: timedelta) -> int:
    """Delete the records of deliveries that ended so long ago; give their number."""
    before = clock.now() - older_than
    deleted, _ = Delivery.objects.filter(closed_at__lt=before).delete()
    return deleted


@jobs.task(queue=QUEUE)
def deliver_one(*, delivery_id: str) -> None:
    """Try one delivery."""
    deliver(delivery_id=UUID(delivery_id))


def _due(now: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(closed_at__isnull=True, due_at__lte=now)


def _claim(delivery_id: UUID) -> _Claim | None:
    """Take the delivery for one try; none when it is not due, or ended just now."""
    now = clock.now()
    with transaction.atomic():
        row = _due(now).select_for_update(skip_locked=True).filter(pk=delivery_id).first()
        if row is None or row.content is None:
            return None
        if row.expires_at <= now:
            _end(row, DeliveryState.EXPIRED, now)
            return None
        DELIVERY_LIFE.check(DeliveryState(row.state), DeliveryState.SENDING)
        row.state, row.attempts, row.due_at = DeliveryState.SENDING, row.attempts + 1, now + LEASE
        row.save(update_fields=["state", "attempts", "due_at"])
    message = Message(channel=Channel(row.channel), **row.content)
    return _Claim(delivery_id, row.attempts, message)


def _record_success(claim: _Claim, receipt: str) -> DeliveryState:
    with transaction.atomic():
        row = Delivery.objects.select_for_update().get(pk=claim.delivery_id)
        if not claim.holds(row):
            return DeliveryState(row.state)
        row.receipt, row.error = receipt[:_ERROR_MAX], ""
        return _end(row, DeliveryState.SENT, clock.now())


def _record_failure(claim: _Claim, error: TransportError) -> DeliveryState:
    now = clock.now()
    with transaction.atomic():
        row = Delivery.objects.select_for_update().get(pk=claim.delivery_id)
        if not claim.holds(row):
            return DeliveryState(row.state)
        row.error = str(error)[:_ERROR_MAX]
        log.warning("delivery.failed", delivery=str(row.id), attempt=row.attempts, reason=row.error)
        if isinstance(error, Refused) or row.attempts > len(BACKOFF):
            return _end(row, DeliveryState.FAILED, now)
        due_at = now + BACKOFF[row.attempts - 1]
        if due_at >= row.expires_at:
            return _end(row, DeliveryState.EXPIRED, now)
        DELIVERY_LIFE.check(DeliveryState(row.state), DeliveryState.QUEUED)
        row.state, row.due_at = DeliveryState.QUEUED, due_at
        row.save(update_fields=["state", "due_at", "error"])
        jobs.defer_at(deliver_one, due_at, delivery_id=str(row.id))
    return DeliveryState.QUEUED


def _end(row: Delivery, state: DeliveryState, now: datetime) -> DeliveryState:
    """End the delivery and wipe its content."""
    DELIVERY_LIFE.check(DeliveryState(row.state), state)
    row.state, row.closed_at, row.content = state, now, None
    row.save(update_fields=["state", "closed_at", "content", "receipt", "error"])
    return state


def _hint(recipient: str) -> str:
    name, at, domain = recipient.partition("@")
    hint = f"{name[:1]}…@{domain}" if at else f"…{recipient[-2:]}"
    return hint[:_HINT_MAX]


__all__ = ["Channel", "Message", "delete_closed", "deliver", "deliver_due", "send"]
