"""What an operator may do about a customer: shut out and let in, level, group, a lost second factor."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as _

from fondaco.console import viewing
from fondaco.console.deeds import Deed, ReasonForm
from fondaco.console.forms import Asking
from fondaco.console.templatetags.console import words
from fondaco.credentials.actions import resets
from fondaco.credentials.types import FactorReset
from fondaco.identity import actions
from fondaco.identity.states import LEVEL_LIFE, Level
from fondaco.identity.types import Customer, Group, Member, User
from fondaco.kit.access import Principal
from fondaco.operators.rights import Right

DONE: Final = {
    "disable": _("The customer is shut out; the money stays."),
    "enable": _("The customer may come in again."),
    "level": _("The level is changed."),
    "group": _("The group is changed."),
    "reset": _("It is proposed; another operator approves it, and the person is told."),
    "approve": _("It is approved, and takes effect in a day unless the person logs in."),
    "cancel": _("The reset is taken back."),
}
"""What is told after a deed; the part before a dash counts."""


class LevelForm(ReasonForm):
    """Take the new level, and why."""

    level = forms.ChoiceField(label=_("New level"))
    field_order = ("key", "level", "reason")


class GroupForm(Asking):
    """Take the group; empty: none."""

    group = forms.ChoiceField(label=_("Group"), required=False)


def deeds_of(
    customer: Customer,
    members: Sequence[Member],
    groups: Sequence[Group],
    open_resets: Sequence[FactorReset],
) -> Iterator[Deed]:
    """Give what the customer's standing allows."""
    if customer.closed_at is not None:
        return
    yield _view(customer)
    yield _level(customer)
    yield _group(customer, groups)
    under_way = {reset.user_id: reset for reset in open_resets}
    for member in members:
        reset = under_way.get(member.user.id)
        if reset is not None:
            yield from _under_way(member.user, reset)
        elif member.user.second_factor_at is not None:
            yield _propose(member.user)
    yield _standing(customer)


def _view(customer: Customer) -> Deed:
    def begun(given: Mapping[str, Any], visitor: Principal) -> None:
        viewing.begin(visitor=visitor, customer_id=customer.id, reason=given["reason"])

    return Deed(
        name="view",
        label=_("See pages as this customer"),
        hint=_("For a quarter of an hour, reading only. Each page is written into the audit."),
        right=Right.WALLETS_READ,
        form=ReasonForm,
        act=begun,
        leads_to=reverse("console:home"),
    )


def _standing(customer: Customer) -> Deed:
    def disabled(given: Mapping[str, Any], visitor: Principal) -> object:
        return actions.disable_customer(
            customer_id=customer.id, reason=given["reason"], by=visitor.actor
        )

    def enabled(given: Mapping[str, Any], visitor: Principal) -> object:
        return actions.enable_customer(
            customer_id=customer.id, reason=given["reason"], by=visitor.actor
        )

    is_out = customer.disabled_at is not None
    return Deed(
        name="enable" if is_out else "disable",
        label=_("Let in again") if is_out else _("Shut out"),
        hint="" if is_out else _("All sessions end at once. The money stays."),
        right=Right.CUSTOMERS_DISABLE,
        form=ReasonForm,
        act=enabled if is_out else disabled,
        is_danger=not is_out,
    )


def _level(customer: Customer) -> Deed:
    def changed(given: Mapping[str, Any], visitor: Principal) -> object:
        return actions.change_level(
            customer_id=customer.id,
            to=Level(given["level"]),
            reason=given["reason"],
            by=visitor.actor,
        )

    return Deed(
        name="level",
        label=_("Change the level"),
        right=Right.CUSTOMERS_LEVEL,
        form=LevelForm,
        choices={
            "level": [
                (one.value, gettext(words(one.value)))
                for one in Level
                if LEVEL_LIFE.allows(customer.level, one)
            ]
        },
        act=changed,
    )


def _group(customer: Customer, groups: Sequence[Group]) -> Deed:
    def changed(given: Mapping[str, Any], visitor: Principal) -> object:
        chosen = UUID(given["group"]) if given["group"] else None
        return actions.put_into_group(customer_id=customer.id, group_id=chosen, by=visitor.actor)

    choices = [("", gettext("none")), *((str(group.id), group.name) for group in groups)]
    return Deed(
        name="group",
        label=_("Change the group"),
        hint=_("The group's rules apply from now on."),
        right=Right.CUSTOMERS_GROUP,
        form=GroupForm,
        choices={"group": choices},
        act=changed,
        initial={"group": str(customer.group_id or "")},
    )


def _propose(user: User) -> Deed:
    def proposed(given: Mapping[str, Any], visitor: Principal) -> object:
        return resets.propose(
            user_id=user.id,
            reason=given["reason"],
            operator_id=visitor.user_id,
            by=visitor.actor,
        )

    return Deed(
        name=f"reset-{user.wire_id}",
        label=gettext("Reset the second factor of %s") % (user.first_name or user.wire_id),
        hint=_("For somebody who lost it. Another operator approves; the person is told."),
        right=Right.CUSTOMERS_FACTOR,
        form=ReasonForm,
        act=proposed,
        is_danger=True,
    )


def _under_way(user: User, reset: FactorReset) -> Iterator[Deed]:
    def approved(_given: Mapping[str, Any], visitor: Principal) -> object:
        return resets.approve(reset_id=reset.id, operator_id=visitor.user_id, by=visitor.actor)

    def cancelled(_given: Mapping[str, Any], visitor: Principal) -> object:
        return resets.cancel(reset_id=reset.id, by=visitor.actor)

    named = {"name": user.first_name or user.wire_id, "reason": reset.reason}
    if reset.approved_by is None:
        yield Deed(
            name=f"approve-{user.wire_id}",
            label=gettext("Approve the reset for %(name)s") % named,
            hint=gettext("Proposed for: %(reason)s") % named,
            right=Right.CUSTOMERS_FACTOR,
            act=approved,
            is_danger=True,
        )
    yield Deed(
        name=f"cancel-{user.wire_id}",
        label=gettext("Take the reset for %(name)s back") % named,
        right=Right.CUSTOMERS_FACTOR,
        act=cancelled,
    )
