"""Buy and exchange: the house quotes, the customer confirms while the quote holds.

The price never comes from the browser: a confirmation names a quote, which the house keeps. Each look at the
page asks for a fresh quote, so that a reload re-quotes where no scripts run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
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
from fondaco.console.money.fields import CUSTOMERS, amount_field, open_wallets, wallet_choices
from fondaco.console.money.orders import url_of
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.exchange.actions import exchanging, purchases
from fondaco.exchange.states import Flavour
from fondaco.exchange.types import Ask, Exchange
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.errors import DomainError, InvalidField
from fondaco.kit.ids import InvalidId, decode
from fondaco.market import actions as market_actions, queries as market
from fondaco.market.states import CurrencyUse
from fondaco.market.terms import terms_for
from fondaco.market.types import QUOTE_PREFIX, MarketPair, Quote, Rate
from fondaco.money import Asset, InvalidAmount, Money
from fondaco.policies.types import Operation
from fondaco.wallets.actions.movements import refusal_of_order
from fondaco.wallets.queries.wallets import choose_wallet_id

_RATES_SHOWN: Final = 12
_FIXED: Final = (("spend", said("what I pay")), ("get", said("what I get")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Say what is special to buying or to exchanging."""

    flavour: Flavour
    operation: Operation
    use: CurrencyUse
    title: str | Promise
    lead: str | Promise
    deed: str | Promise
    here: str
    """The name of its page."""


BUY: Final = Counter(
    flavour=Flavour.PURCHASE,
    operation=Operation.PURCHASE,
    use=CurrencyUse.PURCHASE,
    title=said("Buy"),
    lead=said("Buy a currency with the money in your wallet."),
    deed=said("Buy now"),
    here="buy",
)
EXCHANGE: Final = Counter(
    flavour=Flavour.MARKET,
    operation=Operation.EXCHANGE,
    use=CurrencyUse.EXCHANGE,
    title=said("Exchange"),
    lead=said("Exchange one currency for another at once."),
    deed=said("Exchange now"),
    here="exchange",
)


class QuoteForm(forms.Form):
    """Take what a quote is asked for; sent by GET, so that a page with a quote has an address."""

    pair = forms.ChoiceField(label=said("What"))
    fixed = forms.ChoiceField(label=said("The amount is"), choices=_FIXED, initial="spend")
    amount = amount_field()

    def __init__(self, *args: Any, pairs: Sequence[MarketPair], **kwargs: Any) -> None:
        """Offer pairs."""
        super().__init__(*args, **kwargs)
        field = self.fields["pair"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (
                one.name,
                tell("%(get)s for %(spend)s") % {"get": one.get.code, "spend": one.spend.code},
            )
            for one in pairs
        ]


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
    customer_id = customer_of(visitor)
    pairs = _offered(counter)
    form = _asked(request, pairs)
    confirm = ConfirmForm(request.POST or None, customer_id=customer_id)
    if request.method == "POST" and confirm.is_valid():
        go = _confirm(visitor, counter, confirm)
        if go:
            return GoTo(go)
    quote = _quoted(visitor, counter, form, pairs)
    if quote is not None:
        confirm.renew(quote.wire_id)
    shown = {
        "title": counter.title,
        "counter": counter,
        "counters": [(one, reverse(f"console:{one.here}")) for one in (BUY, EXCHANGE)],
        "form": form,
        "confirm": confirm,
        "quote": quote,
        "left_s": 0 if quote is None else int((quote.expires_at - clock.now()).total_seconds()),
        "rates": _rates(pairs),
        "again": request.get_full_path(),
    }
    return Page("money/trade.html", shown, 422 if confirm.is_bound else 200)


def _asked(request: HttpRequest, pairs: Sequence[MarketPair]) -> QuoteForm:
    """Read what is asked; an address with a pair alone only chooses it."""
    if "amount" in request.GET:
        return QuoteForm(request.GET, pairs=pairs)
    return QuoteForm(pairs=pairs, initial={"pair": request.GET.get("pair", "")})


def _offered(counter: Counter) -> list[MarketPair]:
    """Give the pairs in which the house trades so now."""
    usable = {one.code for one in market.list_currencies() if one.is_for(counter.use)}
    return [
        pair
        for pair in market.list_pairs()
        if pair.is_enabled
        and not pair.is_suspended
        and pair.get.code in usable
        and (pair.buys_base if counter is BUY else pair.spend.code in usable)
    ]


def _rates(pairs: Sequence[MarketPair]) -> list[Rate]:
    names = {pair.name for pair in pairs}
    return [rate for rate in market.list_rates() if rate.pair in names][:_RATES_SHOWN]


def _quoted(
    visitor: Principal, counter: Counter, form: QuoteForm, pairs: Sequence[MarketPair]
) -> Quote | None:
    """Have the house quote what the form asks; what it refuses is shown in the form."""
    if not form.is_bound or not form.is_valid():
        return None
    given = form.cleaned_data
    pair = next(one for one in pairs if one.name == given["pair"])
    by_get = given["fixed"] == "get"
    try:
        amount = _amount(given["amount"], pair.get if by_get else pair.spend)
        return market_actions.make_quote(
            customer_id=customer_of(visitor),
            pair=pair.name,
            amount_to_get=amount if by_get else None,
            amount_to_spend=None if by_get else amount,
            terms=terms_for(
                customer_id=visitor.customer_id,
                operation=counter.operation,
                currency=pair.spend.code,
                pair=pair.name,
            ),
            by=visitor.actor,
        )
    except DomainError as refusal:
        form.add_error("amount", refusal.detail)
        return None


def _amount(text: str, asset: Asset) -> Money:
    try:
        return Money.parse(text.strip(), asset)
    except InvalidAmount as wrong:
        told = tell("Write it like 12.50: %(wrong)s.") % {"wrong": wrong}
        raise InvalidField(told, field="amount") from None


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
