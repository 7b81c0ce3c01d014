"""``/portfolio/quotes`` and ``/portfolio/orders``: change what one holds, whole or not at all."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from fondaco.instruments import errors as prices
from fondaco.instruments.queries.instruments import find_instruments
from fondaco.instruments.shapes import Symbol, plain
from fondaco.investing import errors
from fondaco.investing.actions.orders import KIND, invest, take_quote
from fondaco.investing.actions.quotes import make_quote
from fondaco.investing.actions.rebalancing import quote_rebalancing
from fondaco.investing.api.fields import (
    SEE,
    TRADE,
    ActivityWireId,
    AdviceWireId,
    Investor,
    QuoteWireId,
    WalletReference,
    investor,
    sum_in,
)
from fondaco.investing.queries.activities import list_of_order
from fondaco.investing.queries.quotes import get_quote
from fondaco.investing.states import ActivityKind, TradeMode
from fondaco.investing.types import Activity, AdviceId, Leg, Quote, QuoteAsk, Target
from fondaco.kit.django.api import problems
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Amount, MoneyIn, MoneyOut, Strict
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.money import InvalidAmount, Money
from fondaco.orders.queries import get_order, list_orders
from fondaco.orders.shapes import OrderOut, OrderWireId
from fondaco.orders.types import Order, OrderFilter
from fondaco.policies import errors as policies
from fondaco.quant.allocation import PARTS
from fondaco.wallets import refusals
from fondaco.wallets.actions.movements import refusal_of_order
from fondaco.wallets.queries.wallets import choose_wallet_id

router = Router(tags=["portfolio"])

_WHOLE = Decimal(100)


class PortfolioLotIn(Strict):
    """Name a purchase, and how much of it is sold."""

    lot: ActivityWireId
    quantity: Amount


class PortfolioTargetIn(Strict):
    """Say how much of an asset is wanted afterwards. It takes no price: the house has its own."""

    asset_name: Symbol
    quantity: Annotated[Amount | None, Field(description="Shares to hold afterwards.")] = None
    part_of_portfolio: Annotated[
        Amount | None, Field(description="Per cent of the sum, instead of a quantity.")
    ] = None
    lots: Annotated[
        list[PortfolioLotIn],
        Field(max_length=500, description="Which purchases a sale sells; absent: as is set."),
    ] = Field(default_factory=list)


class PortfolioAskIn(Strict):
    """Take an advice, or a list of one's own; what is not named is sold."""

    advice: AdviceWireId | None = None
    targets: Annotated[list[PortfolioTargetIn], Field(max_length=200)] | None = None
    sum: Annotated[
        MoneyIn | None,
        Field(description="What the whole portfolio costs, fees included. Absent: the advice's."),
    ] = None
    wallet: Annotated[
        WalletReference | None, Field(description="Absent: the oldest open wallet.")
    ] = None
    mode: TradeMode | None = Field(default=None, description="Absent: as the house trades.")

    def to_ask(self, customer_id: UUID) -> QuoteAsk:
        """Give what is asked.

        :raises InvalidField: not exactly one of advice and targets, or a figure cannot be read
        :raises NotFound: the wallet is not the customer's
        :raises WalletRequired: he has none
        """
        if (self.advice is None) == (self.targets is None):
            raise InvalidField("Give an advice or targets.", field="targets")
        return QuoteAsk(
            wallet_id=choose_wallet_id(reference=self.wallet, customer_id=customer_id),
            targets=_targets(self.targets or []),
            total=sum_in(self.sum),
            advice_id=AdviceId(self.advice) if self.advice else None,
            mode=self.mode,
        )


class PortfolioOrderIn(PortfolioAskIn):
    """Take a quote; or what a quote takes, which is then quoted and ordered at once."""

    quote: QuoteWireId | None = None


class PortfolioRebalancingIn(Strict):
    """Take fresh money to fill up with; absent: sell what is above its target for what is below."""

    sum: MoneyIn | None = None
    wallet: WalletReference | None = None


