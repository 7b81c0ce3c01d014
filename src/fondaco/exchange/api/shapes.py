"""How orders that exchange go out, to customers and to the house."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from fondaco.exchange.states import BatchState, Cover, CoverState, Flavour
from fondaco.exchange.types import BATCH, COVERING, Batch, Covering, Exchange, OrderShare, Trade
from fondaco.kit.django.api.schemas import MoneyOut, Strict, WireId
from fondaco.market.types import QUOTE_PREFIX
from fondaco.money import Money
from fondaco.orders.states import OrderState
from fondaco.orders.types import PREFIX
from fondaco.wallets.types import WALLET

ExchangeWireId = Annotated[UUID, WireId(PREFIX)]
BatchWireId = Annotated[UUID, WireId(BATCH)]
CoverWireId = Annotated[UUID, WireId(COVERING)]
QuoteWireId = Annotated[UUID, WireId(QUOTE_PREFIX)]
WalletWireId = Annotated[UUID, WireId(WALLET)]


class OwnOrderOut(Strict):
    """Show what a purchase and an exchange have in common."""

    id: ExchangeWireId
    fee: MoneyOut
    price: str = Field(description="Spent units for one unit that is got.")
    state: OrderState
    quote: QuoteWireId | None
    wallet: WalletWireId
    comment: str
    refusal: str = Field(description="Why it came to nothing; empty: it did not.")
    created_at: datetime
    updated_at: datetime


class PurchaseOut(OwnOrderOut):
    """Show a purchase to who made it."""

    currency: str = Field(examples=["ABAN"], description="What is bought.")
    amount: str = Field(examples=["3.00000000"], description="How much of it, exactly.")
    total_price: MoneyOut = Field(description="What is paid in all, fee included.")

    @classmethod
    def of(cls, one: Exchange) -> "PurchaseOut":
        """Show a purchase."""
        return cls.model_construct(
            **_shared(one),
            currency=one.get.asset.code,
            amount=one.get.to_text(),
            total_price=MoneyOut.of(one.total),
        )


class ExchangeOut(OwnOrderOut):
    """Show an exchange to who made it."""

    kind: Flavour
    pair: str = Field(examples=["BTC_USD"], description="What is got, what is spent.")
    get: MoneyOut
    spend: MoneyOut = Field(description="What is paid in all, fee included.")
    limit_price: str | None
    expires_at: datetime | None

    @classmethod
    def of(cls, one: Exchange) -> "ExchangeOut":
        """Show an exchange."""
        return cls.model_construct(
            **_shared(one),
            kind=one.flavour,
            pair=one.pair,
            get=MoneyOut.of(one.get),
            spend=MoneyOut.of(one.total),
            limit_price=one.limit_price or None,
            expires_at=one.expires_at,
        )


class TradeOut(Strict):
    """Show a trade at a venue."""

    id: str
    amount: str
    price: str
    cost: str
    fee: str
    fee_currency: str
    at: datetime

    @classmethod
    def of(cls, trade: Trade) -> Self:
        """Show a trade."""
        return cls(
            id=trade.trade_id,
            amount=_plain(trade.amount),
            price=_plain(trade.price),
            cost=_plain(trade.cost),
            fee=_plain(trade.fee),
            fee_currency=trade.fee_currency,
            at=trade.at,
        )


class CoveringOut(Strict):
    """Show a covering order with its trades, and why that venue was chosen."""

    id: CoverWireId
    batch: BatchWireId
    state: CoverState
    venue: str
    venue_order: str
    symbol: str
    side: str
    amount: str
    worst_price: str
    reason: dict[str, Any]
    looks: int
    trades: list[TradeOut]
    created_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, cover: Covering, trades: Sequence[Trade] = ()) -> Self:
        """Show a covering order."""
        return cls(
            id=cover.id,
            batch=cover.batch_id,
            state=cover.state,
            venue=cover.venue,
            venue_order=cover.venue_id,
            symbol=cover.symbol,
            side=cover.side,
            amount=_plain(cover.amount),
            worst_price=_plain(cover.price),
            reason=dict(cover.reason),
            looks=cover.looks,
            trades=[TradeOut.of(trade) for trade in trades],
            created_at=cover.created_at,
            sent_at=cover.sent_at,
            ended_at=cover.ended_at,
        )


class OrderShareOut(Strict):
    """Show what of the fills is an order's, or the house's."""

    order: ExchangeWireId | None = Field(description="Null: the house's own.")
    base: MoneyOut
    cost: MoneyOut
    fee: MoneyOut
    profit: MoneyOut | None = Field(
        description="Before the house's own fee; null: not to be valued."
    )

    @classmethod
    def of(cls, share: OrderShare) -> Self:
        """Show a share."""
        return cls(
            order=share.order_id,
            base=MoneyOut.of(share.base),
            cost=MoneyOut.of(share.cost),
            fee=MoneyOut.of(share.fee),
            profit=None if share.profit is None else MoneyOut.of(share.profit),
        )


class DeskBatchOut(Strict):
    """Show a closed batch."""

    id: BatchWireId
    state: BatchState
    symbol: str
    base: MoneyOut = Field(description="What the orders sum to; below zero: the house sells.")
    orders_count: int
    closed_by: str
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, batch: Batch) -> Self:
        """Show a batch."""
        return cls(
            id=batch.id,
            state=batch.state,
            symbol=batch.symbol,
            base=MoneyOut.of(Money(batch.base_minor, batch.base)),
            orders_count=batch.orders_count,
            closed_by=batch.closed_by,
            created_at=batch.created_at,
            ended_at=batch.ended_at,
        )


class DeskOrderOut(Strict):
    """Show an order to the house, with how it is covered and what was gained by it."""

    order: ExchangeOut
    customer: Annotated[UUID, WireId("cus")]
    symbol: str
    cover: Cover
    queued_at: datetime | None
    batch: BatchWireId | None
    share: OrderShareOut | None

    @classmethod
    def of(cls, one: Exchange, share: OrderShare | None = None) -> Self:
        """Show an order."""
        return cls(
            order=ExchangeOut.of(one),
            customer=one.order.customer_id,
            symbol=one.symbol,
            cover=one.cover,
            queued_at=one.queued_at,
            batch=one.batch_id,
            share=None if share is None else OrderShareOut.of(share),
        )


class BatchFileOut(Strict):
    """Show a batch with its orders, covering orders, trades and shares."""

    batch: DeskBatchOut
    orders: list[DeskOrderOut]
    covers: list[CoveringOut]
    shares: list[OrderShareOut]

    @classmethod
    def of(
        cls,
        batch: Batch,
        orders: Sequence[Exchange],
        covers: Sequence[Covering],
        trades: Mapping[UUID, Sequence[Trade]],
        shares: Sequence[OrderShare],
    ) -> Self:
        """Show a batch."""
        return cls(
            batch=DeskBatchOut.of(batch),
            orders=[DeskOrderOut.of(one) for one in orders],
            covers=[CoveringOut.of(one, trades.get(one.id, ())) for one in covers],
            shares=[OrderShareOut.of(one) for one in shares],
        )


def _shared(one: Exchange) -> dict[str, Any]:
    """Give the members of `OwnOrderOut`."""
    order = one.order
    return {
        "id": order.id,
        "fee": MoneyOut.of(one.fee),
        "price": one.price,
        "state": order.state,
        "quote": one.quote_id,
        "wallet": one.wallet_id,
        "comment": order.comment,
        "refusal": str(order.details.get("refusal", "")),
        "created_at": order.created_at,
        "updated_at": order.updated_at,
    }


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
