"""Who acts for a customer besides him who registered: members join, change and leave."""

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from fondaco.identity import models, passwords
from fondaco.identity.actions import traces
from fondaco.identity.actions.people import Person, refuse_taken
from fondaco.identity.actions.sessions import end_sessions
from fondaco.identity.errors import LastOwner
from fondaco.identity.events import MemberChanged, MemberJoined, MemberLeft
from fondaco.identity.permissions import IN_CHARGE, permissions_of
from fondaco.identity.rows import show_member
from fondaco.identity.states import CustomerKind, MemberRole, SessionEnd
from fondaco.identity.types import Member, customer_wire, user_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import NotFound


@dataclass(frozen=True, slots=True)
class Post:
    """Say what somebody is, or shall be, to a customer."""

    customer_id: UUID
    role: MemberRole
    permissions: frozenset[str] = frozenset()
    """Counts for finance people and supervisors."""


def join(*, post: Post, person: Person, password: str, by: Actor | None = None) -> Member:
    """Make a user who acts for a customer; his e-mail was proved by the invitation that reached it.

    ``by`` is the new user himself where none is given.

    :raises InvalidField: the post does not fit the customer
    :raises WeakPassword: the password may not be used
    :raises IdentifierTaken: another user has the e-mail
    :raises NotFound: there is no such customer
    """
    passwords.check_rules(password, told=person.told)
    password_hash = passwords.hash_password(password)
    try:
        with transaction.atomic():
            customer = _lock_customer(post.customer_id)
            permissions = _permissions(customer, post)
            user = person.insert(password_hash=password_hash, is_email_verified=True)
            row = models.Membership.objects.create(
                user=user,
                customer=customer,
                role=post.role,
                permissions=sorted(permissions),
                created_at=clock.now(),
            )
            member = show_member(row)
            event = MemberJoined(
                customer=customer_wire(customer.id), user=user_wire(user.id), role=post.role.value
            )
            traces.leave(
                event,
                action="identity.member.join",
                by=by or member.user.actor,
                detail={"user": event.user, "role": event.role, "permissions": sorted(permissions)},
            )
    except IntegrityError as error:
        raise refuse_taken(error) from error
    return member


def change_member(*, user_id: UUID, post: Post, by: Actor) -> Member:
    """Give a member another role and other permissions; his sessions end, so they hold at once.

    :raises InvalidField: the post does not fit the customer
    :raises NotFound: the customer has no such member
    :raises LastOwner: nobody would be left in charge
    """
    with transaction.atomic():
        customer = _lock_customer(post.customer_id)
        row = _find(customer, user_id)
        permissions = _permissions(customer, post)
        if post.role not in IN_CHARGE:
            _keep_somebody_in_charge(customer, user_id)
        before = {"role": row.role, "permissions": row.permissions}
        after = {"role": post.role.value, "permissions": sorted(permissions)}
        if before != after:
            row.role, row.permissions = post.role, sorted(permissions)
            row.save(update_fields=["role", "permissions"])
            _send_out(customer, user_id, by)
            event = MemberChanged(
                customer=customer_wire(customer.id), user=user_wire(user_id), role=post.role.value
            )
            detail = {"user": event.user, "before": before, "after": after}
            traces.leave(event, action="identity.member.change", by=by, detail=detail)
    return show_member(row)


def remove_member(*, customer_id: UUID, user_id: UUID, by: Actor) -> None:
    """Take a member's post away; his sessions end at once.

    :raises NotFound: the customer has no such member
    :raises LastOwner: nobody would be left in charge
    """
    with transaction.atomic():
        customer = _lock_customer(customer_id)
        row = _find(customer, user_id)
        _keep_somebody_in_charge(customer, user_id)
        row.delete()
        _send_out(customer, user_id, by)
        event = MemberLeft(customer=customer_wire(customer.id), user=user_wire(user_id))
        traces.leave(event, action="identity.member.remove", by=by, detail={"user": event.user})


def _lock_customer(customer_id: UUID) -> models.Customer:
    rows = models.Customer.objects.select_for_update(no_key=True)
    customer = rows.filter(id=customer_id, closed_at__isnull=True).first()
    if customer is None:
        raise NotFound("There is no such customer.")
    return customer


def _permissions(customer: models.Customer, post: Post) -> frozenset[str]:
    return permissions_of(kind=CustomerKind(customer.kind), role=post.role, chosen=post.permissions)


def _find(customer: models.Customer, user_id: UUID) -> models.Membership:
    rows = models.Membership.objects.select_related("user")
    row = rows.filter(customer=customer, user_id=user_id).first()
    if row is None:
        raise NotFound("There is no such member.")
    return row


def _keep_somebody_in_charge(customer: models.Customer, user_id: UUID) -> None:
    others = models.Membership.objects.filter(
        customer=customer, role__in=IN_CHARGE, user__disabled_at__isnull=True
    ).exclude(user_id=user_id)
    if not others.exists():
        raise LastOwner


def _send_out(customer: models.Customer, user_id: UUID, by: Actor) -> None:
    chosen = Q(user_id=user_id, customer=customer)
    end_sessions(chosen, reason=SessionEnd.MEMBERSHIP_CHANGED, by=by)