class PortfolioTradeOut(Strict):
    """Show one trade of a quote."""

    asset_name: str
    side: str = Field(examples=["buy"])
    quantity: str
    price: str = Field(description="Of the house, in the asset's currency.")
    priced_on: date
    rate: str = Field(description="The wallet's currency for one of the asset's.")
    overall_sum: MoneyOut

    @classmethod
    def of(cls, leg: Leg) -> "PortfolioTradeOut":
        """Show a trade."""
        return cls(
            asset_name=leg.symbol,
            side="sell" if leg.is_sale else "buy",
            quantity=leg.shares.to_text(),
            price=plain(leg.price) or "",
            priced_on=leg.priced_on,
            rate=plain(leg.rate) or "",
            overall_sum=MoneyOut.of(leg.cash),
        )


class PortfolioQuoteOut(Strict):
    """Show what a change costs; the prices are held until it expires."""

    id: QuoteWireId
    advice: AdviceWireId | None
    mode: TradeMode
    execution: str = "paper"
    trades: list[PortfolioTradeOut]
    purchases: MoneyOut
    sales: MoneyOut
    fee: MoneyOut
    cash_before: MoneyOut
    cash_after: MoneyOut = Field(description="Sales count. Below zero: it cannot be paid.")
    can_be_paid: bool
    order: OrderWireId | None
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, quote: Quote) -> "PortfolioQuoteOut":
        """Show a quote."""
        return cls(
            id=quote.id,
            advice=quote.advice_id,
            mode=quote.mode,
            trades=[PortfolioTradeOut.of(leg) for leg in quote.legs],
            purchases=MoneyOut.of(quote.bought),
            sales=MoneyOut.of(quote.sold),
            fee=MoneyOut.of(quote.fee),
            cash_before=MoneyOut.of(quote.cash_before),
            cash_after=MoneyOut.of(quote.cash_after),
            can_be_paid=quote.cash_after.minor >= 0,
            order=quote.order_id,
            created_at=quote.created_at,
            expires_at=quote.expires_at,
        )


class PortfolioFillOut(Strict):
    """Show one thing that an order did."""

    id: ActivityWireId
    kind: ActivityKind
    asset_name: str | None
    quantity: str | None
    price: str | None
    overall_sum: MoneyOut

    @classmethod
    def of(cls, one: Activity) -> "PortfolioFillOut":
        """Show what was done."""
        return cls(
            id=one.id,
            kind=one.kind,
            asset_name=one.symbol or None,
            quantity=one.shares.to_text() if one.shares else None,
            price=plain(one.price),
            overall_sum=MoneyOut.of(one.cash),
        )


class PortfolioOrderOut(Strict):
    """Show an order with all that it did."""

    order: OrderOut
    fills: list[PortfolioFillOut]

    @classmethod
    def of(cls, order: Order) -> "PortfolioOrderOut":
        """Show an order."""
        return cls(
            order=OrderOut.of(order),
            fills=[PortfolioFillOut.of(one) for one in list_of_order(order_id=order.id)],
        )


_QUOTING = (
    refusals.WalletRequired,
    errors.AdviceExpired,
    prices.UnknownInstrument,
    prices.NotTradable,
    prices.PriceMissing,
    prices.PriceStale,
    prices.RateMissing,
    errors.CurrencyDiffers,
    errors.NothingToTrade,
    errors.SumTooSmall,
)
_TAKING = (
    NotFound,
    errors.QuoteExpired,
    errors.QuoteUsed,
    errors.QuoteOutdated,
    errors.LotsDiffer,
    *policies.CHECKING,
    refusals.InsufficientFunds,
    refusals.WalletFrozen,
    refusals.WalletClosed,
    refusals.AmountTooLarge,
)


@router.post("/quotes", status=201, errors=(NotFound, *_QUOTING))
def quote_portfolio(request: HttpRequest, body: PortfolioAskIn) -> PortfolioQuoteOut:
    """Quote what a change of the portfolio costs; nothing is bought."""
    asker = investor(request, SEE)
    ask = body.to_ask(asker.customer_id)
    return PortfolioQuoteOut.of(make_quote(customer_id=asker.customer_id, ask=ask, by=asker.actor))


