"""Close batches: take what waits out of the queue, and plan the covering order of it.

A large order is a batch of its own. Whoever closes first takes the orders; whoever comes second, in another
worker, finds none of them waiting. So no order is ever in two batches.
"""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.connections import actions as connections
from fondaco.connections.states import Health
from fondaco.connections.types import ProviderAccount
from fondaco.exchange import models
from fondaco.exchange.actions.choosing import Choice, Wanted, choose
from fondaco.exchange.actions.terms import desk_of
from fondaco.exchange.events import BatchClosed, CoverPlanned
from fondaco.exchange.queries.queue import (
    BATCH_MAX,
    LANES,
    LARGE,
    NETTED,
    SMALL,
    Lane,
    Waiting,
    list_symbols,
    list_waiting,
)
from fondaco.exchange.states import AtAge, BatchState, CoverState
from fondaco.exchange.types import BATCH, COVERING, BatchId, Desk
from fondaco.kit import clock
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import events, lifecycle
from fondaco.kit.ids import encode
from fondaco.ledger import queries as ledger
from fondaco.market import queries as market
from fondaco.money import Asset
from fondaco.orders.moving import lock_orders, move_orders
from fondaco.orders.states import OrderState

WORKER: Final = Actor(ActorKind.JOB, "exchange.cover")


def close_waiting(*, by: Actor = WORKER) -> list[BatchId]:
    """Close every batch that is due; gives the new ones."""
    closed = [
        close_lane(symbol=symbol, lane=lane, by=by) for symbol in list_symbols() for lane in LANES
    ]
    return [batch_id for found in closed for batch_id in found]


def close_lane(*, symbol: str, lane: Lane, by: Actor = WORKER) -> list[BatchId]:
    """Close what is due at a symbol in one lane."""
    waiting = list_waiting(symbol=symbol, lane=lane)
    if not waiting:
        return []
    groups = [[one] for one in waiting] if lane is LARGE else [waiting]
    made = [_close(group, lane=lane, by=by) for group in groups]
    return [batch_id for batch_id in made if batch_id is not None]


def close_large(*, order_id: UUID, by: Actor = WORKER) -> BatchId | None:
    """Make a batch of one order that is large enough to be covered alone; none when it waits no more."""
    row = models.ExchangeOrder.objects.filter(order_id=order_id, queued_at__isnull=False).first()
    if row is None:
        return None
    mine = [
        one
        for one in list_waiting(symbol=row.symbol, lane=LARGE, limit=BATCH_MAX)
        if one.order_id == order_id
    ]
    return _close(mine, lane=LARGE, by=by) if mine else None


def plan(batch: models.Batch, *, wanted: Wanted, choice: Choice, by: Actor) -> models.CoveringOrder:
    """Write a covering order down, in the caller's transaction, under the identifier that it gets."""
    at = clock.now()
    row = models.CoveringOrder.objects.create(
        batch=batch,
        account_id=choice.account.id,
        venue=choice.venue,
        symbol=wanted.desk.symbol,
        side=wanted.side.value,
        amount=choice.amount,
        price=choice.price,
        reason=dict(choice.reason),
        created_at=at,
    )
    lifecycle.record(
        row, state_to=CoverState.PLANNED.value, history=models.CoveringStep, by=by, at=at
    )
    events.publish(
        CoverPlanned(
            cover=encode(COVERING, row.id),
            batch=encode(BATCH, batch.id),
            venue=row.venue,
            symbol=row.symbol,
            side=row.side,
            amount=format(row.amount, "f"),
            price=format(row.price, "f"),
        ),
        by=by,
    )
    return row


def assets_of(desk: Desk) -> tuple[Asset, Asset]:
    """Give base and quote currency of a desk's symbol as the books count them.

    :raises NotFound: the books do not know one of them
    """
    return ledger.get_asset(code=desk.base_code), ledger.get_asset(code=desk.quote_code)


def note_health(account: ProviderAccount, *, health: Health, detail: str) -> None:
    """Tell whether a venue answers; written only where that is new."""
    if account.health is not health:
        connections.note_health(
            account_id=account.id, health=health, detail=detail[:500], by=WORKER
        )


def _close(waiting: Sequence[Waiting], *, lane: Lane, by: Actor) -> BatchId | None:
    """Close a batch of these orders if it is due and somebody covers it."""
    desk = desk_of(market.get_pair(name=waiting[0].pair))
    reason = _due(waiting, lane=lane, desk=desk)
    if reason is None:
        return None
    base, quote = assets_of(desk)
    wanted = Wanted(
        desk=desk,
        base=base,
        quote=quote,
        minor=sum(one.base_minor for one in waiting),
        may_exceed=reason == "age" and desk.at_age is AtAge.TOP_UP,
    )
    choice = choose(wanted, tell=note_health) if wanted.minor else None
    if choice is None and wanted.minor:
        return None
    return _write(waiting, lane=lane, wanted=wanted, choice=choice, reason=reason, by=by)


def _due(waiting: Sequence[Waiting], *, lane: Lane, desk: Desk) -> str | None:
    """Give why a batch is closed now; none: it is not."""
    oldest = min(one.queued_at for one in waiting)
    is_old = oldest + timedelta(seconds=desk.age_max_s) <= clock.now()
    if is_old:
        return "age"
    if lane is LARGE:
        return "large"
    if lane is SMALL:
        return "threshold" if _fullness(waiting) >= 1 else None
    if lane is NETTED:
        net = abs(sum(one.base_minor for one in waiting))
        return "position" if desk.net_at_minor and net >= desk.net_at_minor else None
    return "sold"


def _fullness(waiting: Sequence[Waiting]) -> Fraction:
    """Give the sum of the totals as a part of the threshold, each in its own currency."""
    return sum(
        (
            Fraction(
                one.total.minor, max(1, desk_of(market.get_pair(name=one.pair)).threshold.minor)
            )
            for one in waiting
        ),
        Fraction(0),
    )


def _write(
    waiting: Sequence[Waiting],
    *,
    lane: Lane,
    wanted: Wanted,
    choice: Choice | None,
    reason: str,
    by: Actor,
) -> BatchId | None:
    """Take the orders out of the queue; none when somebody else has taken one of them meanwhile."""
    with transaction.atomic():
        headers = lock_orders([one.order_id for one in waiting], skip_busy=True)
        headers = [one for one in headers if one.state is lane.state]
        rows = models.ExchangeOrder.objects.select_for_update(no_key=True).filter(
            order_id__in=[one.id for one in headers], queued_at__isnull=False
        )
        taken = {row.order_id for row in rows}
        if len(taken) < len(waiting):
            return None
        at = clock.now()
        batch = models.Batch.objects.create(
            symbol=wanted.desk.symbol,
            base=str(wanted.base),
            quote=str(wanted.quote),
            base_minor=wanted.minor,
            orders_count=len(waiting),
            closed_by=reason,
            created_at=at,
        )
        models.ExchangeOrder.objects.filter(order_id__in=taken).update(batch=batch, queued_at=None)
        lifecycle.record(
            batch, state_to=BatchState.COVERING.value, history=models.BatchStep, by=by, at=at
        )
        if lane is SMALL:
            move_orders(headers, to=OrderState.IN_PROGRESS, by=by)
        if choice is not None:
            plan(batch, wanted=wanted, choice=choice, by=by)
        events.publish(
            BatchClosed(
                batch=encode(BATCH, batch.id),
                symbol=batch.symbol,
                orders=len(waiting),
                closed_by=reason,
            ),
            by=by,
        )
    return BatchId(batch.id)
