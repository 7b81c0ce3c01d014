"""Reads of risk cases: the operators' queue."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from fondaco.kit.django.narrowing import given
from fondaco.kit.django.tallies import sum_by_asset
from fondaco.kit.errors import NotFound
from fondaco.kit.paging import LIMIT_DEFAULT, Cursor, Page, page
from fondaco.money import Money
from fondaco.policies import models
from fondaco.policies.errors import UnderReview
from fondaco.policies.rows import show_case
from fondaco.policies.states import CaseState
from fondaco.policies.types import Case


def list_cases(
    *,
    state: CaseState | None = None,
    customer_id: UUID | None = None,
    reference: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Case]:
    """Give a page of cases, newest first; ``reference`` names the order that waits for one.

    ``since`` is included and ``until`` is not.
    """
    narrow = given(reference=reference, id__lt=after.id if after else None)
    rows = _cases(state, customer_id, since, until).filter(**narrow).order_by("-id")
    found = [show_case(row) for row in rows[: limit + 1]]
    return page(found, limit=limit, key=lambda case: Cursor(case.created_at, case.id))


def sum_cases(
    *,
    state: CaseState | None = None,
    customer_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[tuple[int, Money]]:
    """Give how many cases there are of each currency, and what they come to."""
    rows = _cases(state, customer_id, since, until)
    return sum_by_asset(rows, asset="asset", minor="amount_minor")


def cases_waiting() -> QuerySet[models.Case]:
    """Give the query of the cases that wait for an operator, to be counted together with others."""
    return models.Case.objects.filter(state=CaseState.WAITING)


def get_case(*, case_id: UUID) -> Case:
    """Give a case.

    :raises NotFound: there is none
    """
    row = models.Case.objects.filter(id=case_id).first()
    if row is None:
        raise NotFound
    return show_case(row)


def check_released(*, reference: UUID) -> None:
    """Pass silently when no case about an order waits for an operator.

    :raises UnderReview: one does
    """
    if models.Case.objects.filter(reference=reference, state=CaseState.WAITING).exists():
        raise UnderReview("Release or reject its risk case first.")


def _cases(
    state: CaseState | None,
    customer_id: UUID | None,
    since: datetime | None,
    until: datetime | None,
) -> QuerySet[models.Case]:
    narrow = given(
        state=state, customer_id=customer_id, created_at__gte=since, created_at__lt=until
    )
    return models.Case.objects.filter(**narrow)
