"""Buy and exchange: the house quotes, the customer confirms while the quote holds.

The price never comes from the browser: a confirmation names a quote, which the house keeps.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as tell, gettext_lazy as said

from fondaco.console.asking import (
    Refused,
    act_once,
    customer_of,
    intake_once,
    one_use_key,
    refused_as,
    result_of,
)
from fondaco.console.forms import Asking
from fondaco.console.money.fields import CUSTOMERS, open_wallets, wallet_choices
from fondaco.console.money.orders import url_of
from fondaco.console.money.quoting import (
    BUY,
    EXCHANGE,
    Counter,
    QuoteForm,
    ask_quote,
    calculated,
    counters,
    held,
    offered,
    requoted,
)
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.exchange.actions import exchanging, purchases
from fondaco.exchange.types import Ask, Exchange
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.errors import InvalidField
from fondaco.kit.ids import InvalidId, decode
from fondaco.market import queries as market
from fondaco.market.types import QUOTE_PREFIX, MarketPair, Rate
from fondaco.wallets.actions.movements import refusal_of_order
from fondaco.wallets.queries.wallets import choose_wallet_id

_RATES_SHOWN: Final = 12


class ConfirmForm(Asking):
    """Take the quote that is confirmed, and the wallet that it is about."""

    quote = forms.CharField(max_length=40, widget=forms.HiddenInput)
    wallet = forms.ChoiceField(label=said("Wallet"))

    def __init__(self, *args: Any, customer_id: UUID, **kwargs: Any) -> None:
        """Offer the customer's open wallets."""
        super().__init__(*args, **kwargs)
        field = self.fields["wallet"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = wallet_choices(open_wallets(customer_id))

    def renew(self, quote: str) -> None:
        """Carry another quote, under another key; what was chosen stays."""
        if self.is_bound:
            self.data = dict(self.data.items()) | {"quote": quote, "key": one_use_key()}
        else:
            self.initial["quote"] = quote


@page(*CUSTOMERS, right="wallets:spend", methods="GET HEAD POST")
def buy(request: HttpRequest, visitor: Principal) -> Answer:
    """Buy a currency."""
    return _trade(request, visitor, BUY)


@page(*CUSTOMERS, right="wallets:spend", methods="GET HEAD POST")
def exchange(request: HttpRequest, visitor: Principal) -> Answer:
    """Exchange currencies."""
    return _trade(request, visitor, EXCHANGE)


def _trade(request: HttpRequest, visitor: Principal, counter: Counter) -> Answer:
    pairs, is_asking = offered(counter), request.POST.get("deed") == "quote"
    asked = {name: request.GET.get(name, "") for name in ("pair", "fixed", "amount")}
    form = QuoteForm(
        request.POST if is_asking else None,
        pairs=pairs,
        initial={name: text for name, text in asked.items() if text},
    )
    confirm = ConfirmForm(
        None if is_asking else request.POST or None, customer_id=customer_of(visitor)
    )
    if request.method == "POST":
        go = (
            ask_quote(request, visitor, counter, form)
            if is_asking
            else confirm.is_valid() and _confirm(visitor, counter, confirm)
        )
        if go:
            return GoTo(go)
    quote = requoted(visitor, counter, asked) if confirm.is_bound else held(request, visitor)
    if quote is not None:
        confirm.renew(quote.wire_id)
    shown = {
        "title": counter.title,
        "counter": counter,
        "here": counter.here,
        "counters": counters(),
        "form": form,
        "confirm": confirm,
        "quote": quote,
        "moment": None if quote or is_asking else calculated(visitor, counter, asked),
        "asked": asked,
        "left_s": 0 if quote is None else int((quote.expires_at - clock.now()).total_seconds()),
        "rates": _rates(pairs),
        "again": request.get_full_path(),
    }
    return Page("money/trade.html", shown, 422 if confirm.is_bound or form.is_bound else 200)


def _rates(pairs: Sequence[MarketPair]) -> list[Rate]:
    names = {pair.name for pair in pairs}
    return [rate for rate in market.list_rates() if rate.pair in names][:_RATES_SHOWN]


def _confirm(visitor: Principal, counter: Counter, form: ConfirmForm) -> str:
    """Place the order; gives its page, or nothing where it was refused, which the form shows."""
    gone = ""

    def act() -> Refused | None:
        nonlocal gone
        ask = _ask(visitor, counter, form)
        told = _purchase(visitor, form, ask) if counter is BUY else _exchange(visitor, form, ask)
        if isinstance(told, Refused):
            return Refused(told.detail, None)
        gone = told
        return None

    form.ask(act)
    return gone


def _ask(visitor: Principal, counter: Counter, form: ConfirmForm) -> Ask:
    given = form.cleaned_data
    try:
        quote_id = decode(QUOTE_PREFIX, given["quote"])
    except InvalidId:
        raise InvalidField(tell("Ask for a new price."), field="quote") from None
    return Ask(
        flavour=counter.flavour,
        pair="",
        quote_id=quote_id,
        wallet_id=choose_wallet_id(reference=given["wallet"], customer_id=customer_of(visitor)),
    )


def _purchase(visitor: Principal, form: ConfirmForm, ask: Ask) -> Refused | str:
    once = intake_once(
        visitor,
        operation="exchange.purchase",
        key=form.cleaned_data["key"],
        body=str(ask),
        go=_placed,
    )
    answered = purchases.purchase(
        customer_id=customer_of(visitor), ask=ask, once=once, by=visitor.actor
    )
    return result_of(answered)


def _exchange(visitor: Principal, form: ConfirmForm, ask: Ask) -> Refused | str:
    def act() -> Refused | str:
        made = exchanging.exchange(customer_id=customer_of(visitor), ask=ask, by=visitor.actor)
        refusal = refusal_of_order(made.order)
        return _placed(made) if refusal is None else refused_as(refusal)

    return act_once(
        visitor,
        operation="exchange.exchange",
        key=form.cleaned_data["key"],
        body=str(ask),
        act=act,
    )


def _placed(made: Exchange) -> str:
    return f"{url_of(made.order)}?done=placed"
