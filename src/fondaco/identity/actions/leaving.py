"""How a customer leaves for good, and how what is known of a person is destroyed."""

from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from fondaco.identity import models, passwords, personal
from fondaco.identity.actions import traces
from fondaco.identity.actions.people import lock_user
from fondaco.identity.actions.sessions import end_sessions
from fondaco.identity.errors import LastOwner
from fondaco.identity.events import CustomerClosed, PersonErased
from fondaco.identity.permissions import IN_CHARGE
from fondaco.identity.rows import show_customer
from fondaco.identity.states import CustomerKind, SessionEnd
from fondaco.identity.types import Customer, customer_wire, user_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import NotFound

_ERASED: Final = "Erased"


def close_customer(*, customer_id: UUID, by: Actor) -> Customer:
    """End a customer for good: nobody acts for him any more. Again changes nothing.

    Whoever calls has made sure that no money is left; the books stay.

    :raises NotFound: there is none
    """
    with transaction.atomic():
        rows = models.Customer.objects.select_for_update(no_key=True)
        customer = rows.filter(id=customer_id).first()
        if customer is None:
            raise NotFound("There is no such customer.")
        if customer.closed_at is None:
            customer.closed_at = clock.now()
            customer.disabled_at = customer.disabled_at or customer.closed_at
            customer.save(update_fields=["closed_at", "disabled_at"])
            end_sessions(Q(customer=customer), reason=SessionEnd.CLOSED, by=by)
            event = CustomerClosed(customer=customer_wire(customer_id))
            traces.leave(event, action="identity.customer.close", by=by)
    return show_customer(customer)


def erase_person(*, user_id: UUID, by: Actor) -> None:
    """Destroy what is known of a person: his key, his identifiers, names and devices.

    Events, audit and books hold references only and stay. Customers for whom he alone acts must be closed.

    :raises LastOwner: a customer that is not closed would be left without anybody in charge
    :raises NotFound: there is no such user
    """
    with transaction.atomic():
        _lock_customers(user_id)
        user = lock_user(user_id)
        _check_nobody_is_left_alone(user)
        end_sessions(Q(user=user), reason=SessionEnd.CLOSED, by=by)
        personal.destroy(user_id)
        _blank(user)
        event = PersonErased(user=user_wire(user_id))
        traces.leave(event, action="identity.person.erase", by=by)


def _lock_customers(user_id: UUID) -> None:
    chosen = models.Customer.objects.filter(memberships__user_id=user_id).values_list("id")
    locked = models.Customer.objects.select_for_update(no_key=True).filter(id__in=chosen)
    list(locked.order_by("id").values_list("id"))


def _check_nobody_is_left_alone(user: models.User) -> None:
    mine = models.Membership.objects.filter(
        user=user, role__in=IN_CHARGE, customer__closed_at__isnull=True
    )
    for member in mine:
        others = models.Membership.objects.filter(
            customer_id=member.customer_id, role__in=IN_CHARGE, user__disabled_at__isnull=True
        ).exclude(user=user)
        if not others.exists():
            raise LastOwner("Close the customer first, or appoint another in charge.")


def _blank(user: models.User) -> None:
    now = clock.now()
    models.User.objects.filter(id=user.id).update(
        email=None,
        email_verified_at=None,
        phone=None,
        phone_verified_at=None,
        username=None,
        telegram_id=None,
        first_name="",
        last_name="",
        password=passwords.UNUSABLE,
        second_factor_at=None,
        language="en",
        time_zone="UTC",
        currency="",
        notifications={},
        disabled_at=user.disabled_at or now,
        erased_at=now,
    )
    models.Session.objects.filter(user=user).update(address="", agent="")
    # A client goes by the person's name.
    clients = Q(kind=CustomerKind.CLIENT, memberships__user=user)
    models.Customer.objects.filter(clients).update(name=_ERASED)
