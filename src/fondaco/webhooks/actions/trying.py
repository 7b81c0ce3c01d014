"""How deliveries are tried: a claim, the call without any transaction, the record.

A later delivery of a subject waits for those before it at the same endpoint. A try that outlives its lease
belongs to a dead worker and is made again, so a receiver may see a message twice, with the same identifier.
"""

import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import events
from fondaco.kit.options import options
from fondaco.orders import actions as orders
from fondaco.webhooks import models, sending, signatures
from fondaco.webhooks.actions.endpoints import cancel_waiting
from fondaco.webhooks.events import EndpointEvent, EndpointFailing, EndpointSwitchedOff
from fondaco.webhooks.sending import Outcome
from fondaco.webhooks.states import DELIVERY_LIFE, DeliveryState
from fondaco.webhooks.types import endpoint_wire

PAUSES: Final = tuple(
    timedelta(seconds=s)
    for s in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 72_000)
)  # fmt: skip
"""After each failed try but the last: ten tries over three days (Standard Webhooks 1.0, deliverability)."""
TRIES: Final = len(PAUSES) + 1
RETRY_AFTER_MAX: Final = timedelta(days=1)
FAILURES_TOLD: Final = 10
"""After so many failed tries in a row the owner is told."""
JITTER: Final = 0.1
"""A pause is longer by up to this part, so that receivers do not get all retries at once."""
_GONE: Final = "The receiver answered 410."
_DELETE_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class _Claim:
    """One try: what it came to counts only while no later one began."""

    row: models.Delivery
    at: datetime

    def is_held_by(self, row: models.Delivery) -> bool:
        return row.state == DeliveryState.WAITING and row.attempts == self.row.attempts


def deliver_due(*, endpoint_id: UUID, for_s: float) -> bool:
    """Try what is due at an endpoint, in order; tell whether the time was over before the work was."""
    ends = time.monotonic() + for_s
    while time.monotonic() < ends:
        claim = _claim(endpoint_id)
        if claim is None:
            return False
        headers = _headers(claim)
        row = claim.row
        outcome = sending.post(
            url=row.url or row.endpoint.url, headers=headers, body=row.body.encode()
        )
        _record(claim, headers, outcome)
    return True


def list_due_endpoints() -> list[UUID]:
    """Give the endpoints at which something is due."""
    rows = models.Delivery.objects.filter(state=DeliveryState.WAITING, due_at__lte=clock.now())
    return list(rows.order_by().values_list("endpoint_id", flat=True).distinct())


def delete_ended(*, before: datetime) -> int:
    """Delete a batch of deliveries that ended before an instant, with their tries; give their number."""
    rows = models.Delivery.objects.filter(ended_at__lt=before).order_by("number")
    numbers = list(rows.values_list("number", flat=True)[:_DELETE_BATCH])
    models.Delivery.objects.filter(number__in=numbers).delete()
    return len(numbers)


def _claim(endpoint_id: UUID) -> _Claim | None:
    now = clock.now()
    lease = timedelta(seconds=2 * options().webhook_timeout_s + 1)
    with transaction.atomic():
        row = _firsts(endpoint_id, now).select_for_update(skip_locked=True, of=("self",)).first()
        if row is None:
            return None
        row.attempts, row.due_at = row.attempts + 1, now + lease
        row.save(update_fields=["attempts", "due_at"])
    return _Claim(row, now)


def _firsts(endpoint_id: UUID, now: datetime) -> QuerySet[models.Delivery]:
    """Give the due deliveries before which none of their subject waits, oldest first."""
    waiting = models.Delivery.objects.filter(endpoint_id=endpoint_id, state=DeliveryState.WAITING)
    earlier = waiting.filter(subject=OuterRef("subject"), number__lt=OuterRef("number"))
    found = waiting.filter(~Exists(earlier), due_at__lte=now)
    return found.select_related("endpoint").order_by("number")


