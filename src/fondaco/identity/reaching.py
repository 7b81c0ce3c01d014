"""Reads of many people at once, for those who write to them."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db.models import Q

from fondaco.identity import models
from fondaco.identity.permissions import IN_CHARGE
from fondaco.identity.rows import show_user
from fondaco.identity.types import User

_LIVING = Q(disabled_at__isnull=True, erased_at__isnull=True)


def get_users(user_ids: Collection[UUID]) -> Mapping[UUID, User]:
    """Give those of the users who may log in, by identifier."""
    rows = models.User.objects.filter(_LIVING, id__in=set(user_ids))
    return {row.id: show_user(row) for row in rows}


def list_heads(customer_ids: Collection[UUID]) -> Mapping[UUID, list[User]]:
    """Give for each customer the people in charge of him who may log in, oldest first."""
    rows = models.Membership.objects.filter(
        customer_id__in=set(customer_ids),
        role__in=IN_CHARGE,
        user__disabled_at__isnull=True,
        user__erased_at__isnull=True,
    )
    found: dict[UUID, list[User]] = {customer_id: [] for customer_id in customer_ids}
    for row in rows.select_related("user").order_by("id"):
        found[row.customer_id].append(show_user(row.user))
    return found


def list_people(
    *,
    kind: str = "",
    level: str = "",
    group_id: UUID | None = None,
    language: str = "",
    after: UUID | None = None,
    limit: int,
) -> list[User]:
    """List people in charge of customers of a sort, by identifier, a part of them at a time."""
    customers = Q(memberships__role__in=IN_CHARGE, memberships__customer__disabled_at__isnull=True)
    if kind:
        customers &= Q(memberships__customer__kind=kind)
    if level:
        customers &= Q(memberships__customer__level=level)
    if group_id is not None:
        customers &= Q(memberships__customer__group_id=group_id)
    chosen = _LIVING & customers & (Q(language=language) if language else Q())
    if after is not None:
        chosen &= Q(id__gt=after)
    return [
        show_user(row)
        for row in models.User.objects.filter(chosen).distinct().order_by("id")[:limit]
    ]
