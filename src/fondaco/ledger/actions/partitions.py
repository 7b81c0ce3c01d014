"""Make room in the table of transfers before it is needed."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.db import connection

from fondaco.kit import clock
from fondaco.kit.options import options
from fondaco.ledger.queries.partitions import list_partitions

AHEAD: Final = {"month": timedelta(days=100), "day": timedelta(days=62)}
"""How far ahead partitions are made: long enough for somebody to notice that the job no longer runs."""
_STEP: Final = timedelta(days=1)


def make_partitions() -> list[str]:
    """Make the partitions of the coming time that are missing; gives their names."""
    span = options().ledger_partition
    today = clock.today()
    days = [today - _STEP + _STEP * number for number in range(AHEAD[span].days + 2)]
    starts = sorted({day.replace(day=1) if span == "month" else day for day in days})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_make_partition(day, %s) FROM unnest(%s::date[]) AS day", [span, starts]
        )
        return [name for (name,) in cursor.fetchall() if name is not None]


def find_missing_months() -> list[date]:
    """Give this month and the next, those of them that no partition covers to its end."""
    first = clock.today().replace(day=1)
    ends_at = max((one.ends_at for one in list_partitions()), default=None)
    months = (first, _following(first))
    return [month for month in months if ends_at is None or _midnight(_following(month)) > ends_at]


def _following(month: date) -> date:
    return (month + 31 * _STEP).replace(day=1)


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), UTC)
