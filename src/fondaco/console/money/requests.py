"""Requests for money: make one, pay one, refuse one, take one back."""

from collections.abc import Callable
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
    PER_PAGE,
    SUMMARY_MAX,
    amount_field,
    asset_named,
    currency_field,
    id_in_path,
    open_wallets,
    wallet_choices,
)
from fondaco.console.money.paying import recipient_named
from fondaco.console.money.wallets import older_url
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.identity.queries import get_customer
from fondaco.kit.access import Principal
from fondaco.kit.paging import Cursor
from fondaco.wallets.actions import requests as actions
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.actions.movements import refusal_of_order
from fondaco.wallets.queries.requests import get_request, list_requests
from fondaco.wallets.queries.wallets import choose_wallet_id
from fondaco.wallets.states import RequestState
from fondaco.wallets.types import REQUEST, PaymentRequest, RequestAsk, RequestId

_DAY_S: Final = 86_400
_TO_MAX: Final = 320
_LASTS: Final = ((1, said("a day")), (7, said("a week")), (30, said("thirty days")))


class RequestForm(Asking):
    """Take how much is asked of whom."""

    payer = forms.CharField(
        label=said("Of whom"),
        max_length=_TO_MAX,
        help_text=said("An e-mail, or a telephone number with its country's code."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    amount = amount_field()
    currency = currency_field()
    summary = forms.CharField(label=said("What for"), max_length=SUMMARY_MAX, required=False)
    lasts = forms.TypedChoiceField(
        label=said("To be answered within"), choices=_LASTS, coerce=int, initial=7
    )
    wallet = forms.ChoiceField(label=said("Into the wallet"))

    def __init__(self, *args: Any, customer_id: UUID, **kwargs: Any) -> None:
        """Offer the customer's open wallets."""
        super().__init__(*args, **kwargs)
        _offer(self, customer_id)
        if not self.is_bound:
            self.initial.setdefault("currency", default_asset().code)


class AnswerForm(Asking):
    """Take from which wallet a request is paid."""

    wallet = forms.ChoiceField(label=said("From the wallet"), required=False)

    def __init__(self, *args: Any, customer_id: UUID, **kwargs: Any) -> None:
        """Offer the customer's open wallets."""
        super().__init__(*args, **kwargs)
        _offer(self, customer_id)


@page(*CUSTOMERS, right="wallets:read")
def requests(request: HttpRequest, visitor: Principal) -> Answer:
    """List the requests that one shall pay, and those that one has made."""
    customer_id = customer_of(visitor)
    after = request.GET.get("after")
    found = list_requests(
        customer_id=customer_id, after=Cursor.decode(after) if after else None, limit=PER_PAGE
    )
    shown = {
        "title": tell("Requests"),
        "to_pay": [one for one in found.items if _waits(one, customer_id)],
        "others": [one for one in found.items if not _waits(one, customer_id)],
        "customer_id": customer_id,
        "older": older_url(request, found.next),
        "newest": request.path if after else "",
        "may_spend": visitor.can("wallets:spend"),
    }
    return Page("money/requests.html", shown)


@page(*CUSTOMERS, right="wallets:spend", methods="GET HEAD POST")
def ask(request: HttpRequest, visitor: Principal) -> Answer:
    """Ask another customer for money."""
    customer_id = customer_of(visitor)
    form = RequestForm(request.POST or None, customer_id=customer_id)
    if request.method == "POST" and form.is_valid():
        go = form.once(visitor, "wallets.request", lambda: _ask(visitor, form))
        if go:
            return GoTo(go)
    shown = {"title": tell("Ask for money"), "form": form}
    return Page("money/ask.html", shown, 422 if form.is_bound else 200)


@page(*CUSTOMERS, right="wallets:read", methods="GET HEAD POST")
def payment_request(request: HttpRequest, visitor: Principal, reference: str) -> Answer:
    """Show a request, with what one may do about it."""
    customer_id = customer_of(visitor)
    request_id = RequestId(id_in_path(REQUEST, reference))
    shown = get_request(request_id=request_id, customer_id=customer_id)
    deed = request.POST.get("deed", "")
    form = AnswerForm(request.POST or None, customer_id=customer_id)
    if request.method == "POST" and form.is_valid() and deed in _DEEDS and _may(visitor):

        def act() -> Refused | str:
            refused = _DEEDS[deed](request_id, visitor, form.cleaned_data["wallet"])
            return refused or f"{request.path}?done={deed}"

        go = form.once(visitor, f"wallets.request.{deed}.{request_id}", act)
        if go:
            return GoTo(go)
        shown = get_request(request_id=request_id, customer_id=customer_id)
    is_mine = shown.asker_id == customer_id
    facts = {
        "title": tell("Request for money"),
        "asked": shown,
        "asker": get_customer(shown.asker_id).name,
        "is_mine": is_mine,
        "is_open": shown.state is RequestState.ASKED and visitor.can("wallets:spend"),
        "form": form,
        "done": request.GET.get("done"),
        "live": "balances",
    }
    return Page("money/request.html", facts, 422 if form.is_bound else 200)


def _may(visitor: Principal) -> bool:
    return visitor.can("wallets:spend")


def _waits(one: PaymentRequest, customer_id: UUID) -> bool:
    return one.payer_id == customer_id and one.state is RequestState.ASKED


def _offer(form: Asking, customer_id: UUID) -> None:
    field = form.fields["wallet"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = wallet_choices(open_wallets(customer_id))


def _ask(visitor: Principal, form: RequestForm) -> str:
    customer_id, given = customer_of(visitor), form.cleaned_data
    asked = actions.ask_payment(
        customer_id=customer_id,
        ask=RequestAsk(
            wallet_id=choose_wallet_id(reference=given["wallet"], customer_id=customer_id),
            payer=recipient_named(given["payer"]),
            amount=form.amount_in(asset_named(given["currency"])),
            summary=given["summary"],
            valid_for_s=given["lasts"] * _DAY_S,
        ),
        by=visitor.actor,
    )
    return reverse("console:request", args=(asked.wire_id,)) + "?done=asked"


def _accept(request_id: RequestId, visitor: Principal, wallet: str) -> Refused | None:
    customer_id = customer_of(visitor)
    _, order = actions.accept_request(
        request_id=request_id,
        customer_id=customer_id,
        wallet_id=choose_wallet_id(reference=wallet or None, customer_id=customer_id),
        by=visitor.actor,
    )
    refusal = refusal_of_order(order)
    return None if refusal is None else refused_as(refusal)


def _decline(request_id: RequestId, visitor: Principal, _wallet: str) -> None:
    customer_id = customer_of(visitor)
    actions.decline_request(request_id=request_id, customer_id=customer_id, by=visitor.actor)


def _withdraw(request_id: RequestId, visitor: Principal, _wallet: str) -> None:
    customer_id = customer_of(visitor)
    actions.withdraw_request(request_id=request_id, customer_id=customer_id, by=visitor.actor)


_DEEDS: Final[dict[str, Callable[[RequestId, Principal, str], Refused | None]]] = {
    "accept": _accept,
    "decline": _decline,
    "withdraw": _withdraw,
}
