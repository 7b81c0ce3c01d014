"""What an operator may do about an order, by its kind and state: the operations of the API, no more."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from fondaco.console.deeds import Deed, GroundsForm, ReasonForm
from fondaco.exchange.actions import closing, ending
from fondaco.exchange.actions.closing import CLOSE, CloseTerms, Ending
from fondaco.exchange.queries.orders import get_exchange
from fondaco.exchange.types import OrderKindName
from fondaco.kit.access import Principal
from fondaco.operators.rights import Right
from fondaco.orders.states import OrderState
from fondaco.orders.types import Order
from fondaco.policies.actions import risk
from fondaco.policies.queries.risk import list_cases
from fondaco.policies.states import CaseState
from fondaco.policies.types import Case
from fondaco.signing import actions as signing, queries as signed
from fondaco.signing.shapes import person_of
from fondaco.wallets.actions import cashouts
from fondaco.wallets.types import Grounds

EXCHANGING: Final = frozenset(kind.value for kind in OrderKindName)

DONE: Final = {
    "confirm": _("The cash-out is confirmed: its money has left the books of the wallet."),
    "reject": _("The cash-out is rejected: its money is available again."),
    "release": _("The order goes on."),
    "close": _("It is done, or proposed to those who sign it."),
    "release-case": _("The suspicion is lifted: the order goes on."),
    "reject-case": _("The suspicion is confirmed: the order is rejected."),
}
"""What is told after a deed."""


class CloseForm(GroundsForm):
    """Take how a stuck order ends, and why."""

    ending = forms.ChoiceField(
        label=_("How it ends"),
        choices=[
            (Ending.REFUND.value, _("The customer gets the money back")),
            (Ending.DELIVER.value, _("The customer gets what was ordered")),
        ],
    )
    field_order = ("key", "ending", "reason", "evidence")


def seen_kinds(visitor: Principal, known: frozenset[str]) -> frozenset[str]:
    """Give those kinds of order that the visitor's rights let him see."""
    exchanging = known & EXCHANGING if visitor.can(Right.EXCHANGE_READ) else frozenset[str]()
    others = known - EXCHANGING if visitor.can(Right.WALLETS_READ) else frozenset[str]()
    return exchanging | others


def deeds_of(order: Order) -> Iterator[Deed]:
    """Give what an order's state allows."""
    waits = order.state is OrderState.WAITING_FOR_OPERATOR
    case = _waiting_case(order) if waits else None
    if case is not None:
        yield from _suspected(case)
    if waits and order.kind == cashouts.KIND:
        yield from _cash_out(order, is_suspected=case is not None)
    if order.kind in EXCHANGING and order.state not in ending.ENDED:
        yield from _exchange(order, can_release=waits and case is None)


def _waiting_case(order: Order) -> Case | None:
    found = list_cases(
        state=CaseState.WAITING, customer_id=order.customer_id, reference=order.id, limit=1
    )
    return found.items[0] if found.items else None


def _suspected(case: Case) -> Iterator[Deed]:
    def released(given: Mapping[str, Any], visitor: Principal) -> object:
        return risk.release(case_id=case.id, note=given["reason"], by=visitor.actor)

    def rejected(given: Mapping[str, Any], visitor: Principal) -> object:
        return risk.reject(case_id=case.id, note=given["reason"], by=visitor.actor)

    yield Deed(
        name="release-case",
        label=_("It is not suspicious"),
        hint=_("A rule against fraud holds this order. Say why it may go on."),
        right=Right.RISK_DECIDE,
        form=ReasonForm,
        act=released,
        once="policies.release_case",
    )
    yield Deed(
        name="reject-case",
        label=_("It is fraud"),
        hint=_("The order is rejected, and its money is available again."),
        right=Right.RISK_DECIDE,
        form=ReasonForm,
        act=rejected,
        is_danger=True,
        once="policies.reject_case",
    )


def _cash_out(order: Order, *, is_suspected: bool) -> Iterator[Deed]:
    def confirmed(given: Mapping[str, Any], visitor: Principal) -> object:
        return cashouts.confirm_cash_out(
            order_id=order.id, grounds=_grounds(given), by=visitor.actor
        )

    def rejected(given: Mapping[str, Any], visitor: Principal) -> object:
        return cashouts.reject_cash_out(
            order_id=order.id, grounds=_grounds(given), by=visitor.actor
        )

    if not is_suspected:
        yield Deed(
            name="confirm",
            label=_("Confirm that it was paid"),
            hint=_("Pay it outside first. What is held then leaves the wallet for good."),
            right=Right.WALLETS_CASH_OUT,
            form=GroundsForm,
            act=confirmed,
            once="wallets.confirm_cash_out",
        )
    yield Deed(
        name="reject",
        label=_("Reject"),
        hint=_("What is held is available to the customer again."),
        right=Right.WALLETS_CASH_OUT,
        form=GroundsForm,
        act=rejected,
        is_danger=True,
        once="wallets.reject_cash_out",
    )


def _exchange(order: Order, *, can_release: bool) -> Iterator[Deed]:
    shown = get_exchange(order_id=order.id)

    def released(_given: Mapping[str, Any], visitor: Principal) -> object:
        return closing.release_order(order_id=order.id, by=visitor.actor)

    def closed(given: Mapping[str, Any], visitor: Principal) -> object:
        terms = CloseTerms(
            order=order.wire_id,
            ending=Ending(given["ending"]),
            reason=given["reason"],
            evidence=given["evidence"],
        )
        if signed.is_direct(owner=None, action=CLOSE, amount=shown.total):
            return closing.close_order(asked=terms, by=visitor.actor)
        return signing.propose(kind=CLOSE, terms=terms, maker=person_of(visitor))

    if can_release and shown.batch_id is None:
        yield Deed(
            name="release",
            label=_("Let it go on"),
            hint=_("It goes on at the price that its customer was told."),
            right=Right.EXCHANGE_CLOSE,
            act=released,
        )
    if shown.hold_id is not None:
        yield Deed(
            name="close",
            label=_("End it by hand"),
            hint=_("Above the house's amount others sign it first."),
            right=Right.EXCHANGE_CLOSE,
            form=CloseForm,
            act=closed,
            is_danger=True,
        )


def _grounds(given: Mapping[str, Any]) -> Grounds:
    return Grounds(reason=given["reason"], evidence=given["evidence"])