def _headers(claim: _Claim) -> dict[str, str]:
    row, endpoint, timestamp_s = claim.row, claim.row.endpoint, int(claim.at.timestamp())
    shared = [endpoint.secret]
    if endpoint.old_secret and endpoint.old_secret_until and endpoint.old_secret_until > claim.at:
        shared.append(endpoint.old_secret)
    signature = signatures.sign(
        message_id=row.message_id,
        timestamp_s=timestamp_s,
        body=row.body.encode(),
        shared=shared,
        seed=endpoint.seed,
    )
    return {
        "Content-Type": "application/json",
        "webhook-id": row.message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": signature,
    }


def _record(claim: _Claim, headers: dict[str, str], outcome: Outcome) -> None:
    now = clock.now()
    with transaction.atomic():
        _count(claim, outcome, now)  # an endpoint is locked before its deliveries
        row = models.Delivery.objects.select_for_update().get(number=claim.row.number)
        models.Attempt.objects.create(
            delivery=row,
            at=claim.at,
            duration_ms=outcome.duration_ms,
            request_headers=headers,
            answer_status=outcome.status,
            answer_body=outcome.body,
            error=outcome.error,
        )
        if not claim.is_held_by(row):
            return
        _settle(row, outcome, now)
        row.save(update_fields=["state", "due_at", "ended_at"])
        if row.callback_id is not None:
            orders.note_callback(
                callback_id=row.callback_id,
                attempts=row.attempts,
                answer_status=outcome.status,
                delivered_at=row.ended_at if outcome.is_success else None,
            )
        if outcome.is_gone and row.callback_id is None:
            cancel_waiting(claim.row.endpoint)


def _settle(row: models.Delivery, outcome: Outcome, now: datetime) -> None:
    if outcome.is_success:
        _end(row, DeliveryState.DELIVERED, now)
    elif outcome.is_gone or row.attempts >= TRIES:
        _end(row, DeliveryState.FAILED, now)
    else:
        row.due_at = now + _pause(row.attempts, outcome.retry_after_s)


def _end(row: models.Delivery, to: DeliveryState, now: datetime) -> None:
    DELIVERY_LIFE.check(DeliveryState(row.state), to)
    row.state, row.ended_at = to, now


def _pause(attempts: int, retry_after_s: int) -> timedelta:
    jitter = 1 + random.random() * JITTER  # noqa: S311 - a pause is no secret
    asked = min(timedelta(seconds=retry_after_s), RETRY_AFTER_MAX)
    return max(PAUSES[attempts - 1] * jitter * options().webhook_pause_factor, asked)


def _count(claim: _Claim, outcome: Outcome, now: datetime) -> None:
    """Count failures in a row, tell the owner when they are many, and disable an endpoint that is gone.

    While all goes well nothing is locked and nothing written.
    """
    known = claim.row.endpoint
    if outcome.is_success and not known.failures:
        return
    row = models.Endpoint.objects.select_for_update().get(id=known.id)
    row.failures = 0 if outcome.is_success else row.failures + 1
    if outcome.is_gone and claim.row.callback_id is None and row.disabled_at is None:
        row.disabled_at, row.disabled_reason = now, _GONE
        _publish(EndpointSwitchedOff(**_names(row), reason=_GONE))
    elif row.failures == FAILURES_TOLD:
        host = urlsplit(claim.row.url or row.url).hostname or ""
        answer = str(outcome.status) if outcome.status is not None else outcome.error
        _publish(EndpointFailing(**_names(row), host=host, failures=row.failures, answer=answer))
    row.save(update_fields=["failures", "disabled_at", "disabled_reason"])


def _names(row: models.Endpoint) -> dict[str, str]:
    return {"endpoint": endpoint_wire(row.id), "customer": customer_wire(row.customer_id)}


def _publish(happened: EndpointEvent) -> None:
    events.publish(happened, by=SYSTEM)
