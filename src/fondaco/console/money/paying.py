"""Money that goes: to another customer, or out of the house."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as tell, gettext_lazy as said

from fondaco.console.asking import Refused, customer_of, refused_as
from fondaco.console.forms import Asking
from fondaco.console.money.fields import (
    CUSTOMERS,
    SUMMARY_MAX,
    amount_field,
    asset_named,
    currency_field,
    open_wallets,
    wallet_choices,
    wallet_in_path,
)
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.kit.access import Principal
from fondaco.orders.types import Order
from fondaco.wallets.actions.cashouts import ask_cash_out
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.actions.movements import refusal_of_order, send_money
from fondaco.wallets.queries.wallets import choose_wallet_id
from fondaco.wallets.types import CashOutAsk, MovementAsk, Recipient

_TO_MAX: Final = 320
_DESTINATION_MAX: Final = 500


class PayForm(Asking):
    """Take how much goes from which wallet to whom."""

    to = forms.CharField(
        label=said("To whom"),
        max_length=_TO_MAX,
        help_text=said(
            "An e-mail, a telephone number with its country's code, or a wallet's token."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    amount = amount_field()
    currency = currency_field()
    wallet = forms.ChoiceField(label=said("From the wallet"))
    comment = forms.CharField(label=said("What for"), max_length=SUMMARY_MAX, required=False)

    def __init__(self, *args: Any, customer_id: UUID, **kwargs: Any) -> None:
        """Offer the customer's open wallets."""
        super().__init__(*args, **kwargs)
        field = self.fields["wallet"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = wallet_choices(open_wallets(customer_id))
        if not self.is_bound:
            self.initial.setdefault("currency", default_asset().code)

    @property
    def has_wallets(self) -> bool:
        """Tell whether there is anything to pay from."""
        field = self.fields["wallet"]
        assert isinstance(field, forms.ChoiceField)
        return bool(field.choices)


class CashOutForm(Asking):
    """Take how much is paid out, and where."""

    amount = amount_field()
    currency = currency_field()
    destination = forms.CharField(
        label=said("Where to"),
        max_length=_DESTINATION_MAX,
        help_text=said("A bank account with its holder, or what you agreed on with us."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    comment = forms.CharField(label=said("What for"), max_length=SUMMARY_MAX, required=False)


@page(*CUSTOMERS, right="wallets:spend", methods="GET HEAD POST")
def pay(request: HttpRequest, visitor: Principal) -> Answer:
    """Send money to another customer; the order's page follows."""
    customer_id = customer_of(visitor)
    named = ("to", "amount", "currency", "wallet")
    first = {name: request.GET[name] for name in named if name in request.GET}
    form = PayForm(request.POST or None, customer_id=customer_id, initial=first)
    if request.method == "POST" and form.is_valid():
        go = form.once(visitor, "wallets.send", lambda: _send(visitor, form))
        if go:
            return GoTo(go)
    shown = {"title": tell("Pay"), "form": form, "has_wallets": form.has_wallets}
    return Page("money/pay.html", shown, 422 if form.is_bound else 200)


@page(*CUSTOMERS, right="wallets:spend", methods="GET HEAD POST")
def cash_out(request: HttpRequest, visitor: Principal, reference: str) -> Answer:
    """Ask to be paid out; the money is held until somebody of the house has decided."""
    wallet = wallet_in_path(reference, customer_id=customer_of(visitor))
    form = CashOutForm(request.POST or None, initial={"currency": default_asset().code})
    if request.method == "POST" and form.is_valid():

        def act() -> Refused | str:
            given = form.cleaned_data
            ask = CashOutAsk(
                wallet_id=wallet.id,
                amount=form.amount_in(asset_named(given["currency"])),
                destination=given["destination"],
                comment=given["comment"],
            )
            order = ask_cash_out(customer_id=wallet.customer_id, ask=ask, by=visitor.actor)
            return _where(order)

        go = form.once(visitor, f"wallets.cash_out.{wallet.id}", act)
        if go:
            return GoTo(go)
    shown = {"title": tell("Cash out"), "form": form, "wallet": wallet}
    return Page("money/cash_out.html", shown, 422 if form.is_bound else 200)


def recipient_named(text: str) -> Recipient:
    """Tell an e-mail, a telephone number and a wallet's token apart."""
    named = text.strip()
    if "@" in named:
        return Recipient(email=named)
    if named.startswith("+") or named.replace(" ", "").isdigit():
        return Recipient(phone=named)
    return Recipient(wallet=named)


def _send(visitor: Principal, form: PayForm) -> Refused | str:
    customer_id, given = customer_of(visitor), form.cleaned_data
    ask = MovementAsk(
        wallet_id=choose_wallet_id(reference=given["wallet"], customer_id=customer_id),
        recipient=recipient_named(given["to"]),
        amount=form.amount_in(asset_named(given["currency"])),
        comment=given["comment"],
    )
    return _where(send_money(customer_id=customer_id, ask=ask, by=visitor.actor), field="to")


def _where(order: Order, *, field: str = "") -> Refused | str:
    """Give the order's page, or what the books refused, beside the field that it is about."""
    refusal = refusal_of_order(order)
    if refusal is None:
        return reverse("console:order", args=(order.wire_id,)) + "?done=placed"
    if refusal.field is None:
        refusal.field = field if refusal.code in {"own_wallet", "unknown_recipient"} else "amount"
    return refused_as(refusal)
