"""Count rows of several kinds in one statement, each up to a bound; add amounts up by their currency."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet, Sum

from fondaco.money import Asset, Money, Total


def tally(rows: Mapping[str, QuerySet[Any]], *, most: int) -> dict[str, int]:
    """Count what each query would give, up to ``most``; no statement where there is no query."""
    if not rows:
        return {}
    parts: list[str] = []
    given: list[Any] = []
    for one in rows.values():
        text, params = one.order_by().values("pk")[:most].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({text}) AS found)")  # noqa: S608 - the ORM's own text
        given.extend(params)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", given)
        return dict(zip(rows, cursor.fetchone(), strict=True))


def sum_by_asset(rows: QuerySet[Any], *, asset: str, minor: str) -> list[tuple[int, Money]]:
    """Count rows and add their amounts up, by currency in order of the codes.

    :param asset: the column that names an amount's currency
    :param minor: the column of the amount in minor units
    """
    sums = rows.values(asset).annotate(n=Count("pk"), total=Sum(minor)).order_by(asset)
    return [
        (count, Total(int(total), Asset.parse(name)))
        for name, count, total in sums.values_list(asset, "n", "total")
    ]
