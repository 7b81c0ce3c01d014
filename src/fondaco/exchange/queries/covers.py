"""Batches, covering orders, their trades and shares."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate

from fondaco.exchange import models
from fondaco.exchange.rows import batch_of, covering_of, trade_of
from fondaco.exchange.states import BatchState, CoverState
from fondaco.exchange.types import Batch, BatchId, Covering, Gain, OrderShare, Trade
from fondaco.kit.django.narrowing import given
from fondaco.kit.django.tallies import sum_by_asset
from fondaco.kit.errors import NotFound
from fondaco.kit.paging import LIMIT_DEFAULT, Cursor, Page, page
from fondaco.money import Asset, Money
from fondaco.orders.types import OrderId

_Period = tuple[datetime | None, datetime | None]
_EVER: Final[_Period] = (None, None)


def get_batch(*, batch_id: UUID) -> Batch:
    """Give a batch.

    :raises NotFound: there is none
    """
    return batch_of(_one(models.Batch.objects.filter(id=batch_id)))


def list_batches(
    *,
    state: BatchState | None = None,
    period: _Period = _EVER,
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Batch]:
    """Give a page of closed batches, newest first."""
    rows = _batches(state, period, id__lt=after.id if after else None).order_by("-id")
    found = [batch_of(row) for row in rows[: limit + 1]]
    return page(found, limit=limit, key=lambda batch: Cursor(batch.created_at, batch.id))


def sum_batches(*, state: BatchState | None, period: _Period) -> list[tuple[int, Money]]:
    """Give how many closed batches there are of each currency, and what is or was to be covered."""
    return sum_by_asset(_batches(state, period), asset="base", minor="base_minor")


def get_covering(*, cover_id: UUID) -> Covering:
    """Give a covering order.

    :raises NotFound: there is none
    """
    return covering_of(_one(models.CoveringOrder.objects.filter(id=cover_id)))


def list_coverings(
    *,
    state: CoverState | None = None,
    batch_id: UUID | None = None,
    period: _Period = _EVER,
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Covering]:
    """Give a page of covering orders, newest first."""
    chosen = given(
        state=state,
        batch_id=batch_id,
        created_at__gte=period[0],
        created_at__lt=period[1],
        id__lt=after.id if after else None,
    )
    rows = models.CoveringOrder.objects.filter(**chosen).order_by("-id")
    found = [covering_of(row) for row in rows[: limit + 1]]
    return page(found, limit=limit, key=lambda cover: Cursor(cover.created_at, cover.id))


def list_trades(*, cover_ids: Iterable[UUID]) -> Mapping[UUID, Sequence[Trade]]:
    """Give the trades of covering orders, oldest first."""
    found: dict[UUID, list[Trade]] = {cover_id: [] for cover_id in cover_ids}
    for row in models.Fill.objects.filter(cover_id__in=found).order_by("at", "id"):
        found[row.cover_id].append(trade_of(row))
    return found


def list_shares(*, batch_id: BatchId) -> Sequence[OrderShare]:
    """Give who has what of a batch's fills, the house last."""
    batch = get_batch(batch_id=batch_id)
    rows = models.Share.objects.filter(batch_id=batch_id).order_by("id")
    return [_share(row, batch.base, batch.quote) for row in rows]


def find_share(*, order_id: UUID) -> OrderShare | None:
    """Give what an order has of the fills, if it was covered."""
    row = models.Share.objects.filter(order_id=order_id).select_related("batch").first()
    if row is None:
        return None
    return _share(row, Asset.parse(row.batch.base), Asset.parse(row.batch.quote))


def list_gains(*, since: str, until: str) -> Sequence[Gain]:
    """Give what the house gained by covering, by day (UTC) and quote currency, the latest day first.

    :param since: the first day, ``2026-11-21``
    :param until: the last day
    """
    rows = (
        models.Share.objects.filter(at__date__gte=since, at__date__lte=until)
        .annotate(day=TruncDate("at"))
        .values("day", "batch__quote")
        .annotate(
            profit=Sum("profit_minor"),
            fees=Sum("fee_minor"),
            orders=Count("order"),
            unknown=Count("id", filter=Q(order__isnull=False, profit_minor__isnull=True)),
        )
        .order_by("-day", "batch__quote")
    )
    return [
        Gain(
            day=row["day"].isoformat(),
            profit=Money(int(row["profit"] or 0), Asset.parse(row["batch__quote"])),
            fees=Money(int(row["fees"] or 0), Asset.parse(row["batch__quote"])),
            orders=row["orders"],
            unknown=row["unknown"],
        )
        for row in rows
    ]


def _share(row: models.Share, base: Asset, quote: Asset) -> OrderShare:
    return OrderShare(
        order_id=OrderId(row.order_id) if row.order_id else None,
        base=Money(int(row.base_minor), base),
        cost=Money(int(row.cost_minor), quote),
        fee=Money(int(row.fee_minor), quote),
        profit=None if row.profit_minor is None else Money(int(row.profit_minor), quote),
    )


def _batches(state: BatchState | None, period: _Period, **more: Any) -> Any:
    since, until = period
    chosen = given(state=state, created_at__gte=since, created_at__lt=until, **more)
    return models.Batch.objects.filter(**chosen)


def _one(rows: Any) -> Any:
    if (row := rows.first()) is None:
        raise NotFound
    return row
