"""``/purchases``: buy coins for money."""

from typing import Annotated, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from fondaco.exchange.actions import purchases as actions
from fondaco.exchange.api.shapes import ExchangeWireId, PurchaseOut, QuoteWireId
from fondaco.exchange.api.taking import (
    ORDERING,
    Comment,
    OwnOrderPaging,
    cancel_own,
    get_own,
    list_own,
    read_amount,
    repeat_own,
)
from fondaco.exchange.states import Flavour
from fondaco.exchange.types import Ask, OrderKindName
from fondaco.kit.access import require, require_customer
from fondaco.kit.django.api import problems
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.idempotency import idempotency_key, idempotent, keyed, respond
from fondaco.kit.django.api.lists import Listing
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Amount, Currency, Strict, Text
from fondaco.kit.django.idempotency import Answer
from fondaco.kit.errors import InvalidField
from fondaco.kit.options import options
from fondaco.market import queries as market
from fondaco.market.errors import PairNotFound
from fondaco.orders.kinds import OrderNotCancellable, OrderNotRepeatable
from fondaco.wallets.queries.wallets import choose_wallet_id
from fondaco.wallets.types import Once

router = Router(tags=["purchases"])
_KIND: Final = OrderKindName.PURCHASE


class PurchaseIn(Strict):
    """Take what is bought, and how much; a quote fixes the price beforehand."""

    currency: Annotated[
        Currency | None, Field(description="What is bought.", examples=["ABAN"])
    ] = None
    amount: Annotated[Amount | None, Field(description="How much of it.")] = None
    pay_with: Annotated[Currency | None, Field(description="Absent: the house's default.")] = None
    quote: Annotated[
        QuoteWireId | None, Field(description="Alone, or with the very terms of the quote.")
    ] = None
    wallet: Annotated[
        Text | None, Field(max_length=64, description="Absent: the oldest open wallet.")
    ] = None
    comment: Comment = ""
    callback_url: Annotated[Text, Field(max_length=500)] = ""

    def to_ask(self, customer_id: UUID) -> Ask:
        """Give what is asked for.

        :raises InvalidField: neither a quote nor an amount of a currency is named
        :raises PairNotFound: the currency is not sold for the other one
        """
        pair, get = "", None
        if self.currency is not None:
            pay_with = self.pay_with or options().default_currency
            found = market.find_pair(name=f"{self.currency}_{pay_with}")
            if found is None:
                raise PairNotFound
            pair = found.name
            if self.amount is not None:
                get = read_amount(self.amount, found.get, field="amount")
        if self.quote is None and get is None:
            missing = "amount" if self.currency else "currency"
            raise InvalidField("Name a currency and an amount, or a quote.", field=missing)
        return Ask(
            flavour=Flavour.PURCHASE,
            pair=pair,
            get=get,
            quote_id=self.quote,
            wallet_id=choose_wallet_id(reference=self.wallet, customer_id=customer_id),
            comment=self.comment,
            callback_url=self.callback_url,
        )


@router.post("", status=201, errors=ORDERING)
@keyed("exchange.purchase")
def make_purchase(request: HttpRequest, body: PurchaseIn) -> PurchaseOut | HttpResponse:
    """Buy coins; the total is held at once, and taken when the coins are there."""
    who = require(principal(request), "wallets:spend")
    customer_id = require_customer(who)
    answered = actions.purchase(
        customer_id=customer_id,
        ask=body.to_ask(customer_id),
        once=Once(
            idempotency_key(request, "exchange.purchase"),
            lambda made: Answer(201, PurchaseOut.of(made).model_dump_json().encode()),
            lambda error: Answer(error.kind.value, problems.body(request, error)),
        ),
        by=who.actor,
    )
    return respond(answered.answer, replayed=answered.replayed)


@router.get("")
def list_purchases(request: HttpRequest, paging: Query[OwnOrderPaging]) -> Listing[PurchaseOut]:
    """List one's purchases, newest first."""
    return list_own(request, paging, _KIND, PurchaseOut.of)


@router.get("/{order_id}")
def show_purchase(request: HttpRequest, order_id: ExchangeWireId) -> PurchaseOut:
    """Show one of one's purchases."""
    return PurchaseOut.of(get_own(request, order_id, _KIND))


@router.post("/{order_id}/cancel", errors=(OrderNotCancellable,))
@idempotent("exchange.cancel_purchase")
def cancel_purchase(request: HttpRequest, order_id: ExchangeWireId) -> PurchaseOut:
    """Take a purchase back; one that a venue works on is ``cancelling`` until that is known."""
    return PurchaseOut.of(cancel_own(request, order_id, _KIND))


@router.post("/{order_id}/repeat", status=201, errors=(OrderNotRepeatable, *ORDERING))
@idempotent("exchange.repeat_purchase")
def repeat_purchase(request: HttpRequest, order_id: ExchangeWireId) -> PurchaseOut | HttpResponse:
    """Buy the same again, at the price of now."""
    return repeat_own(request, order_id, _KIND, PurchaseOut.of)
