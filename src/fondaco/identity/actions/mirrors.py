"""A merchant's shadow in the sandbox beside his tenant: the same identifiers, other data.

Nobody logs in as the shadow. It exists so that the merchant's test keys have somebody to act for.
"""

from uuid import UUID

from django.db import transaction

from fondaco.identity import models, passwords
from fondaco.identity.actions import traces
from fondaco.identity.events import CustomerRegistered
from fondaco.identity.states import CustomerKind, MemberRole
from fondaco.identity.types import ALL_RIGHTS, Customer, customer_wire, user_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor

_PARTIES = frozenset({CustomerKind.CORPORATE, CustomerKind.BANK})


def mirror_customer(*, customer: Customer, user_id: UUID, by: Actor) -> None:
    """Make the shadow of a customer and of one of his people in the present tenant; again changes nothing."""
    now = clock.now()
    with transaction.atomic():
        shadow, is_new = models.Customer.objects.get_or_create(
            id=customer.id,
            defaults={
                "kind": customer.kind,
                "name": customer.name,
                "url": customer.url,
                "level": customer.level,
                "created_at": now,
            },
        )
        user, _ = models.User.objects.get_or_create(
            id=user_id,
            defaults={
                "username": f"shadow-{user_id.hex[-24:]}",
                "password": passwords.UNUSABLE,
                "created_at": now,
            },
        )
        is_party = shadow.kind in _PARTIES
        models.Membership.objects.get_or_create(
            user=user,
            customer=shadow,
            defaults={
                "role": MemberRole.ADMINISTRATOR if is_party else MemberRole.OWNER,
                "permissions": [ALL_RIGHTS],
                "created_at": now,
            },
        )
        if is_new:
            traces.leave(
                CustomerRegistered(
                    customer=customer_wire(shadow.id),
                    user=user_wire(user.id),
                    kind=customer.kind.value,
                ),
                action="identity.customer.mirror",
                by=by,
                detail={"user": user_wire(user.id)},
            )
