"""How others come to act for a customer: invited by e-mail, they choose their own password."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.credentials import challenges, letters
from fondaco.credentials.challenges import Question
from fondaco.credentials.errors import LinkRefused
from fondaco.credentials.models import Challenge
from fondaco.credentials.posting import LINK_PREFIX
from fondaco.credentials.states import Purpose
from fondaco.credentials.types import Invitation
from fondaco.identity import actions as identity, queries as people
from fondaco.identity.actions.members import Post
from fondaco.identity.actions.people import Person
from fondaco.identity.identifiers import normalise_email
from fondaco.identity.permissions import permissions_of
from fondaco.identity.states import MemberRole
from fondaco.identity.types import Member, customer_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import NotFound

LIFETIME: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Hold what the invited person chose."""

    token: str
    password: str
    first_name: str
    last_name: str


def invite(*, post: Post, email: str, by: Actor, user_id: UUID | None) -> Invitation:
    """Send a link, good for a week, by which somebody comes to act for a customer.

    The answer is the same whether or not the e-mail belongs to somebody.

    :raises InvalidField: not an e-mail, or the post does not fit the customer
    :raises NotFound: there is no such customer
    """
    address = normalise_email(email)
    customer = people.get_customer(post.customer_id)
    permissions = permissions_of(kind=customer.kind, role=post.role, chosen=post.permissions)
    with transaction.atomic():
        row, asked = challenges.ask(
            Question(
                purpose=Purpose.INVITATION,
                lifetime=LIFETIME,
                user_id=user_id,
                subject=address,
                context={
                    "customer": str(post.customer_id),
                    "role": post.role.value,
                    "permissions": sorted(post.permissions),
                },
            ),
            prefix=LINK_PREFIX,
        )
        letters.send_link(
            address,
            asked.handle,
            page="accept-invitation",
            subject=f"You are invited to act for {customer.name}",
            why=f"{customer.name} invites you to act for it.",
            lifetime=LIFETIME,
        )
        audit.record(
            by=by,
            action="credentials.invitation.send",
            subject=customer_wire(post.customer_id),
            detail={"role": post.role.value, "permissions": sorted(permissions)},
        )
    return _show(row)


def accept(*, acceptance: Acceptance) -> Member:
    """Become a user who acts for the customer that invited; the link proves the e-mail.

    :raises LinkRefused: unknown, used, taken back or past its time
    :raises InvalidField: a name cannot be taken
    :raises WeakPassword: the password may not be used; the link stays good
    :raises IdentifierTaken: the e-mail belongs to a user already
    """
    with transaction.atomic():
        row = challenges.lock(handle=acceptance.token, purpose=Purpose.INVITATION)
        if row is None:
            raise LinkRefused
        spent = challenges.spend(row)
        person = Person.checked(
            email=spent.subject,
            phone=None,
            username=None,
            first_name=acceptance.first_name,
            last_name=acceptance.last_name,
        )
        post = Post(
            customer_id=UUID(spent.context["customer"]),
            role=MemberRole(spent.context["role"]),
            permissions=frozenset(spent.context["permissions"]),
        )
        return identity.join(post=post, person=person, password=acceptance.password)


def take_back(*, invitation_id: UUID, customer_id: UUID, by: Actor) -> None:
    """Make an invitation's link worthless.

    :raises NotFound: the customer has no such open invitation
    """
    with transaction.atomic():
        rows = Challenge.objects.select_for_update(of=("self",)).filter(
            id=invitation_id,
            purpose=Purpose.INVITATION,
            used_at__isnull=True,
            context__customer=str(customer_id),
        )
        row = rows.first()
        if row is None:
            raise NotFound("There is no such invitation.")
        challenges.spend(row)
        audit.record(
            by=by,
            action="credentials.invitation.take_back",
            subject=customer_wire(customer_id),
        )


def list_invitations(*, customer_id: UUID) -> list[Invitation]:
    """List the invitations of a customer that nobody has accepted yet, oldest first."""
    rows = Challenge.objects.filter(
        purpose=Purpose.INVITATION,
        used_at__isnull=True,
        expires_at__gt=clock.now(),
        context__customer=str(customer_id),
    )
    return [_show(row) for row in rows.order_by("id")]


def _show(row: Challenge) -> Invitation:
    return Invitation(
        id=row.id,
        email=row.subject or "",
        role=MemberRole(row.context["role"]),
        permissions=frozenset(row.context["permissions"]),
        expires_at=row.expires_at,
    )
