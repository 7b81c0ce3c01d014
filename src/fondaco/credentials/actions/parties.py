"""How corporates and banks come to be: made by an operator, headed by whom he invites."""

from django.db import transaction

from fondaco.credentials.actions.invitations import invite
from fondaco.credentials.types import Invitation
from fondaco.identity import actions as identity
from fondaco.identity.actions.members import Post
from fondaco.identity.states import CustomerKind, MemberRole
from fondaco.kit.access import Actor


def make_party(
    *, kind: CustomerKind, name: str, url: str, administrator_email: str, by: Actor
) -> Invitation:
    """Make a corporate or bank without people, and invite its administrator.

    :raises InvalidField: a value cannot be taken
    """
    with transaction.atomic():
        customer = identity.make_organisation(kind=kind, name=name, url=url, by=by)
        post = Post(customer_id=customer.id, role=MemberRole.ADMINISTRATOR)
        return invite(post=post, email=administrator_email, by=by, user_id=None)
