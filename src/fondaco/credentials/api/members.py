"""Invitations: ``/me/invitations`` for who heads a customer, ``/auth/invitations`` for who is invited.

``/operator/parties`` makes corporates and banks, whose administrators are invited, too.
"""

from django.http import HttpRequest

from fondaco.credentials.actions import invitations as actions, parties
from fondaco.credentials.actions.invitations import Acceptance
from fondaco.credentials.api.asking import proved
from fondaco.credentials.api.shapes import (
    AcceptInvitationIn,
    InvitationIn,
    InvitationOut,
    InvitationsOut,
    InvitationWireId,
    PartyIn,
)
from fondaco.credentials.errors import LinkRefused
from fondaco.identity.actions.members import Post
from fondaco.identity.errors import IdentifierTaken, StepUpRequired
from fondaco.identity.passwords import WeakPassword
from fondaco.identity.states import CustomerKind
from fondaco.kit.access import Role, require, require_customer
from fondaco.kit.django.api import attempts
from fondaco.kit.django.api.auth import people, principal, staff
from fondaco.kit.django.api.router import Router

router = Router(auth=people, tags=["me"])
accepting = Router(tags=["auth"])
inviting = Router(auth=staff, tags=["customers"])

_MANAGE = "members:manage"
_INVITE = "customers:invite"


@router.get("/invitations")
def list_invitations(request: HttpRequest) -> InvitationsOut:
    """List the invitations that nobody accepted yet."""
    customer_id = require_customer(require(principal(request), _MANAGE))
    found = actions.list_invitations(customer_id=customer_id)
    return InvitationsOut(items=[InvitationOut.of(one) for one in found])


@router.post("/invitations", status=201, errors=(StepUpRequired,))
def invite(request: HttpRequest, body: InvitationIn) -> InvitationOut:
    """Invite somebody by e-mail to act for one's customer; the link is good for a week."""
    who = require(proved(request), _MANAGE)
    attempts.count(request, "invite", str(who.user_id))
    post = Post(require_customer(who), body.role, frozenset(body.permissions))
    made = actions.invite(post=post, email=body.email, by=who.actor, user_id=who.user_id)
    return InvitationOut.of(made)


@router.delete("/invitations/{invitation_id}")
def take_back_invitation(request: HttpRequest, invitation_id: InvitationWireId) -> None:
    """Make an invitation's link worthless."""
    who = require(principal(request), _MANAGE)
    actions.take_back(invitation_id=invitation_id, customer_id=require_customer(who), by=who.actor)


@accepting.post(
    "/invitations/accept",
    auth=None,
    status=204,
    errors=(LinkRefused, IdentifierTaken, WeakPassword),
)
def accept_invitation(request: HttpRequest, body: AcceptInvitationIn) -> None:
    """Accept an invitation by the letter's token, and choose one's password."""
    attempts.count(request, "accept-invitation", body.token)
    actions.accept(
        acceptance=Acceptance(
            token=body.token,
            password=body.password,
            first_name=body.first_name,
            last_name=body.last_name,
        )
    )


@inviting.post("", status=201)
def make_party(request: HttpRequest, body: PartyIn) -> InvitationOut:
    """Make a corporate or bank, and invite who shall head it."""
    who = require(principal(request), _INVITE, Role.OPERATOR, Role.MASTER_ADMIN)
    made = parties.make_party(
        kind=CustomerKind(body.kind),
        name=body.name,
        url=body.url,
        administrator_email=body.administrator_email,
        by=who.actor,
    )
    return InvitationOut.of(made)
