"""Read what is owed and held, as it is now, and what others say that they hold."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Window
from django.db.models.functions import RowNumber

from fondaco.kit.django.snapshots import snapshot
from fondaco.kit.paging import LIMIT_DEFAULT, Cursor, Page, page
from fondaco.ledger.queries import find_account, get_account_before
from fondaco.ledger.queries.balances import sum_standings
from fondaco.ledger.queries.history import HistoryDetached
from fondaco.money import Asset, Money
from fondaco.proofs.models import Holding
from fondaco.proofs.solvency import Recorded, Solvency, Standing, Statement, explain


def read_solvency() -> list[Solvency]:
    """Give what is owed and held in each asset, all of it as it is at one instant.

    :raises RuntimeError: a transaction is open, in which no snapshot can be taken
    """
    with snapshot():
        standings: dict[Asset, list[Standing]] = defaultdict(list)
        for asset, group, kind, credit, debit, held in sum_standings():
            standings[asset].append(
                Standing(group=group, kind=kind, credit=credit, debit=debit, held=held)
            )
        statements: dict[Asset, list[Statement]] = defaultdict(list)
        for row in _latest():
            statements[Asset(row.asset, row.scale)].append(_statement(row))
    assets = sorted({*standings, *statements}, key=str)
    return [explain(asset, standings[asset], statements[asset]) for asset in assets]


def list_holdings(*, after: Cursor | None = None, limit: int = LIMIT_DEFAULT) -> Page[Recorded]:
    """Give one page of statements, the last recorded first."""
    rows = Holding.objects.order_by("-recorded_at", "-id")
    if after is not None:
        rows = rows.filter(recorded_at__lte=after.at).exclude(
            recorded_at=after.at, id__gte=after.id
        )
    found = [_recorded(row) for row in rows[: limit + 1]]
    return page(found, limit=limit, key=lambda one: Cursor(one.recorded_at, one.id))


def get_holding(*, holding_id: UUID) -> Recorded:
    """Give one statement that is known to exist."""
    return _recorded(Holding.objects.get(pk=holding_id))


def _latest() -> Sequence[Holding]:
    """Give the statement of each place and asset that is about the latest instant."""
    order = Window(
        RowNumber(), partition_by=["place", "asset"], order_by=["-at", "-recorded_at", "-id"]
    )
    return list(Holding.objects.annotate(rank=order).filter(rank=1).order_by("place"))


def _statement(row: Holding) -> Statement:
    asset = Asset(row.asset, row.scale)
    return Statement(
        place=row.place,
        amount=Money(int(row.amount), asset),
        at=row.at,
        source=row.source,
        book=_book(row.place, asset, row.at),
    )


def _book(place: str, asset: Asset, at: datetime) -> Money | None:
    account = find_account(code=f"{place}:{asset.code}")
    if account is None:
        return Money.zero(asset)
    try:
        return get_account_before(account_id=account.id, at=at).posted
    except HistoryDetached:
        return None


def _recorded(row: Holding) -> Recorded:
    return Recorded(
        id=row.id,
        place=row.place,
        amount=Money(int(row.amount), Asset(row.asset, row.scale)),
        at=row.at,
        source=row.source,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
    )
