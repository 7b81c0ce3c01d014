"""Send covering orders, each once, and look them up until they are finished.

A covering order is written down before it is sent. Before the call its state says ``sent``, and nobody sends
what was sent: not after a crash, not after an answer that was lost, not by a second worker. What became of it
is asked for by its identifier. Only what the venue tells twice, as an order and as trades, is booked.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction

from fondaco.connections import queries as connections
from fondaco.connections.states import Health
from fondaco.exchange import models
from fondaco.exchange.actions.batching import WORKER, note_health
from fondaco.exchange.actions.booking import Mismatch, book, totals_of
from fondaco.exchange.events import CoverFailed, CoverUnclear
from fondaco.exchange.providers.base import ExchangeProvider
from fondaco.exchange.providers.registry import open_account
from fondaco.exchange.queries.covers import get_covering
from fondaco.exchange.rows import covering_of
from fondaco.exchange.states import COVER_LIFE, CoverState
from fondaco.exchange.types import BATCH, COVERING, CoverId, Covering
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, lifecycle
from fondaco.kit.ids import encode
from fondaco.kit.options import options
from fondaco.vendors.venues import (
    Declined,
    OrderUnknown,
    OrderWord,
    OutcomeUnknown,
    Unavailable,
    VenueError,
    VenueOrder,
)

FIRST_LOOK_S: Final = 2
LONGEST_PAUSE_S: Final = 60
LOOKS_TOLD: Final = 5
"""At this look people are told, once: about a minute after the order was sent."""

log = structlog.get_logger(__name__)


def send(*, cover_id: CoverId, by: Actor = WORKER) -> CoverState:
    """Send a covering order that was never sent; gives where it stands now.

    :raises NotFound: there is no such covering order
    """
    covering = _claim(cover_id, by=by)
    if covering is None:
        return get_covering(cover_id=cover_id).state
    try:
        answer = _provider(covering).place(covering)
    except Declined as error:
        return _fail(cover_id, f"declined: {error}", by=by)
    except OutcomeUnknown as error:
        log.warning("exchange.cover.answer_lost", cover=covering.wire_id, error=str(error))
        return CoverState.SENT
    except Unavailable as error:
        _note_down(covering, error)
        return _fail(cover_id, f"unavailable: {error}", by=by)
    return _hear(cover_id, answer, by=by)


def look_up(*, cover_id: CoverId, by: Actor = WORKER) -> CoverState:
    """Ask the venue what became of a covering order that was sent; gives where it stands now.

    :raises NotFound: there is no such covering order
    """
    covering = get_covering(cover_id=cover_id)
    if covering.state not in {CoverState.SENT, CoverState.OPEN}:
        return covering.state
    try:
        answer = _provider(covering).find(covering)
    except OrderUnknown:
        return _not_there(covering, by=by)
    except VenueError as error:
        _note_down(covering, error)
        return _later(cover_id, f"unavailable: {error}", by=by)
    return _hear(cover_id, answer, by=by)


def _claim(cover_id: CoverId, *, by: Actor) -> Covering | None:
    """Turn a planned order into a sent one; none when somebody else has done so."""
    with transaction.atomic():
        row = _lock(cover_id)
        if row.state != CoverState.PLANNED:
            return None
        at = clock.now()
        _move(row, CoverState.SENT, by=by)
        row.sent_at, row.look_at = at, at + timedelta(seconds=FIRST_LOOK_S)
        row.save(update_fields=["sent_at", "look_at"])
    return covering_of(row)


def _hear(cover_id: CoverId, answer: VenueOrder, *, by: Actor) -> CoverState:
    """Take in what the venue says about an order."""
    if not answer.word.is_final:
        return _unfinished(cover_id, answer, by=by)
    if not answer.filled:
        return _fail(cover_id, f"{answer.word.value}: {answer.venue_word}", by=by)
    covering = get_covering(cover_id=cover_id)
    try:
        trades = _provider(covering).trades(covering, answer)
        totals = totals_of(covering, order=answer, trades=trades)
    except Mismatch as error:
        log.warning("exchange.cover.disagrees", cover=covering.wire_id, reason=str(error))
        return _later(cover_id, str(error), by=by)
    except VenueError as error:
        _note_down(covering, error)
        return _later(cover_id, f"unavailable: {error}", by=by)
    with transaction.atomic():
        row = _lock(cover_id)
        if row.state in {CoverState.SENT, CoverState.OPEN}:
            book(row, totals=totals, by=by)
            _move(row, CoverState.FILLED, by=by, note=answer.venue_word)
            row.venue_id = answer.venue_id[:80]
            _end(row)
    return CoverState(row.state)


def _unfinished(cover_id: CoverId, answer: VenueOrder, *, by: Actor) -> CoverState:
    with transaction.atomic():
        row = _lock(cover_id)
        if row.state == CoverState.SENT and answer.word is OrderWord.OPEN:
            _move(row, CoverState.OPEN, by=by, note=answer.venue_word)
        if row.state in {CoverState.SENT, CoverState.OPEN}:
            row.venue_id = answer.venue_id[:80]
            _put_off(row, f"{answer.word.value}: {answer.venue_word}", by=by)
            row.save(update_fields=["venue_id", "looks", "look_at"])
    return CoverState(row.state)


def _not_there(covering: Covering, *, by: Actor) -> CoverState:
    """Believe that an order never arrived only when no venue would take its signature any more."""
    sent_at = covering.sent_at
    lost = timedelta(seconds=options().exchange_lost_after_s)
    if sent_at is None or clock.now() - sent_at < lost:
        return _later(covering.id, "the venue does not know it yet", by=by)
    if covering.state is CoverState.OPEN:
        log.error("exchange.cover.vanished", cover=covering.wire_id, venue=covering.venue)
        return _later(covering.id, "the venue knew it, and does not know it any more", by=by)
    return _fail(covering.id, "it never arrived", by=by)


def _later(cover_id: CoverId, reason: str, *, by: Actor) -> CoverState:
    with transaction.atomic():
        row = _lock(cover_id)
        if row.state in {CoverState.SENT, CoverState.OPEN}:
            _put_off(row, reason, by=by)
            row.save(update_fields=["looks", "look_at"])
    return CoverState(row.state)


def _put_off(row: models.CoveringOrder, reason: str, *, by: Actor) -> None:
    """Look again later; the pauses grow."""
    pause_s = min(FIRST_LOOK_S * 2 ** min(row.looks, 10), LONGEST_PAUSE_S)
    row.looks += 1
    row.look_at = clock.now() + timedelta(seconds=pause_s)
    if row.looks == LOOKS_TOLD:
        events.publish(CoverUnclear(**_named(row), reason=reason[:500]), by=by)


def _fail(cover_id: CoverId, reason: str, *, by: Actor) -> CoverState:
    with transaction.atomic():
        row = _lock(cover_id)
        if row.state in {CoverState.SENT, CoverState.OPEN}:
            _move(row, CoverState.FAILED, by=by, note=reason[:500])
            _end(row)
            events.publish(CoverFailed(**_named(row), reason=reason[:500]), by=by)
    return CoverState(row.state)


def _named(row: models.CoveringOrder) -> dict[str, str]:
    """Give what every event of a covering order says."""
    return {
        "cover": encode(COVERING, row.id),
        "batch": encode(BATCH, row.batch_id),
        "venue": row.venue,
        "symbol": row.symbol,
    }


def _lock(cover_id: UUID) -> models.CoveringOrder:
    return models.CoveringOrder.objects.select_for_update(no_key=True).get(id=cover_id)


def _move(row: models.CoveringOrder, to: CoverState, *, by: Actor, note: str = "") -> None:
    lifecycle.move(row, to=to, life=COVER_LIFE, history=models.CoveringStep, by=by, note=note)


def _end(row: models.CoveringOrder) -> None:
    row.ended_at, row.look_at = clock.now(), None
    row.save()


def _provider(covering: Covering) -> ExchangeProvider:
    return open_account(connections.get_account(account_id=covering.account_id))


def _note_down(covering: Covering, error: VenueError) -> None:
    account = connections.get_account(account_id=covering.account_id)
    note_health(account, health=Health.DOWN, detail=str(error))
