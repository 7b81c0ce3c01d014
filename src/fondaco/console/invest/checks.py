"""What the rules say of a portfolio, how far it is from the advice, and how it is kept."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from fondaco.console.asking import Refused, customer_of
from fondaco.console.forms import Asking
from fondaco.console.invest.places import CUSTOMERS, SEE, TRADE
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.investing.actions.portfolios import change_settings
from fondaco.investing.actions.rebalancing import quote_rebalancing
from fondaco.investing.queries.settings import get_settings
from fondaco.investing.queries.xray import check_up
from fondaco.investing.states import LotMethod
from fondaco.investing.types import PortfolioSettings
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.queries.wallets import choose_wallet_id

BPS: Final = 100
"""Hundredths of a per cent in one per cent."""

_RULES: Final = {
    "position_above_a_quarter": gettext_lazy("The largest asset"),
    "three_above_a_half": gettext_lazy("The three largest together"),
    "foreign_currency": gettext_lazy("What moves with exchange rates"),
    "no_funds": gettext_lazy("Single companies"),
    "much_crypto": gettext_lazy("Coins"),
    "prices_are_old": gettext_lazy("What has no price of these days"),
    "little_cash": gettext_lazy("Cash for a rainy day"),
    "much_cash": gettext_lazy("Cash that earns nothing"),
    "high_fees": gettext_lazy("Fees of a year"),
}


class RebalanceForm(Asking):
    """Take fresh money to fill up with; none: sell what is above for what is below."""

    sum = forms.CharField(
        label=gettext_lazy("Fresh money"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text=gettext_lazy("Empty: what has grown too large is sold for what is too small."),
    )


class SettingsForm(Asking):
    """Take how a portfolio is kept."""

    method = forms.ChoiceField(
        label=gettext_lazy("A sale sells"),
        choices=[
            (LotMethod.FIFO.value, gettext_lazy("the oldest purchases first")),
            (LotMethod.AVERAGE.value, gettext_lazy("a part of each purchase, at the average cost")),
            (LotMethod.SPECIFIC.value, gettext_lazy("the purchases that I name")),
        ],
    )
    band = forms.IntegerField(
        label=gettext_lazy("Tell me when a part is off by more than (per cent)"),
        min_value=1,
        max_value=100,
    )
    benchmark = forms.CharField(
        label=gettext_lazy("Compare with"),
        max_length=32,
        required=False,
        help_text=gettext_lazy("The symbol of an asset or an index."),
    )


@page(*CUSTOMERS, right=SEE)
def check(_request: HttpRequest, visitor: Principal) -> Answer:
    """Show what all rules say, and how far each part is from its target."""
    return _page(visitor, RebalanceForm())


@page(*CUSTOMERS, right=SEE, methods="POST")
def rebalance(request: HttpRequest, visitor: Principal) -> Answer:
    """Quote what brings the portfolio back to the advice that was followed last."""
    form = RebalanceForm(request.POST)
    made = form.once(visitor, "invest.rebalance", lambda: _quote(visitor, form))
    if made is not None:
        return GoTo(reverse("console:invest-proposal", args=(made,)))
    return _page(visitor, form, status=422)


@page(*CUSTOMERS, right=TRADE, methods="GET HEAD POST")
def settings(request: HttpRequest, visitor: Principal) -> Answer:
    """Choose how lots are sold, when to be told, and what to compare with."""
    kept = get_settings(customer_id=customer_of(visitor))
    form = SettingsForm(request.POST or None, initial=_as_kept(kept))
    if (
        request.method == "POST"
        and form.is_valid()
        and form.ask(lambda: _keep(visitor, form)) is None
    ):
        return GoTo(f"{request.path}?done=kept")
    shown = {
        "title": gettext("How it is kept"),
        "form": form,
        "currency": kept.currency.code,
        "done": request.GET.get("done", ""),
    }
    return Page("invest/settings.html", shown, 422 if form.is_bound else 200)


def _page(visitor: Principal, form: RebalanceForm, *, status: int = 200) -> Page:
    customer_id, at = customer_of(visitor), clock.now()
    found, balance = check_up(customer_id=customer_id, at=at)
    shown: dict[str, Any] = {
        "title": gettext("Check-up"),
        "findings": [
            (_RULES.get(one.rule.code, one.rule.says), one)
            for one in sorted(found, key=lambda one: not one.is_broken)
        ],
        "form": form,
        "balance": balance,
    }
    return Page("invest/check.html", shown, status)


def _quote(visitor: Principal, form: RebalanceForm) -> str:
    customer_id = customer_of(visitor)
    text = form.cleaned_data["sum"].strip()
    made = quote_rebalancing(
        customer_id=customer_id,
        wallet_id=choose_wallet_id(reference=None, customer_id=customer_id),
        fresh=form.amount_of("sum", default_asset()) if text else None,
        by=visitor.actor,
    )
    return made.wire_id


def _as_kept(kept: PortfolioSettings) -> dict[str, Any]:
    return {
        "method": kept.method.value,
        "band": kept.band_bps // BPS,
        "benchmark": kept.benchmark,
    }


def _keep(visitor: Principal, form: SettingsForm) -> Refused | None:
    given = form.cleaned_data
    try:
        change_settings(
            customer_id=customer_of(visitor),
            method=LotMethod(given["method"]),
            band_bps=given["band"] * BPS,
            benchmark=given["benchmark"].strip().upper(),
            by=visitor.actor,
        )
    except NotFound:
        raise InvalidField(gettext("No asset has this symbol."), field="benchmark") from None
    return None
