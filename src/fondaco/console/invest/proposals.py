"""Trades at prices that the house holds for a while: look at them, and accept them as they are."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from fondaco.console.asking import customer_of
from fondaco.console.forms import Asking
from fondaco.console.invest.advice import facts_of
from fondaco.console.invest.places import CUSTOMERS, SEE, TRADE, wire
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.instruments.queries.instruments import find_instruments
from fondaco.investing.actions.orders import take_quote
from fondaco.investing.queries.advice import get_advice
from fondaco.investing.queries.quotes import get_quote
from fondaco.investing.types import QUOTE, Quote
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.ids import encode
from fondaco.orders.types import PREFIX as ORDER


@page(*CUSTOMERS, right=SEE)
def show(_request: HttpRequest, visitor: Principal, quote: str) -> Answer:
    """Show what a change of the portfolio costs, beside the advice that it follows."""
    found = get_quote(quote_id=wire(QUOTE, quote), customer_id=customer_of(visitor))
    return _page(visitor, found, Asking())


@page(*CUSTOMERS, right=TRADE, methods="POST")
def accept(request: HttpRequest, visitor: Principal, quote: str) -> Answer:
    """Carry the trades out at the prices that were shown, all of them or none."""
    found = get_quote(quote_id=wire(QUOTE, quote), customer_id=customer_of(visitor))
    form = Asking(request.POST)

    def take() -> str:
        made = take_quote(customer_id=customer_of(visitor), quote_id=found.id, by=visitor.actor)
        return made.wire_id

    done = form.once(visitor, f"invest.accept.{found.id}", take)
    if done is not None:
        return GoTo(f"{reverse('console:invest-order', args=(done,))}?done=accepted")
    return _page(visitor, found, form, status=422)


def _page(visitor: Principal, quote: Quote, form: Asking, *, status: int = 200) -> Page:
    names = find_instruments(symbols=[leg.symbol for leg in quote.legs], field="targets")
    shown: dict[str, Any] = {}
    if quote.advice_id is not None:
        found = get_advice(advice_id=quote.advice_id, customer_id=customer_of(visitor))
        shown = facts_of(found)
    left = quote.expires_at - clock.now()
    shown |= {
        "title": gettext("Proposed trades"),
        "quote": quote,
        "here": reverse("console:invest-proposal", args=(quote.wire_id,)),
        "trades": [(leg, names[leg.symbol].name) for leg in quote.legs],
        "form": form,
        "may_accept": visitor.can(TRADE),
        "is_held": left.total_seconds() > 0 and quote.order_id is None,
        "seconds_left": max(int(left.total_seconds()), 0),
        "can_be_paid": quote.cash_after.minor >= 0,
        "order": encode(ORDER, quote.order_id) if quote.order_id else "",
    }
    return Page("invest/proposal.html", shown, status)
