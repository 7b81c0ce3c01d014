"""Read which partitions the table of transfers has, and which were taken off it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from fondaco.ledger import models

# The bounds are ids, whose first twelve digits are milliseconds since 1970.
_BOUND: Final = r"""
    to_timestamp(('x' || left(replace(substring(
        pg_get_expr(part.relpartbound, part.oid) FROM '{word} \(''([0-9a-f-]+)''\)'), '-', ''), 12)
    )::bit(48)::bigint / 1000.0)
"""
_PARTITIONS: Final = f"""
    SELECT part.relname, {_BOUND.format(word="FROM")}, {_BOUND.format(word="TO")}, inhdetachpending
    FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
    WHERE inhparent = 'ledger_transfer'::regclass ORDER BY 2
"""  # noqa: S608 - the words are ours
DAYS_AHEAD: Final = f"""
    SELECT coalesce(extract(epoch FROM max({_BOUND.format(word="TO")}) - now()), 0) / 86400
    FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
    WHERE inhparent = 'ledger_transfer'::regclass
"""  # noqa: S608 - the words are ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """Describe a part of the table of transfers: those whose ids are dated within a period."""

    name: str
    starts_at: datetime
    ends_at: datetime
    """Not included."""
    is_leaving: bool
    """True: it was being taken off when somebody interrupted that."""


def list_partitions() -> list[Partition]:
    """Give the partitions that the table has, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_PARTITIONS)
        return [
            Partition(name=name, starts_at=starts_at, ends_at=ends_at, is_leaving=is_leaving)
            for name, starts_at, ends_at, is_leaving in cursor.fetchall()
        ]


def list_detached() -> list[models.DetachedPartition]:
    """Give the partitions that were taken off, oldest first."""
    return list(models.DetachedPartition.objects.order_by("starts_at"))
