"""Who acts for one's organisation: members with their roles and rights, and invitations."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy as said

from fondaco.console.asking import customer_of
from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.console.self.browsing import did
from fondaco.console.self.once import SentBefore, act_once
from fondaco.console.self.security import CUSTOMERS, check_proved, check_proved_to_post
from fondaco.credentials.actions import invitations
from fondaco.credentials.types import INVITATION_PREFIX
from fondaco.identity import actions, queries
from fondaco.identity.actions.members import Post
from fondaco.identity.states import CustomerKind, MemberRole
from fondaco.identity.types import ALL_RIGHTS, USER_PREFIX, Member
from fondaco.kit.access import Principal
from fondaco.kit.django.api import attempts
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId, decode, encode

ROLES: Final[dict[MemberRole, Promise]] = {
    MemberRole.OWNER: said("Owner: may do everything"),
    MemberRole.FINANCE: said("Finance: moves money by the rights below"),
    MemberRole.VIEWER: said("Viewer: sees everything, changes nothing"),
    MemberRole.ADMINISTRATOR: said("Administrator: heads the party"),
    MemberRole.SUPERVISOR: said("Supervisor: acts by the rights below"),
}
_COMPANY: Final = (MemberRole.VIEWER, MemberRole.FINANCE, MemberRole.OWNER)
_PARTY: Final = (MemberRole.SUPERVISOR, MemberRole.ADMINISTRATOR)
_RIGHTS: Final = (
    ("wallets:spend", said("Send money, top up and cash out")),
    ("wallets:charge", said("Charge wallets; capture, void and refund")),
    ("wallets:manage", said("Open, name, freeze and close wallets")),
)
_MAY_HOLD: Final = frozenset({MemberRole.FINANCE, MemberRole.SUPERVISOR})


class PostForm(Asking):
    """Take what somebody shall be to the organisation."""

    role = forms.ChoiceField(label=said("Role"), widget=forms.RadioSelect)
    rights = forms.MultipleChoiceField(
        label=said("Rights"),
        choices=_RIGHTS,
        required=False,
        help_text=said("They count for finance people and supervisors only."),
        widget=forms.CheckboxSelectMultiple,
    )

    def offer(self, kind: CustomerKind) -> None:
        """Offer the roles that there are in an organisation of this kind."""
        roles = _COMPANY if kind is CustomerKind.COMPANY else _PARTY
        choices = [(role.value, ROLES[role]) for role in roles]
        self.fields["role"].choices = choices  # type: ignore[attr-defined] # it is a ChoiceField

    def to_post(self, customer_id: UUID) -> Post:
        """Give the post."""
        role = MemberRole(self.cleaned_data["role"])
        rights = self.cleaned_data["rights"] if role in _MAY_HOLD else ()
        return Post(customer_id, role, frozenset(rights))


class InviteForm(PostForm):
    """Take also whom to invite."""

    email = forms.CharField(
        label=said("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    field_order = ("email", "role", "rights")


@page(*CUSTOMERS, right=ALL_RIGHTS, methods="GET HEAD POST")
def members(request: HttpRequest, visitor: Principal) -> Answer:
    """List members and invitations, and invite somebody."""
    customer_id = customer_of(visitor)
    proved = check_proved_to_post(request, visitor)
    customer = queries.get_customer(customer_id)
    form = InviteForm(request.POST or None, initial={"role": "viewer"})
    form.offer(CustomerKind(customer.kind))
    if request.method == "POST" and form.is_valid():
        try:
            if form.ask(lambda: _invite(request, visitor, form)) is None:
                return GoTo(f"{request.path}?done=invited")
        except SentBefore:
            return GoTo(f"{request.path}?done=invited")
    shown: dict[str, Any] = {
        "title": gettext("Members"),
        "form": form,
        "is_proved": proved,
        "members": _shown(customer_id),
        "roles": ROLES,
        "me": visitor.user_id,
        "invitations": [
            (encode(INVITATION_PREFIX, one.id), one, ROLES[one.role])
            for one in invitations.list_invitations(customer_id=customer_id)
        ],
        "done": request.GET.get("done"),
    }
    return Page("self/members.html", shown, 422 if form.is_bound else 200)


@page(*CUSTOMERS, right=ALL_RIGHTS, methods="GET HEAD POST")
def change_member(request: HttpRequest, visitor: Principal, member: str) -> Answer:
    """Give a member another role and other rights; his sessions end."""
    check_proved(visitor)
    customer_id, user_id = customer_of(visitor), _id(USER_PREFIX, member)
    found = _member(customer_id, user_id)
    initial = {"role": found.role.value, "rights": sorted(found.permissions)}
    form = PostForm(request.POST or None, initial=initial)
    form.offer(CustomerKind(queries.get_customer(customer_id).kind))

    def act() -> None:
        post = form.to_post(customer_id)
        actions.change_member(user_id=user_id, post=post, by=visitor.actor)

    if did(request, form, act):
        return GoTo(f"{reverse('console:members')}?done=changed")
    shown = {"title": gettext("Change a member"), "form": form, "member": found}
    return Page("self/member.html", shown, 422 if form.is_bound else 200)


@page(*CUSTOMERS, right=ALL_RIGHTS, methods="POST")
def remove_member(request: HttpRequest, visitor: Principal, member: str) -> Answer:
    """Take a member's post away."""
    del request
    check_proved(visitor)
    actions.remove_member(
        customer_id=customer_of(visitor), user_id=_id(USER_PREFIX, member), by=visitor.actor
    )
    return GoTo(f"{reverse('console:members')}?done=removed")


@page(*CUSTOMERS, right=ALL_RIGHTS, methods="POST")
def take_back(request: HttpRequest, visitor: Principal, invitation: str) -> Answer:
    """Make an invitation's link worthless."""
    del request
    invitations.take_back(
        invitation_id=_id(INVITATION_PREFIX, invitation),
        customer_id=customer_of(visitor),
        by=visitor.actor,
    )
    return GoTo(f"{reverse('console:members')}?done=taken-back")


def _invite(request: HttpRequest, visitor: Principal, form: InviteForm) -> None:
    attempts.count(request, "invite", str(visitor.user_id))
    act_once(
        visitor,
        operation="members.invite",
        key=form.cleaned_data["key"],
        act=lambda: invitations.invite(
            post=form.to_post(customer_of(visitor)),
            email=form.cleaned_data["email"].strip(),
            by=visitor.actor,
            user_id=visitor.user_id,
        ),
    )


def _shown(customer_id: UUID) -> list[tuple[Member, Promise]]:
    return [(one, ROLES[one.role]) for one in queries.list_memberships(customer_id=customer_id)]


def _member(customer_id: UUID, user_id: UUID) -> Member:
    for one in queries.list_memberships(customer_id=customer_id):
        if one.user.id == user_id:
            return one
    raise NotFound


def _id(prefix: str, text: str) -> UUID:
    try:
        return decode(prefix, text)
    except InvalidId:
        raise NotFound from None
