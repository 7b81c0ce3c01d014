"""Bring a batch on: send what is planned, look up what was sent, try again what failed, settle the rest.

Each step finds by itself what there is to do, so that it does not matter which worker takes it, how often, or
where the last one died.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction

from fondaco.exchange import models
from fondaco.exchange.actions.batching import WORKER, assets_of, note_health, plan
from fondaco.exchange.actions.choosing import Wanted, choose
from fondaco.exchange.actions.covering import look_up, send
from fondaco.exchange.actions.settling import reached, settle
from fondaco.exchange.actions.terms import desk_of
from fondaco.exchange.events import BatchStuck
from fondaco.exchange.states import BATCH_LIFE, LIVE, BatchState, CoverState
from fondaco.exchange.types import BATCH, BatchId, CoverId, Desk
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, lifecycle
from fondaco.kit.ids import encode
from fondaco.kit.options import options
from fondaco.market import queries as market

STEPS_MAX: Final = 6

log = structlog.get_logger(__name__)


def advance(*, batch_id: BatchId, by: Actor = WORKER) -> BatchState:
    """Bring a batch as far as it goes now, and give where it stands.

    :raises NotFound: its venue's account is gone
    """
    for _ in range(STEPS_MAX):
        live = models.CoveringOrder.objects.filter(
            batch_id=batch_id, state__in=sorted(LIVE)
        ).first()
        if live is not None:
            if not _bring_on(live, by=by):
                break
        elif not _next(batch_id, by=by):
            break
    return BatchState(models.Batch.objects.values_list("state", flat=True).get(id=batch_id))


def advance_all(*, by: Actor = WORKER, limit: int = 200) -> int:
    """Bring on every batch that is not finished; gives how many there were."""
    at_work = models.Batch.objects.filter(state=BatchState.COVERING).order_by("id")
    batch_ids = list(at_work.values_list("id", flat=True)[:limit])
    for batch_id in batch_ids:
        try:
            advance(batch_id=BatchId(batch_id), by=by)
        except Exception:
            # One batch that cannot go on must not keep the others.
            log.exception("exchange.batch.not_advanced", batch=encode(BATCH, batch_id))
    return len(batch_ids)


def _bring_on(live: models.CoveringOrder, *, by: Actor) -> bool:
    """Send or look up; gives whether the covering order is finished now."""
    cover_id = CoverId(live.id)
    if live.state == CoverState.PLANNED:
        state = send(cover_id=cover_id, by=by)
        return state not in LIVE
    if live.look_at is not None and live.look_at > clock.now():
        return False
    return look_up(cover_id=cover_id, by=by) not in LIVE


def _next(batch_id: BatchId, *, by: Actor) -> bool:
    """Settle a batch without live covering orders, or plan the next one; gives whether to go on."""
    wanted = _settle_or_want(batch_id, by=by)
    if wanted is None:
        return False
    choice = choose(wanted, tell=note_health)
    if choice is None:
        _tell_if_stuck(batch_id, "no venue takes it", by=by)
        return False
    with transaction.atomic():
        row = _lock(batch_id)
        is_busy = models.CoveringOrder.objects.filter(batch=row, state__in=sorted(LIVE)).exists()
        has_moved = int(row.base_minor) - reached(row) != wanted.minor
        if row.state != BatchState.COVERING or is_busy or has_moved:
            return True  # another worker was faster; see what there is to do now
        plan(row, wanted=wanted, choice=choice, by=by)
    return True


def _settle_or_want(batch_id: BatchId, *, by: Actor) -> Wanted | None:
    """Settle the batch if nothing is missing or nothing more is tried; else say what is missing."""
    with transaction.atomic():
        row = _lock(batch_id)
        covers = list(models.CoveringOrder.objects.filter(batch=row))
        if row.state != BatchState.COVERING or any(one.state in LIVE for one in covers):
            return None
        missing = int(row.base_minor) - reached(row)
        if not missing or (missing > 0) is not (row.base_minor > 0):
            settle(row=row, by=by)
            return None
        if _tries(row, covers) >= options().exchange_tries_max:
            _give_up(row, by=by)
            return None
    desk = desk_of_batch(row)
    base, quote = assets_of(desk)
    return Wanted(desk=desk, base=base, quote=quote, minor=missing, may_exceed=True)


def desk_of_batch(row: models.Batch) -> Desk:
    """Give the desk of a batch: that of its first order's pair."""
    pair = models.ExchangeOrder.objects.filter(batch=row).order_by("order_id")[0].pair
    return desk_of(market.get_pair(name=pair))


def _tries(row: models.Batch, covers: list[models.CoveringOrder]) -> int:
    """Count what was tried since people last sent it off: a venue that was not even reached is no try."""
    begun = models.BatchStep.objects.filter(subject=row, state_to=BatchState.COVERING)
    since = max(begun.values_list("at", flat=True), default=row.created_at)
    ended = [one for one in covers if one.state not in LIVE and one.created_at >= since]
    notes = {
        step.subject_id: step.note
        for step in models.CoveringStep.objects.filter(
            subject__in=ended, state_to=CoverState.FAILED
        )
    }
    return sum(1 for one in ended if not notes.get(one.id, "").startswith("unavailable"))


def _give_up(row: models.Batch, *, by: Actor) -> None:
    """End a batch whose customers wait; where they have their coins, people decide about the position."""
    waits = models.ExchangeOrder.objects.filter(batch=row, hold_id__isnull=False).exists()
    if waits:
        settle(row=row, by=by)
    else:
        stop(row, reason="tried too often", by=by)


def stop(row: models.Batch, *, reason: str, by: Actor) -> None:
    """Leave a locked batch to people, in the caller's transaction."""
    lifecycle.move(
        row,
        to=BatchState.WAITING_FOR_OPERATOR,
        life=BATCH_LIFE,
        history=models.BatchStep,
        by=by,
        note=reason,
    )
    events.publish(BatchStuck(batch=encode(BATCH, row.id), symbol=row.symbol, reason=reason), by=by)


def _tell_if_stuck(batch_id: BatchId, reason: str, *, by: Actor) -> None:
    """Show a batch to people once it has waited for a venue too long."""
    limit = timedelta(seconds=options().exchange_stuck_after_s)
    with transaction.atomic():
        row = _lock(batch_id)
        if row.state == BatchState.COVERING and clock.now() - row.created_at > limit:
            stop(row, reason=reason, by=by)


def _lock(batch_id: UUID) -> models.Batch:
    return models.Batch.objects.select_for_update(no_key=True).get(id=batch_id)
