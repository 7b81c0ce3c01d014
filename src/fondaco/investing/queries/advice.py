"""Advice that was given."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fondaco.investing.models import Advice as Row, Quote
from fondaco.investing.types import Advice, AdviceId
from fondaco.kit.errors import NotFound
from fondaco.kit.paging import Cursor, Page, page
from fondaco.money import Asset, Money


def get_advice(*, advice_id: UUID, customer_id: UUID) -> Advice:
    """Give an advice that a customer was given.

    :raises NotFound: he was given none of this identifier
    """
    row = Row.objects.filter(id=advice_id, customer_id=customer_id).first()
    if row is None:
        raise NotFound
    return describe_advice(row)


def list_advice(*, customer_id: UUID, after: Cursor | None = None, limit: int) -> Page[Advice]:
    """Give a page of what a customer was advised, newest first."""
    rows = Row.objects.filter(customer_id=customer_id).order_by("-id")
    if after is not None:
        rows = rows.filter(id__lt=after.id)
    found = [describe_advice(row) for row in rows[: limit + 1]]
    return page(found, limit=limit, key=lambda one: Cursor(one.created_at, one.id))


def find_accepted(*, customer_id: UUID) -> Advice | None:
    """Give the advice that a customer followed last."""
    taken = (
        Quote.objects.filter(customer_id=customer_id, advice__isnull=False, order__isnull=False)
        .select_related("advice")
        .order_by("-order_id")
        .first()
    )
    return describe_advice(taken.advice) if taken is not None and taken.advice else None


def describe_advice(row: Row) -> Advice:
    """Show an advice."""
    inputs: Mapping[str, Any] = row.inputs
    answer: Mapping[str, Any] = row.answer
    return Advice(
        id=AdviceId(row.id),
        customer_id=row.customer_id,
        engine=row.engine,
        engine_version=row.engine_version,
        fallback=row.fallback,
        risk=row.risk,
        level=row.level,
        total=Money(int(row.total_minor), Asset.parse(row.currency)),
        inputs=inputs,
        answer=answer,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
