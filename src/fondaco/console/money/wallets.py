"""A customer's money: home, wallets, what happened in them, and bringing some in."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse

from fondaco.console.asking import Refused, customer_of, intake_once, refusal_of
from fondaco.console.forms import Asking
from fondaco.console.operator.home import show_home
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.kit.access import STAFF, Principal, Role
from fondaco.kit.ids import encode
from fondaco.ledger.queries import get_asset
from fondaco.wallets.actions import topups
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.queries.history import list_operations
from fondaco.wallets.queries.wallets import get_wallet_by_reference, list_balances, list_wallets
from fondaco.wallets.refusals import TopUpDisabled
from fondaco.wallets.types import WALLET, Funding, OperationFilter, WalletId

RECENT: Final = 8
PER_PAGE: Final = 25
_CUSTOMERS: Final = tuple(role for role in Role if role not in STAFF)


class HistoryForm(forms.Form):
    """Narrow what is shown of a history."""

    text = forms.CharField(label="Text", max_length=140, required=False)
    currency = forms.CharField(label="Currency", max_length=16, required=False)

    def to_filter(self) -> OperationFilter:
        """Give the filter; what is wrong narrows nothing."""
        given = self.cleaned_data if self.is_valid() else {}
        return OperationFilter(
            text=given.get("text") or None, currency=(given.get("currency") or "").upper() or None
        )


class TopUpForm(Asking):
    """Take how much is brought in."""

    amount = forms.CharField(
        label="Amount", max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    currency = forms.CharField(label="Currency", max_length=16)


@page()
def home(request: HttpRequest, visitor: Principal) -> Answer:
    """Show what one has and what happened last."""
    if visitor.role in STAFF:
        return show_home(request, visitor)
    customer_id = customer_of(visitor)
    recent = list_operations(customer_id=customer_id, limit=RECENT)
    return Page(
        "money/home.html",
        {
            "title": "Home",
            "balances": list_balances(customer_id=customer_id),
            "operations": recent.items,
        },
    )


@page(*_CUSTOMERS, right="wallets:read")
def wallets(_request: HttpRequest, visitor: Principal) -> Answer:
    """List one's wallets."""
    found = list_wallets(customer_id=customer_of(visitor), limit=PER_PAGE)
    return Page("money/wallets.html", {"title": "Wallets", "wallets": found.items})


@page(*_CUSTOMERS, right="wallets:read", methods="GET HEAD POST")
def wallet(request: HttpRequest, visitor: Principal, reference: str) -> Answer:
    """Show one wallet, with a form to bring money in."""
    customer_id = customer_of(visitor)
    shown = get_wallet_by_reference(reference=reference, customer_id=customer_id)
    form = TopUpForm(request.POST or None, initial={"currency": default_asset().code})
    if request.method == "POST" and form.is_valid():
        refusal = form.ask(lambda: _top_up(visitor, shown.id, form))
        if refusal is None:
            return GoTo(f"{request.path}?done=topped-up")
    operations = list_operations(wallet_ids=[shown.id], customer_id=customer_id, limit=RECENT)
    facts: dict[str, Any] = {
        "title": shown.label or "Wallet",
        "wallet": shown,
        "reference": encode(WALLET, shown.id),
        "operations": operations.items,
        "form": form,
        "may_top_up": _may_top_up(),
        "done": request.GET.get("done"),
    }
    return Page("money/wallet.html", facts, 422 if form.is_bound else 200)


@page(*_CUSTOMERS, right="wallets:read")
def activity(request: HttpRequest, visitor: Principal) -> Answer:
    """List what happened in all of one's wallets, a page at a time."""
    form = HistoryForm(request.GET or None)
    found = list_operations(
        customer_id=customer_of(visitor),
        narrow=form.to_filter(),
        after=request.GET.get("after"),
        limit=PER_PAGE,
    )
    older = ""
    if found.next:
        query = request.GET.copy()
        query["after"] = str(found.next)
        older = f"{reverse('console:activity')}?{query.urlencode()}"
    shown = {"title": "Activity", "form": form, "operations": found.items, "older": older}
    return Page("money/activity.html", shown)


def _top_up(visitor: Principal, wallet_id: WalletId, form: TopUpForm) -> Refused | None:
    customer_id, given = customer_of(visitor), form.cleaned_data
    asset = get_asset(code=given["currency"].strip().upper())
    ask = Funding(wallet_id=wallet_id, amount=form.amount_in(asset))
    once = intake_once(visitor, operation="wallets.top_up", key=given["key"], body=str(ask))
    return refusal_of(topups.top_up(customer_id=customer_id, ask=ask, once=once, by=visitor.actor))


def _may_top_up() -> bool:
    try:
        topups.check_self_service()
    except TopUpDisabled:
        return False
    return True