@router.post("/rebalancing/quotes", status=201, errors=(NotFound, errors.NoTarget, *_QUOTING))
def rebalance_portfolio(request: HttpRequest, body: PortfolioRebalancingIn) -> PortfolioQuoteOut:
    """Quote what brings the portfolio back to the advice that was followed last."""
    asker = investor(request, SEE)
    wallet_id = choose_wallet_id(reference=body.wallet, customer_id=asker.customer_id)
    return PortfolioQuoteOut.of(
        quote_rebalancing(
            customer_id=asker.customer_id,
            wallet_id=wallet_id,
            fresh=sum_in(body.sum),
            by=asker.actor,
        )
    )


@router.get("/quotes/{quote_id}")
def show_portfolio_quote(request: HttpRequest, quote_id: QuoteWireId) -> PortfolioQuoteOut:
    """Show a quote."""
    asker = investor(request, SEE)
    return PortfolioQuoteOut.of(get_quote(quote_id=quote_id, customer_id=asker.customer_id))


@router.post("/orders", status=201, errors=(*_TAKING, *_QUOTING))
@idempotent("investing.order_portfolio")
def order_portfolio(
    request: HttpRequest, body: PortfolioOrderIn
) -> PortfolioOrderOut | HttpResponse:
    """Sell what is not wanted any more and buy what is, at the house's prices: all of it, or nothing."""
    order = _order(investor(request, TRADE), body)
    refusal = refusal_of_order(order)
    return PortfolioOrderOut.of(order) if refusal is None else problems.respond(request, refusal)


@router.get("/orders")
def list_portfolio_orders(request: HttpRequest, paging: Query[Paging]) -> Listing[OrderOut]:
    """List one's orders, newest first."""
    asker = investor(request, SEE)
    return paged(
        paging,
        lambda after, limit: list_orders(
            customer_id=asker.customer_id, narrow=OrderFilter(kind=KIND), after=after, limit=limit
        ),
        OrderOut.of,
    )


@router.get("/orders/{order_id}")
def show_portfolio_order(request: HttpRequest, order_id: OrderWireId) -> PortfolioOrderOut:
    """Show an order with all that it did."""
    asker = investor(request, SEE)
    order = get_order(order_id=order_id, customer_id=asker.customer_id)
    if order.kind != KIND:
        raise NotFound
    return PortfolioOrderOut.of(order)


def _order(asker: Investor, body: PortfolioOrderIn) -> Order:
    if body.quote is None:
        ask = body.to_ask(asker.customer_id)
        return invest(customer_id=asker.customer_id, ask=ask, by=asker.actor)
    if body.model_fields_set - {"quote"}:
        raise InvalidField("A quote says all: give nothing else.", field="quote")
    return take_quote(customer_id=asker.customer_id, quote_id=body.quote, by=asker.actor)


def _targets(listed: list[PortfolioTargetIn]) -> list[Target]:
    known = find_instruments(symbols=[one.asset_name for one in listed], field="targets")
    made = []
    for one in listed:
        asset = known[one.asset_name].asset
        if (one.quantity is None) == (one.part_of_portfolio is None):
            raise InvalidField("Give a quantity or a part.", field="targets")
        try:
            quantity = Money.parse(one.quantity, asset).minor if one.quantity else None
            lots = [(lot.lot, Money.parse(lot.quantity, asset).minor) for lot in one.lots]
        except InvalidAmount as wrong:
            raise InvalidField(f"{str(wrong).capitalize()}.", field="targets") from None
        made.append(
            Target(
                symbol=one.asset_name,
                quantity=quantity,
                parts=_parts(one.part_of_portfolio) if one.part_of_portfolio else None,
                lots=lots,
            )
        )
    return made


def _parts(text: str) -> int:
    share = Decimal(text) * PARTS / _WHOLE
    if share > PARTS or share != int(share):
        raise InvalidField("A part is at most 100 per cent, with four places.", field="targets")
    return int(share)
