"""What can be traded at which counter, and the house's quotes for it.

Asking for a quote is a form that is sent, since it keeps a promise; looking at a page only ever reads. A page
whose quote is over shows the price of this moment, so that a reload prices anew where no scripts run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as tell, gettext_lazy as said

from fondaco.console.amounts import read_amount
from fondaco.console.asking import Refused, customer_of
from fondaco.console.forms import Asking
from fondaco.console.money.fields import amount_field
from fondaco.exchange.states import Flavour
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.errors import DomainError, NotFound
from fondaco.kit.ids import InvalidId, decode
from fondaco.market import actions as market_actions, queries as market
from fondaco.market.states import CurrencyUse
from fondaco.market.terms import terms_for
from fondaco.market.types import QUOTE_PREFIX, Calculation, MarketPair, Quote, Terms
from fondaco.money import Money
from fondaco.policies.types import Operation

FIXED: Final = (("spend", said("what I pay")), ("get", said("what I get")))


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


class QuoteForm(Asking):
    """Take what a quote is asked for."""

    pair = forms.ChoiceField(label=said("What"))
    fixed = forms.ChoiceField(label=said("The amount is"), choices=FIXED, initial="spend")
    amount = amount_field()

    def __init__(self, *args: Any, pairs: Sequence[MarketPair], **kwargs: Any) -> None:
        """Offer pairs."""
        super().__init__(*args, **kwargs)
        field = self.fields["pair"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = pair_choices(pairs)


def counters() -> list[tuple[str, str | Promise, str]]:
    """Name the pages on which one trades, with their addresses."""
    named = [(one.here, one.title) for one in (BUY, EXCHANGE)]
    named.append(("limits", said("Limit orders")))
    return [(name, label, reverse(f"console:{name}")) for name, label in named]


def pair_choices(pairs: Sequence[MarketPair]) -> list[tuple[str, str]]:
    """Name pairs for a list to choose from."""
    return [
        (one.name, tell("%(get)s for %(spend)s") % {"get": one.get.code, "spend": one.spend.code})
        for one in pairs
    ]


def offered(counter: Counter) -> list[MarketPair]:
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


def ask_quote(
    request: HttpRequest, visitor: Principal, counter: Counter, form: QuoteForm
) -> str | None:
    """Have the house quote what the form asks; gives the page with the quote, or none where it refused."""

    def act() -> Refused | str:
        asked = {name: form.cleaned_data[name] for name in ("pair", "fixed", "amount")}
        try:
            quote = _quote(visitor, counter, asked)
        except DomainError as refusal:
            return Refused(refusal.detail, "amount")
        return f"{request.path}?{urlencode(asked | {'quote': quote.wire_id})}"

    return form.once(visitor, f"market.quote.{counter.here}", act)


def requoted(visitor: Principal, counter: Counter, asked: Mapping[str, str]) -> Quote | None:
    """Quote anew for who confirmed what is over; none where the house does not."""
    try:
        return _quote(visitor, counter, asked)
    except DomainError:
        return None


def _quote(visitor: Principal, counter: Counter, asked: Mapping[str, str]) -> Quote:
    pair, to_get, to_spend = _amounts(asked)
    return market_actions.make_quote(
        customer_id=customer_of(visitor),
        pair=pair.name,
        amount_to_get=to_get,
        amount_to_spend=to_spend,
        terms=_terms(visitor, counter, pair),
        by=visitor.actor,
    )


def held(request: HttpRequest, visitor: Principal) -> Quote | None:
    """Give the quote that the address names, while it holds.

    :raises NotFound: there is none, or it is another customer's
    """
    if not request.GET.get("quote"):
        return None
    try:
        quote_id = decode(QUOTE_PREFIX, request.GET["quote"])
    except InvalidId:
        raise NotFound from None
    found = market.get_quote(quote_id=quote_id, customer_id=customer_of(visitor))
    is_over = found.taken_at is not None or found.expires_at <= clock.now()
    return None if is_over else found


def calculated(
    visitor: Principal, counter: Counter, asked: Mapping[str, str]
) -> Calculation | None:
    """Give what the address asks for at the price of this moment, which is no promise."""
    if not asked["amount"]:
        return None
    try:
        pair, to_get, to_spend = _amounts(asked)
        return market.calculate(
            pair=pair.name,
            amount_to_get=to_get,
            amount_to_spend=to_spend,
            terms=_terms(visitor, counter, pair),
        )
    except DomainError:
        return None


def _amounts(asked: Mapping[str, str]) -> tuple[MarketPair, Money | None, Money | None]:
    """Read the pair, and what is to be got or spent in it.

    :raises DomainError: there is no such pair, or the amount cannot be read
    """
    pair, by_get = market.get_pair(name=asked["pair"]), asked["fixed"] == "get"
    asset = pair.get if by_get else pair.spend
    amount = read_amount(asked["amount"], asset, field="amount")
    return (pair, amount, None) if by_get else (pair, None, amount)


def _terms(visitor: Principal, counter: Counter, pair: MarketPair) -> Terms:
    return terms_for(
        customer_id=visitor.customer_id,
        operation=counter.operation,
        currency=pair.spend.code,
        pair=pair.name,
    )
