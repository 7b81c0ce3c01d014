"""The house's own people and their rights; the master admin alone changes them."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk import names
from fondaco.console.desk.acting import Act, Outcome, act_on, listing, shown
from fondaco.console.desk.fields import WhyForm, choices, text
from fondaco.console.desk.proposing import proposed
from fondaco.console.desk.showing import (
    Board,
    Fact,
    Shown,
    Way,
    as_badge,
    code,
    lines,
    read_id,
)
from fondaco.console.forms import Asking
from fondaco.console.lists import Asked, Badge, Choice, Column, OperatorList, held_rows
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant, words
from fondaco.identity import actions as identity
from fondaco.identity.states import StaffRole
from fondaco.identity.types import ALL_RIGHTS, USER_PREFIX, User
from fondaco.kit.access import STAFF, Principal, Role
from fondaco.kit.errors import NotFound
from fondaco.operators import actions, queries
from fondaco.operators.rights import Right
from fondaco.operators.signed import RIGHTS
from fondaco.signing import queries as signing
from fondaco.signing.shapes import person_of

_MANAGE: Final = "operators:manage"

_STANDINGS: Final = {
    "active": (gettext_lazy("active"), "good"),
    "invited": (gettext_lazy("has no password yet"), "warn"),
    "dismissed": (gettext_lazy("dismissed"), "bad"),
}


class RightsForm(Asking):
    """Take role and rights; the rights count for operators only."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=choices(StaffRole))
    rights = forms.MultipleChoiceField(
        label=gettext_lazy("Rights of an operator"),
        required=False,
        choices=[(one.value, one.value) for one in Right],
        help_text=gettext_lazy(
            "A master admin holds all, and an auditor all that only read, whatever is chosen here."
        ),
        widget=forms.CheckboxSelectMultiple,
    )

    @property
    def chosen(self) -> frozenset[Right]:
        """Give the rights."""
        return frozenset(Right(one) for one in self.cleaned_data["rights"])


class AppointForm(RightsForm):
    """Take who is appointed."""

    first_name = text(gettext_lazy("First name"), longest=100)
    last_name = text(gettext_lazy("Last name"), longest=100)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=320)
    field_order = ("first_name", "last_name", "email", "role", "rights")


def _standing(one: User) -> str:
    if one.disabled_at is not None:
        return "dismissed"
    return "active" if one.has_password else "invited"


def _state(one: User) -> Badge:
    return Badge(*_STANDINGS[_standing(one)])


def _count(one: User) -> str:
    return _("all") if ALL_RIGHTS in one.permissions else str(len(one.permissions))


def _read(asked: Asked) -> list[User]:
    return [
        one
        for one in queries.list_operators()
        if asked.get("role") in {None, one.staff_role}
        and asked.get("state") in {None, _standing(one)}
    ]


PEOPLE: Final = OperatorList[User](
    name="people",
    title=gettext_lazy("People and rights"),
    fetch=held_rows(
        _read,
        at=lambda one: one.created_at,
        text=lambda one: f"{names.name_of(one)} {one.email or ''}",
    ),
    columns=(
        Column(
            "name",
            gettext_lazy("Name"),
            names.name_of,
            link=lambda one: reverse("console:desk-somebody", args=(one.wire_id,)),
        ),
        Column("email", gettext_lazy("E-mail"), lambda one: one.email),
        Column("role", gettext_lazy("Role"), lambda one: words(one.staff_role or "")),
        Column("rights", gettext_lazy("Rights"), _count, is_number=True),
        Column("since", gettext_lazy("Since"), lambda one: one.created_at),
        Column("state", gettext_lazy("State"), _state),
    ),
    choices=(
        Choice("role", gettext_lazy("Role"), choices(StaffRole)),
        Choice(
            "state",
            gettext_lazy("State"),
            [(name, label) for name, (label, _tone) in _STANDINGS.items()],
        ),
    ),
    searched=gettext_lazy("Name or e-mail"),
    empty=gettext_lazy("Nobody works here yet."),
)


@page(*STAFF, right=Right.OPERATORS_READ, methods="GET HEAD POST")
def people(request: HttpRequest, visitor: Principal) -> Answer:
    """List the house's own people."""
    ways = []
    if visitor.role is Role.MASTER_ADMIN:
        ways = [Way(reverse("console:desk-appoint"), _("Appoint somebody"), is_plain=False)]
    lead = _("Who works for the house, and what each may do.")
    return listing(request, visitor, PEOPLE, lead=lead, ways=ways)


