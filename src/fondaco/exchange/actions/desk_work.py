"""What operators do with batches that wait for them."""

from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.exchange import models
from fondaco.exchange.actions.advancing import advance
from fondaco.exchange.actions.settling import settle
from fondaco.exchange.queries.covers import get_batch
from fondaco.exchange.refusals import CloseRefused
from fondaco.exchange.states import BATCH_LIFE, LIVE, BatchState
from fondaco.exchange.types import Batch, BatchId
from fondaco.kit.access import Actor
from fondaco.kit.django import lifecycle
from fondaco.kit.errors import NotFound


def retry_batch(*, batch_id: BatchId, reason: str, by: Actor) -> Batch:
    """Have a batch be covered again that waits for people.

    :raises NotFound: there is no such batch
    :raises IllegalMove: it does not wait
    """
    with transaction.atomic():
        row = _lock(batch_id)
        lifecycle.move(
            row,
            to=BatchState.COVERING,
            life=BATCH_LIFE,
            history=models.BatchStep,
            by=by,
            note=reason,
        )
        _audit(row, "exchange.batch.retry", reason=reason, by=by)
    advance(batch_id=batch_id, by=by)
    return get_batch(batch_id=batch_id)


def give_up_batch(*, batch_id: BatchId, reason: str, by: Actor) -> Batch:
    """End a batch as it stands: who waits and was not bought for gets his money back.

    :raises NotFound: there is no such batch
    :raises IllegalMove: it is over
    :raises CloseRefused: a covering order of it is under way, and nobody knows yet what comes of it
    """
    with transaction.atomic():
        row = _lock(batch_id)
        BATCH_LIFE.check(BatchState(row.state), BatchState.FAILED)
        if models.CoveringOrder.objects.filter(batch=row, state__in=sorted(LIVE)).exists():
            raise CloseRefused("A covering order of it is under way.")
        settle(row=row, by=by)
        _audit(row, "exchange.batch.give_up", reason=reason, by=by)
    return get_batch(batch_id=batch_id)


def _lock(batch_id: UUID) -> models.Batch:
    row = models.Batch.objects.select_for_update(no_key=True).filter(id=batch_id).first()
    if row is None:
        raise NotFound
    return row


def _audit(row: models.Batch, action: str, *, reason: str, by: Actor) -> None:
    wire_id = get_batch(batch_id=row.id).wire_id
    audit.record(by=by, action=action, subject=wire_id, detail={"reason": reason})
