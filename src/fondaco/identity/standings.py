"""What a person is to a customer today, for whoever acts in his name without a session of his."""

from dataclasses import dataclass
from uuid import UUID

from fondaco.identity import models
from fondaco.kit.access import Role


@dataclass(frozen=True, slots=True)
class Standing:
    """Say in which role and with which permissions somebody acts for a customer."""

    role: Role
    permissions: frozenset[str]


def find_standing(*, user_id: UUID, customer_id: UUID) -> Standing | None:
    """Give a person's standing with a customer; none where he is no member, or one of them is shut out."""
    member = (
        models.Membership.objects.select_related("customer")
        .filter(
            user_id=user_id,
            customer_id=customer_id,
            user__disabled_at__isnull=True,
            customer__disabled_at__isnull=True,
        )
        .first()
    )
    if member is None:
        return None
    return Standing(role=Role(member.customer.kind), permissions=frozenset(member.permissions))


def is_shut_out(*, user_id: UUID, customer_id: UUID) -> bool:
    """Tell whether the present tenant knows the customer and does not let this person act for him."""
    is_known = models.Customer.objects.filter(id=customer_id).exists()
    return is_known and find_standing(user_id=user_id, customer_id=customer_id) is None
