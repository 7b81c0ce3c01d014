"""Filters that an operator keeps under a name, each for its own list and for himself alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.console.models import SavedFilter
from fondaco.kit import clock
from fondaco.kit.errors import DomainError, Kind, NotFound

NAME_MAX: Final = 60
FILTERS_MAX: Final = 40


class TooManyFilters(DomainError):
    """Say that so many filters are kept for one list already."""

    code = "too_many_saved_filters"
    kind = Kind.CONFLICT
    title = "So many filters cannot be kept; remove one first."


@dataclass(frozen=True, slots=True)
class Kept:
    """Show a filter that is kept."""

    id: int
    name: str
    query: str


def list_filters(*, user_id: UUID, listed: str) -> Sequence[Kept]:
    """List what an operator has kept for a list, by name."""
    rows = SavedFilter.objects.filter(user_id=user_id, listed=listed).order_by("name")
    return [Kept(row.id, row.name, row.query) for row in rows]


def keep_filter(*, user_id: UUID, listed: str, name: str, query: str) -> None:
    """Keep a filter under a name; the one that had the name is replaced.

    :raises TooManyFilters: there are ``FILTERS_MAX`` others
    """
    with transaction.atomic():
        mine = SavedFilter.objects.filter(user_id=user_id, listed=listed)
        if mine.exclude(name=name).count() >= FILTERS_MAX:
            raise TooManyFilters
        SavedFilter.objects.update_or_create(
            user_id=user_id,
            listed=listed,
            name=name,
            defaults={"query": query, "created_at": clock.now()},
        )


def forget_filter(*, user_id: UUID, listed: str, number: int) -> None:
    """Forget a filter.

    :raises NotFound: the operator has no such filter for this list
    """
    found, _each = SavedFilter.objects.filter(user_id=user_id, listed=listed, id=number).delete()
    if not found:
        raise NotFound
