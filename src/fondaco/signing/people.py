"""Who may sign for an owner today: read anew at each signature, since rights may have changed."""

from collections.abc import Mapping
from uuid import UUID

from fondaco.identity import queries as identity
from fondaco.identity.states import StaffRole
from fondaco.identity.types import ALL_RIGHTS
from fondaco.signing.types import Owner

Permissions = Mapping[UUID, frozenset[str]]


def people_of(owner: Owner) -> Permissions:
    """Give an owner's people with their permissions; auditors and people who are shut out sign nothing.

    The house's people are nobody else's: an administrator of the platform cannot sign for a party.
    """
    if owner is None:
        return {
            user.id: user.permissions
            for user in identity.list_staff()
            if user.disabled_at is None and user.staff_role is not StaffRole.AUDITOR
        }
    if identity.get_customer(owner).disabled_at is not None:
        return {}
    return {
        member.user.id: member.permissions
        for member in identity.list_memberships(customer_id=owner)
        if member.user.disabled_at is None
    }


def holders(permissions: Permissions, group: str) -> frozenset[UUID]:
    """Give those who hold a group."""
    return frozenset(
        user_id for user_id, held in permissions.items() if group in held or ALL_RIGHTS in held
    )
