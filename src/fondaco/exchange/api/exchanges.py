"""``/exchanges``: exchange one currency for another, at once or at a limit."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from fondaco.exchange.actions import exchanging, terms
from fondaco.exchange.api.shapes import ExchangeOut, ExchangeWireId, QuoteWireId
from fondaco.exchange.api.taking import (
    ORDERING,
    PRICING,
    Comment,
    OwnOrderPaging,
    PairName,
    answer_exchange,
    cancel_own,
    get_own,
    list_own,
    read_amount,
    repeat_own,
)
from fondaco.exchange.states import Flavour
from fondaco.exchange.types import Ask, OrderKindName
from fondaco.kit import clock
from fondaco.kit.access import require, require_customer
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.lists import Listing
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Amount, MoneyOut, Strict, Text
from fondaco.kit.errors import InvalidField
from fondaco.market import queries as market
from fondaco.market.types import MarketPair
from fondaco.money import Money
from fondaco.orders.kinds import OrderNotCancellable, OrderNotRepeatable
from fondaco.policies.types import Bound
from fondaco.wallets.queries.wallets import choose_wallet_id

router = Router(tags=["exchanges"])
_KIND: Final = OrderKindName.EXCHANGE


class AmountsIn(Strict):
    """Take a pair, and exactly one of the two amounts."""

    pair: PairName | None = None
    amount_to_get: Amount | None = None
    amount_to_spend: Annotated[Amount | None, Field(description="The total, fee included.")] = None

    def to_amounts(self, pair: MarketPair) -> tuple[Money | None, Money | None]:
        """Give what is to be got, and what is to be spent; one of them is none.

        :raises InvalidField: both or none is named, or one has too many places
        """
        if (self.amount_to_get is None) is (self.amount_to_spend is None):
            raise InvalidField("Name exactly one of the two amounts.", field="amount_to_get")
        if self.amount_to_get is not None:
            return read_amount(self.amount_to_get, pair.get, field="amount_to_get"), None
        assert self.amount_to_spend is not None
        return None, read_amount(self.amount_to_spend, pair.spend, field="amount_to_spend")


class CalculateIn(AmountsIn):
    """Take what is to be calculated."""

    pair: PairName


class ExchangeIn(AmountsIn):
    """Take what is exchanged; a price makes it wait until the house's own is as good."""

    price: Annotated[
        Amount | None,
        Field(description="The worst price, spent units for one that is got: makes a limit order."),
    ] = None
    expires_at: Annotated[datetime | None, Field(description="Of a limit order.")] = None
    quote: Annotated[QuoteWireId | None, Field(description="A price fixed beforehand.")] = None
    wallet: Annotated[
        Text | None, Field(max_length=64, description="Absent: the oldest open wallet.")
    ] = None
    comment: Comment = ""
    callback_url: Annotated[Text, Field(max_length=500)] = ""

    def to_ask(self, customer_id: UUID) -> Ask:
        """Give what is asked for.

        :raises InvalidField: the fields do not go together
        :raises PairNotFound: there is no such pair
        """
        if self.quote is not None:
            return self._quoted(customer_id)
        if self.pair is None:
            raise InvalidField("Name a pair, or a quote.", field="pair")
        get, spend = self.to_amounts(market.get_pair(name=self.pair))
        is_limit = self.price is not None
        if self.expires_at is not None and (not is_limit or self.expires_at <= clock.now()):
            raise InvalidField("Only a limit order ends, and later than now.", field="expires_at")
        return Ask(
            flavour=Flavour.LIMIT if is_limit else Flavour.MARKET,
            pair=self.pair,
            get=get,
            spend=spend,
            limit_price=Decimal(self.price) if self.price is not None else None,
            expires_at=self.expires_at,
            wallet_id=choose_wallet_id(reference=self.wallet, customer_id=customer_id),
            comment=self.comment,
            callback_url=self.callback_url,
        )

    def _quoted(self, customer_id: UUID) -> Ask:
        named = ("pair", "amount_to_get", "amount_to_spend", "price", "expires_at")
        beside = next((name for name in named if getattr(self, name) is not None), None)
        if beside is not None:
            raise InvalidField("A quote says this already.", field=beside)
        return Ask(
            flavour=Flavour.MARKET,
            pair="",
            quote_id=self.quote,
            wallet_id=choose_wallet_id(reference=self.wallet, customer_id=customer_id),
            comment=self.comment,
            callback_url=self.callback_url,
        )


class CalculatedOut(Strict):
    """Show what an amount comes to at the price of now, and between which limits."""

    pair: str
    get: MoneyOut
    spend: MoneyOut = Field(description="The total, fee included.")
    net: MoneyOut
    fee: MoneyOut
    price: str
    at: datetime
    min: str | None = Field(description="The least total; with USD behind it, of that worth.")
    max: str | None


@router.post("/calculate", errors=PRICING)
def calculate(request: HttpRequest, body: CalculateIn) -> CalculatedOut:
    """Calculate both amounts, fee and price as they are now; nothing is promised."""
    customer_id = require_customer(require(principal(request), "orders:read"))
    pair = market.get_pair(name=body.pair)
    get, spend = body.to_amounts(pair)
    rules = terms.rules_of(flavour=Flavour.MARKET, pair=pair, customer_id=customer_id)
    found = terms.price_of(pair=pair.name, rules=rules, get=get, spend=spend)
    return CalculatedOut(
        pair=pair.name,
        get=MoneyOut.of(found.get),
        spend=MoneyOut.of(found.total),
        net=MoneyOut.of(found.net),
        fee=MoneyOut.of(found.fee),
        price=format(found.price, "f"),
        at=found.at,
        min=_bound(rules.min),
        max=_bound(rules.max),
    )


@router.post("", status=201, errors=ORDERING)
@idempotent("exchange.exchange")
def make_exchange(request: HttpRequest, body: ExchangeIn) -> ExchangeOut | HttpResponse:
    """Exchange at once at the house's price, or wait for a price of one's own."""
    who = require(principal(request), "wallets:spend")
    customer_id = require_customer(who)
    ask = body.to_ask(customer_id)
    made = exchanging.exchange(customer_id=customer_id, ask=ask, by=who.actor)
    return answer_exchange(request, made, ExchangeOut.of)


@router.get("")
def list_of_exchanges(request: HttpRequest, paging: Query[OwnOrderPaging]) -> Listing[ExchangeOut]:
    """List one's exchanges, newest first."""
    return list_own(request, paging, _KIND, ExchangeOut.of)


@router.get("/{order_id}")
def show_exchange(request: HttpRequest, order_id: ExchangeWireId) -> ExchangeOut:
    """Show one of one's exchanges."""
    return ExchangeOut.of(get_own(request, order_id, _KIND))


@router.post("/{order_id}/cancel", errors=(OrderNotCancellable,))
@idempotent("exchange.cancel_exchange")
def cancel_exchange(request: HttpRequest, order_id: ExchangeWireId) -> ExchangeOut:
    """Take a limit order back that still waits."""
    return ExchangeOut.of(cancel_own(request, order_id, _KIND))


@router.post("/{order_id}/repeat", status=201, errors=(OrderNotRepeatable, *ORDERING))
@idempotent("exchange.repeat_exchange")
def repeat_exchange(request: HttpRequest, order_id: ExchangeWireId) -> ExchangeOut | HttpResponse:
    """Exchange the same again, at the price of now or at the same limit."""
    return repeat_own(request, order_id, _KIND, ExchangeOut.of)


def _bound(bound: Bound | None) -> str | None:
    if bound is None:
        return None
    return f"{bound.to_text()} USD" if bound.in_usd else bound.to_text()
