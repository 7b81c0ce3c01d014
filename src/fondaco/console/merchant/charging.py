"""Make a charge, and what may follow it: capture, void, refund."""

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, pgettext

from fondaco.console.asking import Refused, customer_of, intake_once, refusal_of
from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.kit.access import Principal, Role
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId, decode, encode
from fondaco.ledger.types import TransferId
from fondaco.money import Money
from fondaco.reports.charges import get_refunded, list_charge_steps
from fondaco.wallets.actions import charges as actions, holds, refunds
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.queries.assets import get_asset
from fondaco.wallets.queries.charges import Taking, get_taking
from fondaco.wallets.types import (
    SUMMARY_MAX,
    TRANSFER,
    WALLET,
    Answered,
    ChargeAsk,
    ChargeState,
    Once,
)

CHARGE: Final = "wallets:charge"
TOKEN_MAX: Final = 64
_DECIMAL: Final = {"inputmode": "decimal"}
_DONE: Final = {
    "captured": gettext_lazy("The money is yours."),
    "voided": gettext_lazy("The hold is released."),
    "refunded": gettext_lazy("The money is on its way back."),
    "charged": gettext_lazy("The charge is done."),
}


class ChargeForm(Asking):
    """Take whom to charge, and how much."""

    wallet = forms.CharField(
        label=gettext_lazy("The customer's wallet token"),
        max_length=TOKEN_MAX,
        help_text=gettext_lazy("Your customer finds it on the page of the wallet."),
    )
    amount = forms.CharField(
        label=gettext_lazy("Amount"), max_length=40, widget=forms.TextInput(attrs=_DECIMAL)
    )
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=16)
    summary = forms.CharField(
        label=gettext_lazy("What it is for"), max_length=SUMMARY_MAX, required=False
    )
    hold = forms.BooleanField(
        label=gettext_lazy("Only hold the amount, and capture it later"), required=False
    )


class CaptureForm(Asking):
    """Take how much of a hold is taken."""

    amount = forms.CharField(
        label=gettext_lazy("Amount to capture"),
        max_length=40,
        widget=forms.TextInput(attrs=_DECIMAL),
        help_text=gettext_lazy("The rest goes back to the customer at once."),
    )


class RefundForm(Asking):
    """Take how much is given back."""

    amount = forms.CharField(
        label=gettext_lazy("Amount to give back"),
        max_length=40,
        widget=forms.TextInput(attrs=_DECIMAL),
    )
    summary = forms.CharField(label=gettext_lazy("Why"), max_length=SUMMARY_MAX, required=False)


@page(Role.COMPANY, right=CHARGE, methods="GET HEAD POST")
def new_charge(request: HttpRequest, visitor: Principal) -> Answer:
    """Charge a wallet, or hold an amount of it."""
    form = ChargeForm(request.POST or None, initial={"currency": default_asset().code})
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent and form.ask(lambda: _charge(visitor, form)) is None:
        return GoTo(f"{reverse('console:merchant-charges')}?done=charged")
    shown = {"title": gettext("New charge"), "form": form}
    return Page("merchant/new_charge.html", shown, 422 if form.is_bound else 200)


@page(Role.COMPANY, right="wallets:read")
def show(request: HttpRequest, visitor: Principal, charge: str) -> Answer:
    """Show one charge with all that followed it, and what can be done now."""
    taking = _taking(visitor, charge)
    done = _DONE.get(request.GET.get("done", ""))
    return _page(visitor, taking, done=done)


@page(Role.COMPANY, right=CHARGE, methods="POST")
def capture(request: HttpRequest, visitor: Principal, charge: str) -> Answer:
    """Take all or a part of what is held."""
    taking = _taking(visitor, charge)
    form = CaptureForm(request.POST, auto_id="capture_%s")
    return _act(visitor, taking, form, "captured", _capture)


@page(Role.COMPANY, right=CHARGE, methods="POST")
def void(request: HttpRequest, visitor: Principal, charge: str) -> Answer:
    """Release what is held."""
    taking = _taking(visitor, charge)
    form = Asking(request.POST, auto_id="void_%s")
    return _act(visitor, taking, form, "voided", _void)


@page(Role.COMPANY, right=CHARGE, methods="POST")
def refund(request: HttpRequest, visitor: Principal, charge: str) -> Answer:
    """Give back all or a part of what was taken."""
    taking = _taking(visitor, charge)
    form = RefundForm(request.POST, auto_id="refund_%s")
    return _act(visitor, taking, form, "refunded", _refund)


