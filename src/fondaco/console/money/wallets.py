"""Wallets: what they hold and what happened in them; bringing money in, and looking after them."""

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as tell, gettext_lazy as said

from fondaco.console.asking import Refused, customer_of, intake_once, refusal_of
from fondaco.console.forms import Asking
from fondaco.console.money.fields import (
    CUSTOMERS,
    PER_PAGE,
    amount_field,
    asset_named,
    currency_field,
    wallet_in_path,
)
from fondaco.console.money.operations import HistoryForm, Line
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.kit.access import Principal, require
from fondaco.kit.ids import encode
from fondaco.wallets.actions import topups, wallets as actions
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.actions.tokens import rotate_token
from fondaco.wallets.queries.history import list_operations
from fondaco.wallets.queries.wallets import list_wallets
from fondaco.wallets.refusals import TopUpDisabled
from fondaco.wallets.types import WALLET, Funding, Wallet, WalletId

_LABEL_MAX: Final = 80
_SHOWN: Final = 100


class TopUpForm(Asking):
    """Take how much is brought in."""

    amount = amount_field()
    currency = currency_field()


class LabelForm(Asking):
    """Take what a wallet is called."""

    label = forms.CharField(label=said("Name of the wallet"), max_length=_LABEL_MAX, required=False)


@page(*CUSTOMERS, right="wallets:read", methods="GET HEAD POST")
def wallets(request: HttpRequest, visitor: Principal) -> Answer:
    """List one's wallets, with a form to open another."""
    customer_id = customer_of(visitor)
    form = LabelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        go = form.once(
            visitor,
            "wallets.open",
            lambda: _open(visitor, form.cleaned_data["label"]),
        )
        if go:
            return GoTo(go)
    found = list_wallets(customer_id=customer_id, limit=_SHOWN)
    shown = {
        "title": tell("Wallets"),
        "wallets": found.items,
        "form": form,
        "may_manage": visitor.can("wallets:manage"),
        "live": "balances",
    }
    return Page("money/wallets.html", shown, 422 if form.is_bound else 200)


@page(*CUSTOMERS, right="wallets:read", methods="GET HEAD POST")
def wallet(request: HttpRequest, visitor: Principal, reference: str) -> Answer:
    """Show one wallet and its history, with a form to bring money in."""
    customer_id = customer_of(visitor)
    shown = wallet_in_path(reference, customer_id=customer_id)
    form = TopUpForm(request.POST or None, initial={"currency": default_asset().code})
    if request.method == "POST" and form.is_valid():
        require(visitor, "wallets:spend")
        if form.ask(lambda: _top_up(visitor, shown.id, form)) is None:
            return GoTo(f"{request.path}?done=topped-up")
    narrow = HistoryForm(request.GET or None)
    found = list_operations(
        wallet_ids=[shown.id],
        customer_id=customer_id,
        narrow=narrow.to_filter(),
        after=request.GET.get("after"),
        limit=PER_PAGE,
    )
    facts: dict[str, Any] = {
        "title": shown.label or tell("Wallet"),
        "wallet": shown,
        "reference": encode(WALLET, shown.id),
        "here": reverse("console:wallet", args=(encode(WALLET, shown.id),)),
        "operations": [Line.of(one) for one in found.items],
        "narrow": narrow,
        "is_narrowed": any(request.GET.get(name) for name in narrow.fields),
        "older": older_url(request, found.next),
        "newest": request.path if request.GET.get("after") else "",
        "form": form,
        "may_top_up": _may_top_up() and visitor.can("wallets:spend"),
        "may_manage": visitor.can("wallets:manage"),
        "may_spend": visitor.can("wallets:spend"),
        "done": request.GET.get("done"),
        "live": "balances",
    }
    return Page("money/wallet.html", facts, 422 if form.is_bound else 200)


@page(*CUSTOMERS, right="wallets:manage", methods="GET HEAD POST")
def manage(request: HttpRequest, visitor: Principal, reference: str) -> Answer:
    """Rename a wallet, stop it, let it go on, or give it another token."""
    customer_id = customer_of(visitor)
    shown = wallet_in_path(reference, customer_id=customer_id)
    here = reverse("console:wallet-settings", args=(encode(WALLET, shown.id),))
    deed = request.POST.get("deed", "")
    form = LabelForm(request.POST if deed == "rename" else None, initial={"label": shown.label})
    act = Asking(request.POST if deed and deed != "rename" else None)
    sent = form if deed == "rename" else act
    if request.method == "POST" and sent.is_valid() and deed in _DEEDS:

        def work() -> str:
            _DEEDS[deed](shown, visitor, sent)
            return f"{here}?done={deed}"

        go = sent.once(visitor, f"wallets.{deed}.{shown.id}", work)
        if go:
            return GoTo(go)
    facts = {
        "title": tell("Settings of a wallet"),
        "wallet": shown,
        "form": form,
        "act": act,
        "done": request.GET.get("done"),
    }
    return Page("money/wallet_settings.html", facts, 422 if sent.is_bound else 200)


def older_url(request: HttpRequest, after: str | None) -> str:
    """Give the address of the next page of a list, everything else as it is; empty at the end."""
    if not after:
        return ""
    query = request.GET.copy()
    query["after"] = after
    return f"{request.path}?{query.urlencode()}"


def _open(visitor: Principal, label: str) -> str:
    require(visitor, "wallets:manage")
    made = actions.open_wallet(customer_id=customer_of(visitor), label=label, by=visitor.actor)
    return reverse("console:wallet", args=(encode(WALLET, made.id),))


def _top_up(visitor: Principal, wallet_id: WalletId, form: TopUpForm) -> Refused | None:
    customer_id, given = customer_of(visitor), form.cleaned_data
    ask = Funding(wallet_id=wallet_id, amount=form.amount_in(asset_named(given["currency"])))
    once = intake_once(visitor, operation="wallets.top_up", key=given["key"], body=str(ask))
    return refusal_of(topups.top_up(customer_id=customer_id, ask=ask, once=once, by=visitor.actor))


def _may_top_up() -> bool:
    try:
        topups.check_self_service()
    except TopUpDisabled:
        return False
    return True


def _rename(shown: Wallet, visitor: Principal, form: Asking) -> None:
    actions.rename_wallet(
        wallet_id=shown.id,
        customer_id=shown.customer_id,
        label=form.cleaned_data["label"],
        by=visitor.actor,
    )


def _freeze(shown: Wallet, visitor: Principal, _form: Asking) -> None:
    actions.freeze_wallet(wallet_id=shown.id, customer_id=shown.customer_id, by=visitor.actor)


def _unfreeze(shown: Wallet, visitor: Principal, _form: Asking) -> None:
    actions.unfreeze_wallet(wallet_id=shown.id, customer_id=shown.customer_id, by=visitor.actor)


def _rotate(shown: Wallet, visitor: Principal, _form: Asking) -> None:
    rotate_token(wallet_id=shown.id, customer_id=shown.customer_id, by=visitor.actor)


_DEEDS: Final[dict[str, Callable[[Wallet, Principal, Any], None]]] = {
    "rename": _rename,
    "freeze": _freeze,
    "unfreeze": _unfreeze,
    "token": _rotate,
}