@page(Role.MASTER_ADMIN, right=_MANAGE, methods="GET HEAD POST")
def appoint(request: HttpRequest, visitor: Principal) -> Answer:
    """Appoint somebody; the token to choose a password with is shown once."""
    back = reverse("console:desk-people")

    def make(form: AppointForm) -> Outcome:
        given = form.cleaned_data
        link_made = actions.appoint(
            role=StaffRole(given["role"]),
            email=given["email"],
            first_name=given["first_name"],
            last_name=given["last_name"],
            rights=form.chosen,
            by=visitor.actor,
        )
        return Outcome(back, secret=link_made.token)

    act = Act(
        name="appoint",
        title=_("Who it is"),
        button=_("Appoint"),
        do=make,
        right=_MANAGE,
        form=AppointForm,
        is_open=True,
    )
    acted = act_on(request, visitor, [act])
    if acted.answer is not None:
        return acted.answer
    board = Board(title=_("Appoint somebody"), back=Way(back, _("People and rights")))
    return shown(request, board, acted)


@page(*STAFF, right=Right.OPERATORS_READ, methods="GET HEAD POST")
def somebody(request: HttpRequest, visitor: Principal, wire: str) -> Answer:
    """Show one of the house's people; a master admin changes the rights or dismisses."""
    wanted = read_id(USER_PREFIX, wire)
    found = next((one for one in queries.list_operators() if one.id == wanted), None)
    if found is None:
        raise NotFound
    acts = _acts(request, visitor, found) if visitor.role is Role.MASTER_ADMIN else []
    acted = act_on(request, visitor, acts)
    if acted.answer is not None:
        return acted.answer
    facts = [
        Fact(_("State"), as_badge(_state(found))),
        Fact(_("E-mail"), found.email or "—"),
        Fact(_("Role"), words(found.staff_role or "")),
        Fact(_("Rights"), _rights(found)),
        Fact(_("Second factor"), _yes(found.second_factor_at)),
        Fact(_("Since"), instant(found.created_at)),
        Fact(_("Identifier"), code(found.wire_id)),
    ]
    back = Way(reverse("console:desk-people"), _("People and rights"))
    board = Board(title=names.name_of(found), back=back, facts=facts)
    return shown(request, board, acted)


def _acts(request: HttpRequest, visitor: Principal, found: User) -> list[Act]:
    if found.disabled_at is not None:
        return []
    is_direct = signing.is_direct(owner=None, action=RIGHTS, amount=None)

    def change(form: RightsForm) -> Outcome:
        role = StaffRole(form.cleaned_data["role"])
        if is_direct:
            actions.change_rights(user_id=found.id, role=role, rights=form.chosen, by=visitor.actor)
            return Outcome(request.path, "rights")
        made = actions.propose_rights(
            user_id=found.id, role=role, rights=form.chosen, maker=person_of(visitor)
        )
        return proposed(made, back=request.path)

    def renew(_form: Asking) -> Outcome:
        made = actions.renew_set_up_link(user_id=found.id, by=visitor.actor)
        return Outcome(request.path, secret=made.token)

    def dismiss(form: WhyForm) -> Outcome:
        reason = form.cleaned_data["reason"]
        identity.dismiss_operator(user_id=found.id, reason=reason, by=visitor.actor)
        return Outcome(request.path, "dismissed")

    held = [one.value for one in Right if one.value in found.permissions]
    return [
        Act(
            name="change",
            title=_("Another role, other rights"),
            button=_("Change them") if is_direct else _("Propose"),
            lead=_("All sessions of this person end, so that it holds at once.")
            if is_direct
            else _("The house wants signatures for this."),
            do=change,
            right=_MANAGE,
            form=RightsForm,
            initial={"role": found.staff_role, "rights": held},
        ),
        Act(
            name="renew",
            title=_("A new password"),
            button=_("Make a token"),
            lead=_("It is shown once, and used once, to choose a password with."),
            do=renew,
            right=_MANAGE,
        ),
        Act(
            name="dismiss",
            title=_("Dismiss"),
            button=_("Shut out"),
            lead=_("All sessions end at once. This cannot be taken back."),
            do=dismiss,
            right=_MANAGE,
            form=WhyForm,
            tone="danger",
        ),
    ]


def _rights(one: User) -> Shown:
    if ALL_RIGHTS in one.permissions:
        return _("all")
    return lines(sorted(one.permissions)) if one.permissions else _("none")


def _yes(at: Any) -> Shown:
    return instant(at) if at else _("none")