Act = Callable[[Principal, Taking, Any], Answered]


def _act(visitor: Principal, taking: Taking, form: Asking, word: str, act: Act) -> Answer:
    if form.is_valid() and form.ask(lambda: refusal_of(act(visitor, taking, form))) is None:
        return GoTo(f"{_url(taking)}?done={word}")
    return _page(visitor, taking, refused=form)


def _charge(visitor: Principal, form: ChargeForm) -> Refused | None:
    given = form.cleaned_data
    asset = get_asset(code=given["currency"].strip().upper())
    ask = ChargeAsk(
        token=given["wallet"].strip(),
        amount=form.amount_in(asset),
        summary=given["summary"],
        capture=not given["hold"],
    )
    body = f"{ask.token} {ask}"  # the ask does not print its token
    return refusal_of(
        actions.charge(
            merchant_id=customer_of(visitor),
            ask=ask,
            once=intake_once(visitor, operation="wallets.charge", key=given["key"], body=body),
            by=visitor.actor,
        )
    )


def _capture(visitor: Principal, taking: Taking, form: Asking) -> Answered:
    amount = form.amount_in(taking.amount.asset)
    return holds.capture(
        charge_id=taking.id,
        merchant_id=taking.merchant_id,
        amount=amount,
        once=_once(visitor, taking, form, "capture", amount),
        by=visitor.actor,
    )


def _void(visitor: Principal, taking: Taking, form: Asking) -> Answered:
    return holds.void(
        charge_id=taking.id,
        merchant_id=taking.merchant_id,
        once=_once(visitor, taking, form, "void", None),
        by=visitor.actor,
    )


def _refund(visitor: Principal, taking: Taking, form: Asking) -> Answered:
    amount = form.amount_in(taking.amount.asset)
    return refunds.refund(
        charge_id=taking.id,
        merchant_id=taking.merchant_id,
        amount=amount,
        summary=form.cleaned_data["summary"],
        once=_once(visitor, taking, form, "refund", amount),
        by=visitor.actor,
    )


def _once(
    visitor: Principal, taking: Taking, form: Asking, operation: str, amount: Money | None
) -> Once:
    key = form.cleaned_data["key"]
    body = f"{taking.id} {amount} {form.cleaned_data.get('summary', '')}"
    return intake_once(visitor, operation=f"wallets.{operation}", key=key, body=body)


def _taking(visitor: Principal, charge: str) -> Taking:
    try:
        charge_id = TransferId(decode(TRANSFER, charge))
    except InvalidId:
        raise NotFound from None
    return get_taking(charge_id=charge_id, merchant_id=customer_of(visitor))


def _url(taking: Taking) -> str:
    return reverse("console:merchant-charge", args=(encode(TRANSFER, taking.id),))


def _page(
    visitor: Principal, taking: Taking, *, refused: Asking | None = None, done: Any = None
) -> Page:
    refunded = get_refunded(taking)
    left = taking.taken - refunded if taking.taken else None
    may = visitor.can(CHARGE)
    is_open = taking.state is ChargeState.AUTHORISED
    forms_: dict[str, Asking] = {}
    if may and is_open:
        forms_["capture"] = CaptureForm(
            initial={"amount": taking.amount.to_text()}, auto_id="capture_%s"
        )
        forms_["void"] = Asking(auto_id="void_%s")
    if may and left is not None and left.is_positive:
        forms_["refund"] = RefundForm(initial={"amount": left.to_text()}, auto_id="refund_%s")
    # A refused form stands in its place with what was written, unless its moment has passed meanwhile.
    for name, form in forms_.items():
        if type(form) is type(refused):
            forms_[name] = refused
    shown = {
        "title": pgettext("what moved", "Charge"),
        "taking": taking,
        "wire_id": encode(TRANSFER, taking.id),
        "payer": encode(WALLET, taking.payer_wallet_id),
        "line": {"state": taking.state, "taken": taking.taken, "refunded": refunded},
        "refunded": refunded,
        "left": left,
        "steps": list_charge_steps(taking),
        "forms": forms_,
        "stray": refused if refused and refused not in forms_.values() else None,
        "done": done,
    }
    return Page("merchant/charge.html", shown, 422 if refused else 200)
