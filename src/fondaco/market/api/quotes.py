"""``/quotes``: exchanges that the house promises for a while."""

from django.http import HttpRequest

from fondaco.kit.access import require, require_customer
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.router import Router
from fondaco.market import actions, queries
from fondaco.market.api.asking import PRICING, ExchangeAsk, read_ask
from fondaco.market.api.shapes import QuoteOut, QuoteWireId

router = Router(tags=["market"])

SPEND = "wallets:spend"
"""Whoever may spend may ask what it would cost."""


@router.post("", status=201, errors=PRICING)
@idempotent("market.make_quote")
def make_quote(request: HttpRequest, body: ExchangeAsk) -> QuoteOut:
    """Have an exchange promised for a while; an order made from it in time is at this price."""
    who = require(principal(request), SPEND)
    customer_id = require_customer(who)
    asked = read_ask(body, customer_id)
    made = actions.make_quote(
        customer_id=customer_id,
        pair=asked.pair.name,
        amount_to_get=asked.to_get,
        amount_to_spend=asked.to_spend,
        terms=asked.terms,
        by=who.actor,
    )
    return QuoteOut.of(made)


@router.get("/{quote_id}")
def show_quote(request: HttpRequest, quote_id: QuoteWireId) -> QuoteOut:
    """Show one of one's quotes."""
    customer_id = require_customer(require(principal(request), SPEND))
    return QuoteOut.of(queries.get_quote(quote_id=quote_id, customer_id=customer_id))
