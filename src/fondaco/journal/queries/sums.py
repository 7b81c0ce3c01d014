"""Sum what moved, and what accounts hold, inside the database: for statistics and totals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection

from fondaco.ledger.dating import ID_WINDOW, least_id
from fondaco.ledger.queries.history import refuse_detached
from fondaco.ledger.types import AccountId, AccountKind
from fondaco.money import Asset, Money

_MOVED: Final = """
    FROM ledger_transfer
    WHERE {side} = ANY(%(accounts)s::bigint[]) AND step IN ('post', 'capture')
      AND at >= %(since)s AND at < %(until)s AND id BETWEEN %(id_min)s AND %(id_max)s
"""
_BY_DAY: Final = f"""
    SELECT (at AT TIME ZONE %(zone)s)::date, kind, true, sum(amount), count(*)
    {_MOVED.format(side="debit")} GROUP BY 1, 2
    UNION ALL
    SELECT (at AT TIME ZONE %(zone)s)::date, kind, false, sum(amount), count(*)
    {_MOVED.format(side="credit")} GROUP BY 1, 2
    ORDER BY 1, 2, 3
"""
_BY_COUNTERPARTY: Final = f"""
    SELECT credit, sum(amount), count(*) {_MOVED.format(side="debit")}
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(limit)s
"""
_BALANCES: Final = """
    SELECT CASE WHEN starts_with(account.code, %s) THEN %s ELSE account.code END, account.kind,
           asset.code, asset.scale, sum(credits_posted - debits_posted), count(*)
    FROM ledger_account AS account JOIN ledger_asset AS asset ON asset.id = account.asset_id
    GROUP BY 1, 2, 3, 4 ORDER BY 3, 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySum:
    """Sum what moved on one day, of one kind and on one side."""

    on: date
    kind: str
    is_debit: bool
    amount: int
    """Minor units."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterpartySum:
    """Sum what went out to one account."""

    account_id: AccountId
    amount: int
    """Minor units."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceSum:
    """Sum what an account holds, or all accounts whose codes begin alike."""

    code: str
    kind: AccountKind
    posted: Money
    """On the normal side."""
    count: int


def sum_by_day(
    *, account_ids: Sequence[AccountId], since: datetime, until: datetime, time_zone: str
) -> list[DaySum]:
    """Sum what moved on accounts of one asset per day of a time zone, by kind and side; oldest first.

    :raises HistoryDetached: moves of the period are in the archive
    """
    refuse_detached(account_ids=account_ids, since=since)
    with connection.cursor() as cursor:
        cursor.execute(_BY_DAY, {**_bounds(account_ids, since, until), "zone": time_zone})
        return [
            DaySum(on=on, kind=kind, is_debit=is_debit, amount=int(amount), count=count)
            for on, kind, is_debit, amount, count in cursor.fetchall()
        ]


def sum_by_counterparty(
    *, account_ids: Sequence[AccountId], since: datetime, until: datetime, limit: int
) -> list[CounterpartySum]:
    """Sum what went out of these accounts of one asset, by the account that got it; the greatest first.

    :raises HistoryDetached: moves of the period are in the archive
    """
    refuse_detached(account_ids=account_ids, since=since)
    with connection.cursor() as cursor:
        cursor.execute(_BY_COUNTERPARTY, {**_bounds(account_ids, since, until), "limit": limit})
        return [
            CounterpartySum(account_id=AccountId(account), amount=int(amount), count=count)
            for account, amount, count in cursor.fetchall()
        ]


def sum_balances(*, folded: str) -> list[BalanceSum]:
    """Sum what accounts hold: one line for all whose codes begin with ``folded``, one for each other."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES, [folded, folded])
        return [
            _balance(code, AccountKind(kind), Asset(asset, scale), int(net), count)
            for code, kind, asset, scale, net, count in cursor.fetchall()
        ]


def _balance(code: str, kind: AccountKind, asset: Asset, net: int, count: int) -> BalanceSum:
    posted = Money(-net if kind.is_debit_normal else net, asset)
    return BalanceSum(code=code, kind=kind, posted=posted, count=count)


def _bounds(account_ids: Sequence[AccountId], since: datetime, until: datetime) -> dict[str, Any]:
    return {
        "accounts": list(account_ids),
        "since": since,
        "until": until,
        "id_min": least_id(since - ID_WINDOW),
        "id_max": least_id(until + ID_WINDOW),
    }
